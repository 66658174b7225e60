"""What an NVIDIA GPU makes of the model, and how many cores keep it busy.

PyTorch stands in for TensorFlow Serving: with the same weights, in a model server of each replica's own; all of them
share the GPU. The same stickers go through replicas with a null model, too, on two cores and on all, which shows what
the service could do for a faster GPU.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.settings import PictureSettings
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.export import find_version
from embed_rig import stickers
from embed_runs import show_runs
from gpu_pipeline import Load, Loaded, first_cores, loaded
from numpy.typing import NDArray
from report import is_smoke, print_table, write_report

MODEL = Path("build/bench/inception_v3.onnx").absolute()
SERVER = Path(__file__).with_name("torch_server.py")
SERVED = "tf32"
"""As TensorFlow Serving computes unless it is told otherwise."""
FOLDER = os.environ.get("IMAGES", "")
PICTURES = int(os.environ.get("GPU_IMAGES", "60" if is_smoke() else "6000"))
"""For each replica."""
DECODERS = tuple(map(int, os.environ.get("GPU_DECODERS", "1" if is_smoke() else "1,2,3,4").split(",")))
"""Of one replica; several replicas have as many as the settings say."""
REPLICAS = tuple(map(int, os.environ.get("GPU_REPLICAS", "2" if is_smoke() else "2,4").split(",")))
DEFAULT = PictureSettings().workers
LOADS = [*(Load(1, number) for number in DECODERS), *(Load(number, DEFAULT) for number in REPLICAS)]
BATCHES = (2,) if is_smoke() else (32, 64, 128, 256)
FRAMES = 2 if is_smoke() else 10_000
"""In each measurement of the engine."""
LANES = 2
"""Batches that the engine is given at once, as its server gives them."""
PACKAGES = ["torch", "pylance", "obstore", "grpcio", "opencv-python-headless", "pillow"]


def engine_of(pictures: Iterator[bytes]) -> dict[str, float]:
    from gpu_engine import engine_figures  # brings PyTorch

    return engine_figures(MODEL, first_frames(pictures, max(BATCHES)), BATCHES, LANES, FRAMES)


def first_frames(pictures: Iterator[bytes], number: int) -> NDArray[np.uint8]:
    return np.stack([prepare(content, PictureSettings()).frames[0] for content in islice(pictures, number)])


def figures_of(name: str, found: Loaded) -> dict[str, float]:
    return {
        f"images_per_second {name}": found.run.per_second,
        f"frames_per_second {name}": found.run.frames_per_second,
        f"cores {name}": found.cores,
        **{f"cpu_ms_{part} {name}": milliseconds for part, milliseconds in found.run.cpu.items()},
    }


def gpu_figures_of(name: str, found: Loaded, engine: Mapping[str, float]) -> dict[str, float]:
    """How busy the GPU was, and the cores that would have kept it busy in each precision, at what a frame cost."""
    alone = {precision: engine[f"frames_per_second {precision} {BATCHES[0]}"] for precision in ("fp32", "tf32", "fp16")}
    through = found.run.frames_per_second
    return {
        f"gpu_busy_percent {name}": found.busy,
        f"of_the_engine {name}": through / alone[SERVED],
        **{f"cores_for_{precision} {name}": found.cores * rate / through for precision, rate in alone.items()},
    }


async def pipelines(folder: Path, model: str, pictures: Iterator[bytes]) -> AsyncIterator[tuple[str, Loaded]]:
    served = f"{sys.executable} {SERVER} {MODEL} {SERVED}"
    async for found in loaded(folder / SERVED, model, pictures, PICTURES, LOADS, served):
        yield f"{SERVED}, {found.load}", found
    with first_cores(2):
        async for found in loaded(folder / "two", model, pictures, PICTURES, [Load(1, DEFAULT)]):
            yield "null, 2 cores", found
    async for found in loaded(folder / "all", model, pictures, PICTURES, LOADS):
        yield f"null, {found.load}", found


async def measure(folder: Path, model: str, gpu: str) -> None:
    """Leaves what is known after each part, which takes minutes."""
    pictures = stickers(FOLDER)
    figures = engine = engine_of(pictures)
    write_report("gpu", figures, PACKAGES, gpu=gpu)
    runs = []
    async for name, found in pipelines(folder, model, pictures):
        runs.append(replace(found.run, name=name))
        figures = figures | figures_of(name, found)
        if name.startswith(SERVED):
            figures |= gpu_figures_of(name, found, engine)
        write_report("gpu", figures, PACKAGES, gpu=gpu)
    show_runs(runs)
    print()
    print_table(["figure", "value"], list(figures.items()))


def main() -> None:
    if find_spec("torch") is None:
        sys.exit("There is no PyTorch here: `make bench-gpu` brings it along.")
    import torch

    if not torch.cuda.is_available() and not is_smoke():
        sys.exit("There is no GPU here that PyTorch can use.")
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    print(f"PyTorch {torch.__version__} on {gpu}\n")
    version = find_version(Path("models/inception_v3"), "auto")
    description = ModelDescription.read(version) if version else None
    if description is None:
        sys.exit("The model is not there: `make model` exports it.")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), description.name, gpu))


if __name__ == "__main__":
    main()
