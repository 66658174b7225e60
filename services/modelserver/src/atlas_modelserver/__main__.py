"""`python -m atlas_modelserver`: settings → logs → server."""

import asyncio
import os
from functools import partial

from atlas_common.logs import configure_logs
from atlas_common.memory import keep_freed_memory
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces
from atlas_common.unknown_settings import warn_of_unknown_settings

from atlas_modelserver.server import build_engine, run
from atlas_modelserver.settings import ModelServerSettings


def main() -> None:
    keep_freed_memory()
    configure_logs("modelserver", LogSettings())
    warn_of_unknown_settings(os.environ)
    configure_traces("modelserver", TraceSettings())
    settings = ModelServerSettings()
    asyncio.run(run(settings, partial(build_engine, settings)))


if __name__ == "__main__":
    main()
