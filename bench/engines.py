"""What each engine makes of this machine, and how far its features are from TensorFlow's.

The ceiling is what the processor does in a large single-precision matrix product: images/s if the network were nothing
else. The engines and the ceiling take turns, call by call, and each is rated by its fastest call, since whatever else
runs on the machine can only slow a call down.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.export import export
from engine_calls import Outputs, least_cosine
from numpy.typing import NDArray
from PIL import Image
from report import is_smoke, print_table, write_report
from sklearn.datasets import load_sample_images
from threadpoolctl import threadpool_info

MODEL = Path("models/inception_v3")
GFLOP_PER_IMAGE = 11.4
"""Inception v3 multiplies and adds 5.7 billion times an image (Szegedy et al. 2015, arXiv:1512.00567)."""
BATCH = 16
REFERENCE = "TensorFlow"
DEFAULT = "OpenVINO"

Engine = Callable[[NDArray[np.uint8]], Outputs]


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """images_per_second: in its fastest call. cosine: the least to TensorFlow's, over all pictures and outputs."""

    images_per_second: float
    ceiling_ratio: float
    cosine: float


def measure_engines(rounds: int) -> dict[str, EngineFigures]:
    """Figures for each engine by its name, and those of the ceiling itself."""
    pictures = photographs()
    engines = load_engines(export(MODEL, "auto"))
    features = {name: engine(pictures) for name, engine in engines.items()}
    calls: dict[str, Callable[[], object]] = {name: partial(engine, pictures) for name, engine in engines.items()}
    product, gflop = matrix_product()
    seconds = fastest({"ceiling": product, **calls}, rounds)
    ceiling = gflop / seconds.pop("ceiling") / GFLOP_PER_IMAGE
    figures = {
        name: EngineFigures(BATCH / took, BATCH / took / ceiling, least_cosine(features[name], features[REFERENCE]))
        for name, took in seconds.items()
    }
    return {"ceiling": EngineFigures(ceiling, 1.0, 1.0), **figures}


def load_engines(version: Path) -> dict[str, Engine]:
    engines = {REFERENCE: tensorflow(version), DEFAULT: openvino(version), "ONNX Runtime": onnx_runtime(version)}
    quantised = MODEL.with_name(f"{MODEL.name}_int8") / version.name
    return {**engines, "OpenVINO int8": openvino(quantised)} if quantised.exists() else engines


def tensorflow(version: Path) -> Engine:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    model = tf.saved_model.load(str(version))

    def run(images: NDArray[np.uint8]) -> Outputs:
        outputs = model.signatures["serving_default"](images=tf.constant(images))
        return {name: value.numpy() for name, value in outputs.items()}

    return run


def openvino(version: Path) -> Engine:
    engine = OpenVinoEngine(version)
    return lambda images: engine.run({"images": images})


def onnx_runtime(version: Path) -> Engine:
    from onnx_model import exported_weights, onnx_model

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # idle threads would slow the others' turns
    session = onnxruntime.InferenceSession(
        onnx_model(exported_weights(version)), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return lambda images: dict(zip(names, session.run(names, {"images": images}), strict=True))


def photographs() -> NDArray[np.uint8]:
    """A batch of different cuts of two photographs."""
    cuts = []
    for number in range(BATCH):
        picture = Image.fromarray(load_sample_images().images[number % 2])
        side = 120 + 18 * number
        cuts.append(picture.resize((299, 299), box=(number, number, number + side, number + side)))
    return np.stack([np.asarray(cut) for cut in cuts])


def matrix_product() -> tuple[Callable[[], object], float]:
    """A single-precision product as large as a batch's work, and its operations in units of 10⁹."""
    side = 4096
    left, right = np.random.default_rng(0).random((2, side, side), np.float32)
    return partial(np.matmul, left, right, out=np.empty_like(left)), 2e-9 * side**3


def fastest(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds that each call took when it was fastest."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def main() -> None:
    figures = measure_engines(rounds=2 if is_smoke() else int(os.environ.get("ROUNDS", "20")))
    blas = next(library for library in threadpool_info() if library["user_api"] == "blas")
    print(
        f"ceiling: {blas['internal_api']} {blas['version']} for {blas['architecture']}, {blas['num_threads']} threads"
    )
    print_table(
        ["engine", "images/s", "of the ceiling", "least cosine"],
        [[name, one.images_per_second, one.ceiling_ratio, f"{one.cosine:.7f}"] for name, one in figures.items()],
    )
    default = figures[DEFAULT]
    write_report(
        "engines",
        {
            "ceiling_ratio": default.ceiling_ratio,
            "cosine": default.cosine,
            **{f"images_per_second {name}": one.images_per_second for name, one in figures.items()},
        },
        ["numpy", "tensorflow", "openvino", "onnxruntime"],
    )


if __name__ == "__main__":
    main()
