"""Pictures that are the same whenever they are drawn from the same numbers."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


def save(figure: Figure, file: Path) -> None:
    """Write the figure as SVG, without the date and the random ids that it else has."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "sticker-atlas"}):
        figure.savefig(file, metadata={"Date": None})
