import numpy as np
import pytest
from atlas_clustering.recipes.silhouette import silhouettes
from sklearn.metrics import silhouette_samples


def test_silhouettes_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    labels = np.append(random.integers(0, 5, 5_000), 5).astype(np.int32)  # the last album has one sticker
    rows = (random.normal(size=(6, 8))[labels] + random.normal(0, 0.5, (len(labels), 8))).astype(np.float32)
    values, chosen = silhouettes(rows, labels)
    assert len(values) == 2_000
    assert values == pytest.approx(silhouette_samples(rows, labels)[chosen], abs=1e-4)


def test_one_album_alone_stands_apart_from_nothing() -> None:
    rows = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    assert not silhouettes(rows, np.zeros(9, np.int32))[0].any()
