"""How every service begins."""

import os

from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces
from atlas_common.unknown_settings import warn_of_unknown_settings


def begin(service: str) -> None:
    """Configure logs and traces as the environment says, and warn of settings in it that are none.

    Raises `InvalidSetting`.
    """
    configure_logs(service, LogSettings())
    warn_of_unknown_settings(os.environ)
    configure_traces(service, TraceSettings())
