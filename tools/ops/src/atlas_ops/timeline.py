"""Backlog and pods over time, as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from atlas_ops.pictures import save


@dataclass(frozen=True, slots=True)
class Moment:
    """How things stood at one time."""

    seconds: float
    backlog: int
    pods: int


def draw(series: Mapping[str, Sequence[Moment]], file: Path) -> None:
    """A line for each series, named where there are several."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    above, below = figure.subplots(2, sharex=True)
    for name, moments in series.items():
        minutes = [moment.seconds / 60 for moment in moments]
        above.plot(minutes, [moment.backlog / 1000 for moment in moments], label=name)
        below.step(minutes, [moment.pods for moment in moments], where="post")
    above.set_ylabel("backlog, thousands")
    below.set_ylabel("pods")
    below.set_xlabel("minutes")
    if len(series) > 1:
        above.legend()
    save(figure, file)
