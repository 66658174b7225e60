"""The stand-in model server with its engine on a GPU: torch_server.py <ONNX file> <precision>."""

import asyncio
import sys
from pathlib import Path

from atlas_common.logs import configure_logs
from atlas_common.memory import keep_freed_memory
from atlas_common.settings import LogSettings
from atlas_modelserver.model import Engine, Signature
from atlas_modelserver.server import run
from atlas_modelserver.settings import ModelServerSettings
from torch_engine import TorchEngine

BATCH_SIZES = (8, 16, 32)
"""The larger ones of k8s/base/serving/batching.txt: a backlog fills the largest."""


def main() -> None:
    model, precision = Path(sys.argv[1]), sys.argv[2]
    settings = ModelServerSettings(batch_sizes=BATCH_SIZES)

    def build(_version: Path, _signature: Signature) -> Engine:
        return TorchEngine(model, precision, settings.batch_sizes, settings.parallel_batches)

    keep_freed_memory()
    configure_logs("modelserver", LogSettings())
    asyncio.run(run(settings, build))


if __name__ == "__main__":
    main()
