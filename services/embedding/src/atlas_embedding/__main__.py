"""`python -m atlas_embedding`: the embedding service."""

import uvloop
from atlas_common.begin import begin
from atlas_common.memory import keep_freed_memory

from atlas_embedding.server import Settings, run


def main() -> None:
    keep_freed_memory()
    begin("embedding")
    uvloop.run(run(Settings()))


if __name__ == "__main__":
    main()
