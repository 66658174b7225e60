"""Stickers whose features are drawn around a few centres, and the tables of a bucket in a folder."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from atlas_clustering.archive import LanceArchive
from atlas_clustering.decisions import LanceDecisions
from atlas_clustering.kmeans import Workers
from atlas_clustering.run import Parts
from atlas_clustering.shelf import LanceShelf
from atlas_clustering.sightings import LanceSightings
from atlas_common.schemas import features
from atlas_common.tables import Table, Tables
from numpy.typing import NDArray

LAYERS = {"mixed3": 6, "mixed7": 8, "mixed8": 10, "pool3": 12}
MODEL = "toy"

Embed = Callable[..., list[str]]


def drawn(series: int, count: int, seed: int = 0) -> NDArray[np.float32]:
    """Rows (count, all layers) of one series: its own direction and some noise."""
    width = sum(LAYERS.values())
    centre = np.random.default_rng(1000 + series).gamma(0.6, 1.0, width)
    return (centre + np.abs(np.random.default_rng([series, seed]).normal(0, 0.05, (count, width)))).astype(np.float32)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(str(tmp_path))


@pytest.fixture
def table(tables: Tables) -> Table:
    return tables.open(features(MODEL, LAYERS))


@pytest.fixture
def embed(table: Table) -> Embed:
    """Add stickers of a series to the table of features; their ids."""

    def add(
        series: int,
        count: int,
        seed: int = 0,
        rows: NDArray[np.float32] | None = None,
        fingerprint: bytes | None = None,
    ) -> list[str]:
        rows = drawn(series, count, seed) if rows is None else rows
        ids = [f"{series:02d}-{seed:02d}-{i:04d}" for i in range(count)]
        starts = np.cumsum([0, *LAYERS.values()])
        vectors = {
            layer: list(rows[:, start : start + width])
            for (layer, width), start in zip(LAYERS.items(), starts, strict=False)
        }
        now = datetime.now(UTC)
        table.insert(
            [
                {"sha256": sticker, "frames": 1, "fingerprint": fingerprint, "embedded_at": now}
                | {layer: vectors[layer][i] for layer in LAYERS}
                for i, sticker in enumerate(ids)
            ]
        )
        return ids

    return add


@pytest.fixture
def three_series(embed: Embed) -> list[list[str]]:
    return [embed(series, 20) for series in range(3)]


@pytest.fixture
def archive(tables: Tables) -> LanceArchive:
    return LanceArchive(tables)


@pytest.fixture
def parts(tables: Tables, archive: LanceArchive) -> Iterator[Parts]:
    with ThreadPoolExecutor(2) as threads:
        yield Parts(LanceShelf(tables), archive, LanceDecisions(tables), LanceSightings(tables), Workers.local(threads))
