"""Drift: how badly the stickers that came after a run fit into its albums."""

from dataclasses import dataclass

FEWEST = 30
"""Fewer late stickers than this say nothing."""
MUCH_WORSE = 2.0
MARGIN = 0.05
GROWN = 0.25


@dataclass(frozen=True, slots=True)
class Placements:
    """Stickers of a run, and how many of them are outliers; those that came late are counted apart."""

    stickers: int
    outliers: int
    late: int
    late_outliers: int

    @property
    def share(self) -> float:
        return self.outliers / max(self.stickers, 1)

    @property
    def late_share(self) -> float:
        return self.late_outliers / max(self.late, 1)

    @property
    def proposal(self) -> str:
        """Why a new run would be worth it; empty when it would not."""
        if self.late < FEWEST:
            return ""
        if self.late_share > MUCH_WORSE * self.share + MARGIN:
            return f"{self.late_share:.0%} of the late stickers fit no album, of those in the run {self.share:.0%}"
        if self.late > GROWN * self.stickers:
            return f"{self.late} stickers have come since the run of {self.stickers}"
        return ""
