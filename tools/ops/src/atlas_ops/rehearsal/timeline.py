"""Backlog and pods over time, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Moment:
    """What was seen at one time."""

    seconds: float
    backlog: int
    pods: int


def draw(moments: Sequence[Moment], file: Path) -> None:
    mpl.rcParams["svg.hashsalt"] = "sticker-atlas"  # the same picture from the same numbers
    figure = Figure(figsize=(9, 4), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    minutes = [moment.seconds / 60 for moment in moments]
    above.plot(minutes, [moment.backlog / 1000 for moment in moments])
    above.set_ylabel("backlog, thousands")
    below.step(minutes, [moment.pods for moment in moments], where="post")
    below.set_ylabel("pods")
    below.set_xlabel("minutes")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
