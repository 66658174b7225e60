"""How every service begins, and what it says where it can't go on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from atlas_common.errors import AtlasError
from atlas_common.logs import configure_logs, get_logger
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces
from atlas_common.unknown_settings import warn_of_unknown_settings

log = get_logger(__name__)


@contextmanager
def begin(service: str) -> Iterator[None]:
    """Configure logs and traces as the environment says, warn of settings in it that are none, then run the block.

    An error that was raised on purpose ends the process with code 1, and one line in its log says what to do.
    """
    try:
        configure_logs(service, LogSettings())
        warn_of_unknown_settings(os.environ)
        configure_traces(service, TraceSettings())
        yield
    except AtlasError as error:
        log.error("service_ended", reason=error.reason, error=str(error))
        raise SystemExit(1) from error
