"""Small charts as coordinates; templates draw them as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 640
HEIGHT = 220
MARGIN = 24


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a chart, and where it is drawn."""

    label: str
    value: float
    x: float
    y: float


def line(values: Mapping[str, float]) -> list[Point]:
    """A curve over numeric labels, evenly spaced in their order."""
    pairs = sorted(((label, value) for label, value in values.items()), key=lambda pair: float(pair[0]))
    if not pairs:
        return []
    low, high = min(value for _, value in pairs), max(value for _, value in pairs)
    step = (WIDTH - 2 * MARGIN) / max(len(pairs) - 1, 1)
    scale = (HEIGHT - 2 * MARGIN) / ((high - low) or 1)
    return [
        Point(label, value, MARGIN + place * step, HEIGHT - MARGIN - (value - low) * scale)
        for place, (label, value) in enumerate(pairs)
    ]


def hills(*histograms: Sequence[int]) -> list[str]:
    """Outlines of histograms over the same bins in a box of 100 by 40, each as high as the share that a bin holds."""
    shares = [[count / (sum(bins) or 1) for count in bins] for bins in histograms]
    highest = max((share for bins in shares for share in bins), default=0) or 1
    return [
        " ".join(
            ["0,40"]
            + [
                f"{(place + 0.5) * 100 / len(bins):.1f},{40 - 38 * share / highest:.1f}"
                for place, share in enumerate(bins)
            ]
            + ["100,40"]
        )
        for bins in shares
    ]


def profile(values: Sequence[float]) -> str:
    """The outline of an album's silhouettes in a box of 100 by 40: 1 at the top, 0 at 32, and what is far below cut."""
    step = 100 / max(len(values) - 1, 1)
    outline = [f"{place * step:.1f},{min(32 - 32 * value, 40):.1f}" for place, value in enumerate(values)]
    return " ".join(["0,32", *outline, "100,32"])
