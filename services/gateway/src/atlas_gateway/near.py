"""Which albums lie nearest to one another."""

from collections.abc import Mapping, Sequence

import numpy as np

from atlas_gateway.model.albums import NearAlbum

COUNT = 6


def nearest_albums(ids: Sequence[str], centres: Sequence[Sequence[float]]) -> Mapping[str, list[NearAlbum]]:
    """For each album the `COUNT` others whose centres are nearest, nearest first."""
    rows = np.array(centres, np.float64)
    found = {}
    for album_id, row in zip(ids, rows, strict=True):
        distances = np.linalg.norm(rows - row, axis=1)
        order = [other for other in np.argsort(distances, kind="stable")[: COUNT + 1] if ids[other] != album_id]
        found[album_id] = [NearAlbum(album_id=ids[other], distance=float(distances[other])) for other in order[:COUNT]]
    return found
