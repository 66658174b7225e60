"""`python -m atlas_embedding`: the embedding service."""

import os

import uvloop
from atlas_common.begin import begin
from atlas_common.memory import keep_freed_memory

from atlas_embedding.scheduling import work_in_batches
from atlas_embedding.server import Settings, run


def main() -> None:
    keep_freed_memory()
    work_in_batches()
    os.environ.setdefault("TOKIO_WORKER_THREADS", "1")  # of the bucket's client: several wake one another
    with begin("embedding"):
        uvloop.run(run(Settings()))


if __name__ == "__main__":
    main()
