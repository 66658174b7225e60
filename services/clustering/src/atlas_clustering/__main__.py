"""`python -m atlas_clustering`: the clustering service."""

import asyncio

from atlas_common.begin import begin
from atlas_common.memory import keep_freed_memory

from atlas_clustering.server import Settings, run


def main() -> None:
    keep_freed_memory()
    with begin("clustering"):
        asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
