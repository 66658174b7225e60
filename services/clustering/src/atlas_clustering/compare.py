"""Two runs beside each other."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Flow:
    """Stickers that are in one album of the first run and in another one of the second."""

    before: str
    after: str
    stickers: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """stickers: in both runs. moved: in an album of another id. agreement: adjusted Rand index, 1 for equal albums."""

    stickers: int
    moved: int
    agreement: float
    flows: tuple[Flow, ...]


def compare(first: Mapping[str, str], second: Mapping[str, str]) -> Comparison:
    """Albums by sticker, of two runs; the largest flows first."""
    pairs = Counter((album, second[sticker]) for sticker, album in first.items() if sticker in second)
    moves = [Flow(before, after, count) for (before, after), count in pairs.items() if before != after]
    moves.sort(key=lambda flow: (-flow.stickers, flow.before, flow.after))
    return Comparison(sum(pairs.values()), sum(flow.stickers for flow in moves), adjusted_rand(pairs), tuple(moves))


def adjusted_rand(pairs: Mapping[tuple[str, str], int]) -> float:
    """L. Hubert and P. Arabie, "Comparing partitions", 1985."""
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (before, after), count in pairs.items():
        rows[before] += count
        columns[after] += count
    together, in_first, in_second = (_pairs(counts.values()) for counts in (Counter(pairs), rows, columns))
    expected = in_first * in_second / max(_pairs([sum(pairs.values())]), 1.0)
    most = (in_first + in_second) / 2
    return (together - expected) / (most - expected) if most != expected else 1.0


def _pairs(counts: Iterable[int]) -> float:
    sizes = np.array(list(counts), np.float64)
    return float((sizes * (sizes - 1) / 2).sum())
