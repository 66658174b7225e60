"""Spans as a picture: one line each, in the colour of its service, over time."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from atlas_ops.pictures import save
from atlas_ops.tracing.collector import Span

COLOURS = {
    "gateway": "tab:blue",
    "crawler": "tab:orange",
    "embedding": "tab:green",
    "modelserver": "tab:red",
    "clustering": "tab:purple",
}
NANOSECONDS = 1e9
THINNEST_SHARE = 0.003
"""Of the picture's width, so that a span of no time is seen."""


def draw(spans: Sequence[Span], file: Path) -> None:
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    seconds = (end - start) / NANOSECONDS
    figure = Figure(figsize=(11, 1 + 0.28 * len(spans)), layout="constrained")
    axes = figure.subplots()
    for line, span in enumerate(spans):
        left = (span.start - start) / NANOSECONDS
        width = max((span.end - span.start) / NANOSECONDS, THINNEST_SHARE * seconds)
        axes.barh(line, width, left=left, color=COLOURS[span.service])
    axes.set_yticks(range(len(spans)), [f"{span.service}: {span.name.rpartition('/')[2]}" for span in spans])
    axes.invert_yaxis()
    axes.set_xlabel("seconds")
    axes.grid(axis="x", alpha=0.3)
    save(figure, file)
