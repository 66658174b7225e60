"""How fast stickers get from the queue into the table of features, and what that costs.

The same pictures go through the service with the real engine and with a null model that answers at once, which shows
what the service itself can do: with one replica, with two, and with one that is killed on the way. One replica fills
two cores, so whether two do twice as much is seen on replicas that are held back: each has few pictures under way, and
waits most of the time. The engine is called in this process, too, on tensors that are ready.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.export import export
from atlas_modelserver.settings import ModelServerSettings
from embed_rig import rig, stickers
from embed_runs import Bench, Handover, Run, show_runs
from engine_calls import frames_per_second
from engines import measure_engines
from report import is_smoke, print_table, write_report

PICTURES = int(os.environ.get("EMBED_IMAGES", "60" if is_smoke() else "12000"))
ENGINE_PICTURES = int(os.environ.get("EMBED_ENGINE_IMAGES", "20" if is_smoke() else "1200"))
FOLDER = os.environ.get("IMAGES", "")
ENGINE_ROUNDS = 1 if is_smoke() else 10
HELD = {"ATLAS_EMBEDDING_PIPELINE_IN_FLIGHT": "4"}


def engine_rate(version: Path, rounds: int) -> float:
    """Frames a second of the engine as it is served, called in this process with tensors that are ready."""
    served = ModelServerSettings()
    batch, at_once = max(served.batch_sizes), served.parallel_batches
    engine = OpenVinoEngine(version, streams=at_once)
    frames = np.random.default_rng(0).integers(0, 256, (batch, 299, 299, 3), np.uint8)
    return frames_per_second(engine, frames, at_once, rounds)


async def measure(folder: Path, version: Path, model: str) -> dict[str, float]:
    pictures = stickers(FOLDER)
    async with rig(folder / "null", "null") as parts:
        bench = Bench(parts, model, pictures)
        alone = await bench.run("null model", PICTURES)
        two = await bench.run("null model, two replicas", PICTURES, 2)
        held = [await bench.run(f"held back, {count}", PICTURES // 4, count, HELD) for count in (1, 2)]
        handover = await bench.hand_over(PICTURES)
    before = engine_rate(version, ENGINE_ROUNDS)
    async with rig(folder / "openvino", "openvino") as parts:
        real = await Bench(parts, model, pictures).run("OpenVINO", ENGINE_PICTURES)
    in_process = (before + engine_rate(version, ENGINE_ROUNDS)) / 2
    show([alone, two, *held, real], in_process, handover)
    engine = measure_engines(ENGINE_ROUNDS)["OpenVINO"]
    quarter = len(alone.rss) // 4
    return {
        "pipeline_ratio": real.frames_per_second / in_process,
        "null_images_per_second": alone.per_second,
        "ceiling_ratio": engine.ceiling_ratio,
        "cosine": engine.cosine,
        "two_replica_ratio": held[1].per_second / held[0].per_second,
        "two_replica_ratio_on_full_cores": two.per_second / alone.per_second,
        "rss_growth_mib": max(alone.rss[quarter:]) - max(alone.rss[quarter : 2 * quarter + 1]),
        "new_replica_seconds": handover.seconds_to_first_batch,
        "rows_doubled": handover.doubled,
        "rows_lost": handover.lost,
        **{f"cpu_ms_{part}": milliseconds for part, milliseconds in alone.cpu.items()},
    }


def show(runs: Sequence[Run], in_process: float, handover: Handover) -> None:
    show_runs(runs)
    print(
        f"\nOpenVINO in this process: {in_process:.4g} frames/s. "
        f"A new replica had its first batch after {handover.seconds_to_first_batch:.2f} s. "
        f"After the old one was killed: {handover.doubled} rows doubled, {handover.lost} lost.\n"
    )


def main() -> None:
    version = export(Path("models/inception_v3"), "auto")
    description = ModelDescription.read(version)
    assert description is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for engine in ("null", "openvino"):
            (folder / engine).mkdir()
        figures = asyncio.run(measure(folder, version, description.name))
    print_table(["figure", "value"], list(figures.items()))
    write_report(
        "embed",
        figures,
        ["atlas-embedding", "openvino", "pylance", "obstore", "grpcio", "opencv-python-headless", "pillow"],
    )


if __name__ == "__main__":
    main()
