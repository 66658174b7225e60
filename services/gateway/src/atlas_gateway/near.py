"""Which albums lie nearest to one another."""

from collections.abc import Mapping, Sequence, Set

import numpy as np

from atlas_gateway.model.albums import NearAlbum

COUNT = 6


def nearest_albums(centres: Mapping[str, Sequence[float]], hidden: Set[str]) -> Mapping[str, list[NearAlbum]]:
    """For each album the `COUNT` others whose centres are nearest, nearest first, without hidden ones."""
    shown = [album_id for album_id in centres if album_id not in hidden]
    if not shown:
        return {album_id: [] for album_id in centres}
    among = np.array([centres[album_id] for album_id in shown], np.float64)
    found = {}
    for album_id, centre in centres.items():
        distances = np.linalg.norm(among - np.array(centre), axis=1)
        order = np.argsort(distances, kind="stable")[: COUNT + 1]
        near = [NearAlbum(album_id=shown[other], distance=float(distances[other])) for other in order]
        found[album_id] = [other for other in near if other.album_id != album_id][:COUNT]
    return found
