"""What a GPU makes of the model, called in this process on frames that are ready."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from engine_calls import frames_per_second, least_cosine
from numpy.typing import NDArray
from report import print_table
from torch_engine import PRECISIONS, TorchEngine
from torch_network import Network


def engine_figures(
    model: Path, frames: NDArray[np.uint8], batches: Sequence[int], lanes: int, number: int
) -> dict[str, float]:
    """Frames a second in each precision and batch, and the least cosine to the processor's features in each precision.

    number: frames a measurement, of those that are given.
    """
    compared = frames[: batches[0]]
    network = Network(model, torch.device("cpu"), torch.float32)
    reference = {name: vectors.numpy() for name, vectors in network(torch.tensor(compared)).items()}
    rates, cosines = {}, {}
    for precision in PRECISIONS:
        engine = TorchEngine(model, precision, batches, lanes)
        cosines[precision] = least_cosine(engine.run({"images": compared}), reference)
        for batch in batches:
            rounds = max(1, number // batch // lanes)
            rates[precision, batch] = frames_per_second(engine, frames[:batch], lanes, rounds)
    print_table(
        ["precision", *(f"frames/s, batches of {batch}" for batch in batches), "least cosine"],
        [[name, *(rates[name, batch] for batch in batches), f"{cosines[name]:.7f}"] for name in PRECISIONS],
    )
    return {
        **{f"frames_per_second {precision} {batch}": rate for (precision, batch), rate in rates.items()},
        **{f"cosine {precision}": cosine for precision, cosine in cosines.items()},
    }
