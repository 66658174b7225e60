from collections.abc import Sequence

import numpy as np
import pytest
from atlas_clustering import folding
from atlas_clustering.folding import Look, copies
from atlas_clustering.near_duplicates import Fingerprints, as_fingerprints
from numpy.typing import NDArray

DRAWINGS = np.random.default_rng(0).integers(0, 256, (3, 32, 32)).astype(np.uint8)
BLANK = np.zeros((32, 32), np.uint8)
SHOWN = {"cat": DRAWINGS[0], "cat again": DRAWINGS[0] // 2 + 90, "cat once more": DRAWINGS[0], "dog": DRAWINGS[1]}


def looking_at(ids: Sequence[str]) -> Look:
    def look(places: NDArray[np.int64]) -> Fingerprints:
        return as_fingerprints(SHOWN.get(ids[place], BLANK).tobytes() for place in places)

    return look


def test_the_most_typical_near_duplicate_stands_for_the_others() -> None:
    ids = ["cat again", "dog", "cat", "cat once more"]
    found = copies(ids, np.zeros(4, np.int32), np.array([0.3, 0.2, 0.1, 0.4], np.float32), looking_at(ids))
    assert found == {"cat again": "cat", "cat once more": "cat"}


def test_stickers_of_other_variants_and_without_a_fingerprint_are_left_alone() -> None:
    ids = ["cat", "cat again", "unknown", "unknown too"]
    assert copies(ids, np.array([0, 1, 2, 2], np.int32), np.zeros(4, np.float32), looking_at(ids)) == {}


def test_a_large_variant_is_compared_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "WINDOW", 2)
    ids = ["cat", "cat again", "dog", "cat once more"]
    found = copies(ids, np.zeros(4, np.int32), np.arange(4, dtype=np.float32), looking_at(ids))
    assert found == {"cat again": "cat"}
