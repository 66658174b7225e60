"""`python -m atlas_modelserver`: settings → logs → server."""

import asyncio
from functools import partial

from atlas_common.begin import begin
from atlas_common.memory import keep_freed_memory

from atlas_modelserver.server import build_engine, run
from atlas_modelserver.settings import ModelServerSettings


def main() -> None:
    keep_freed_memory()
    with begin("modelserver"):
        settings = ModelServerSettings()
        asyncio.run(run(settings, partial(build_engine, settings)))


if __name__ == "__main__":
    main()
