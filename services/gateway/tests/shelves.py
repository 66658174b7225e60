"""Fills tables as the other services would."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from atlas_common import schemas
from atlas_common.tables import Tables, equal

MODEL = "toy"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FEATURES = schemas.features(MODEL, {"mixed8": 2})


def sha(number: int) -> str:
    """A made-up SHA-256."""
    return f"{number:064x}"


def store_images(tables: Tables, count: int) -> None:
    """Stickers 0 to count - 1, each seen once on packs.example; three are stored in any one second."""
    images, sightings, links = [], [], []
    for number in range(count):
        at = NOON + timedelta(seconds=number // 3)
        url = f"https://packs.example/{number}.png"
        images.append(
            {
                "sha256": sha(number),
                "bytes": 100,
                "format": "png",
                "width": 8,
                "height": 8,
                "frames": 1,
                "alpha": False,
                "stored_at": at,
            }
        )
        sightings.append(
            {"crawl_id": "c", "url": url, "sha256": sha(number), "duplicate": False, "title": "Cat", "seen_at": at}
        )
        links.append({"crawl_id": "c", "url": url, "kind": "image"})
    tables.open(schemas.IMAGES).insert(images)
    tables.open(schemas.SIGHTINGS).insert(sightings)
    tables.open(schemas.LINKS).insert(links)


def animate(tables: Tables, number: int) -> None:
    """Make a stored sticker one that moves."""
    images, it = tables.open(schemas.IMAGES), equal(sha256=sha(number))
    rows = images.read(where=it).to_pylist()
    images.delete(it)
    images.insert([row | {"frames": 9} for row in rows])


def embed_images(tables: Tables, angles: Sequence[Sequence[float]]) -> None:
    """Features of sticker 0, 1, … under model `toy`."""
    rows = [{"sha256": sha(n), "frames": 1, "embedded_at": NOON, "mixed8": v} for n, v in enumerate(angles)]
    tables.open(FEATURES).insert(rows)


def publish(
    tables: Tables,
    run_id: str,
    albums: dict[str, Sequence[int]],
    outliers: Sequence[int] = (),
    copies: Mapping[int, int] = MappingProxyType({}),
) -> None:
    """A published run whose albums hold the stickers given, each one variant, the first sticker nearest.

    copies: near duplicates, and the sticker that stands for each.
    """
    rows = [
        _assignment(run_id, number, album, distance=place / 10, outlier=False)
        for album, numbers in albums.items()
        for place, number in enumerate(numbers)
    ]
    rows += [_assignment(run_id, number, next(iter(albums)), 9.0 + number, outlier=True) for number in outliers]
    standing = {sha(copy): sha(original) for copy, original in copies.items()}
    tables.open(schemas.ASSIGNMENTS).insert([row | {"copy_of": standing.get(row["sha256"])} for row in rows])
    tables.open(schemas.CLUSTERS).insert([row for album in albums for row in _clusters(run_id, album, albums[album])])
    changed_at = NOON + timedelta(hours=tables.open(schemas.RUNS).count())
    run = {
        "run_id": run_id,
        "changed_at": changed_at,
        "state": "published",
        "spec": json.dumps({"model": MODEL}),
        "report": json.dumps(
            {"recipe": "default", "k": 2, "curve": {"2": 0.5, "4": 0.3}, "silhouettes": {"dogs": [0.5, -0.5]}}
        ),
    }
    tables.open(schemas.RUNS).insert([run])


def _assignment(run_id: str, number: int, album: str, distance: float, outlier: bool) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "sha256": sha(number),
        "album_id": album,
        "variant_id": f"{album}-1",
        "distance": distance,
        "margin": 0.5,
        "strength": 0.75,
        "outlier": outlier,
        "late": False,
        "x": float(number),
        "y": -float(number),
        "assigned_at": NOON,
    }


def _clusters(run_id: str, album: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
    shared = {"run_id": run_id, "medoid": sha(numbers[0]), "radius": 1.0, "centre": [float(numbers[0]), 0.0]}
    return [shared | {"cluster_id": album}, shared | {"cluster_id": f"{album}-1", "parent_id": album}]
