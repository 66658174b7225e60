"""A place on the map for every sticker."""

import numpy as np

from atlas_clustering.kmeans.blocks import Rows


def spread(rows: Rows) -> Rows:
    """The two strongest columns (n, 2): components come the strongest first."""
    places = np.zeros((len(rows), 2), np.float32)
    columns = min(2, rows.shape[1])
    places[:, :columns] = rows[:, :columns]
    return places
