"""How well albums agree with the series that the stickers came from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix


@dataclass(frozen=True)
class Agreement:
    """External measures of a clustering, each 1 at best."""

    purity: float
    nmi: float
    ari: float


def agreement(series: Sequence[str], albums: Sequence[str]) -> Agreement:
    """Compares two labellings of the same stickers.

    Purity is the share of stickers whose series is the commonest of their album (Manning, Raghavan, Schütze:
    Introduction to Information Retrieval, 16.3); NMI is normalised by the arithmetic mean; ARI is Hubert and Arabie's.
    """
    counts = contingency_matrix(series, albums)
    return Agreement(
        purity=float(np.max(counts, axis=0).sum() / counts.sum()),
        nmi=float(normalized_mutual_info_score(series, albums)),
        ari=float(adjusted_rand_score(series, albums)),
    )
