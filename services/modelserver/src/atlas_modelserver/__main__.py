"""`python -m atlas_modelserver`: settings → logs → server."""

import asyncio

from atlas_common.logs import configure_logs
from atlas_common.memory import keep_freed_memory
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces

from atlas_modelserver.server import run
from atlas_modelserver.settings import ModelServerSettings


def main() -> None:
    keep_freed_memory()
    configure_logs("modelserver", LogSettings())
    configure_traces("modelserver", TraceSettings())
    asyncio.run(run(ModelServerSettings()))


if __name__ == "__main__":
    main()
