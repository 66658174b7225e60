"""One iteration of k-means over one block of rows, with Hamerly's bounds.

G. Hamerly, "Making k-means even faster", SDM 2010: a row keeps an upper bound on the distance to its own centre and a
lower bound on the distance to every other; while they do not cross, its label stands and no distance is computed.
Where they do, and few centres have moved, only these are looked at: T. Kaukoranta, P. Fränti, O. Nevalainen, "A fast
exact GLA based on code vector activity detection", IEEE Transactions on Image Processing 9 (2000).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Block, Labels, Rows
from atlas_clustering.kmeans.nearest import Nearest, nearest, short_of_norms, squared_norms
from atlas_clustering.kmeans.sketch import least_distances, most_distances
from atlas_clustering.kmeans.step import Bounds, Step
from atlas_clustering.kmeans.sums import Sums, change_of, sums_of

FARTHEST = np.finfo(np.float32).max
"""How far other centres are where there is only one: a number, from which any way can be taken."""


def begin(block: Block, step: Step) -> tuple[Bounds, Sums]:
    """The bounds and sums of rows that had no label."""
    rows = block.load()
    found = nearest(rows, step.centres)
    return _bounds(found), sums_of(rows, found.labels, len(step.centres))


def take_up(block: Block, labels: Labels, k: int) -> tuple[Bounds, Sums]:
    """Bounds that tell nothing yet, and the sums of rows that have these labels (n,)."""
    unknown = Bounds(labels, np.full(len(labels), np.inf, np.float32), np.zeros(len(labels), np.float32))
    return unknown, sums_of(block.load(), labels, k)


def advance(block: Block, bounds: Bounds, sketch: Rows | None, step: Step) -> tuple[Bounds, Sums | None]:
    """The bounds after the step, and the change of the sums, if any label changed.

    Rows are loaded only if their bounds cross, and cross still beside their sketches (n, p + 1), if they have some.
    """
    after = step.shifted(bounds)
    which = step.crossed(after)
    if sketch is not None and len(which):
        after = after.updated(which, _beside_sketch(sketch[which], bounds.of(which), after.of(which), step))
        which = step.crossed(after)
    if not len(which):
        return after, None
    rows = block.load()[which]
    if step.few_moved:
        beside = _beside_moved(rows, bounds.of(which), step)
        after, still = after.updated(which, beside), step.crossed(beside)
        rows, which = rows[still], which[still]
    found = nearest(rows, step.centres)
    after = after.updated(which, _bounds(found))
    changed = np.flatnonzero(found.labels != bounds.labels[which])
    if not len(changed):
        return after, None
    left, came = bounds.labels[which[changed]], found.labels[changed]
    return after, change_of(rows[changed], left, came, len(step.centres))


def _beside_sketch(sketch: Rows, before: Bounds, after: Bounds, step: Step) -> Bounds:
    """The bounds after the step as close as sketches make them."""
    distances = least_distances(sketch, step.sketch[step.looked_at])
    distances[step.own(before.labels)] = np.inf
    lower = np.sqrt(distances.min(axis=1))
    if step.few_moved:
        lower = np.minimum(lower, before.lower)
    upper = np.sqrt(most_distances(sketch, step.sketch[before.labels]))
    return Bounds(after.labels, np.minimum(after.upper, upper), np.maximum(after.lower, lower))


def drop(
    block: Block, bounds: Bounds, found: Nearest, kept: NDArray[np.intp], step: Step, k: int
) -> tuple[Bounds, Sums]:
    """The bounds when only some of k centres are kept, and the change of the sums, by the labels of before.

    found: what of the centres before is nearest to the rows; those that lose it are compared with the kept ones.
    """
    places = np.minimum(np.searchsorted(kept, found.labels), len(kept) - 1).astype(np.int32)
    after = replace(_bounds(found), labels=places)
    lost = np.flatnonzero(kept[places] != found.labels)
    after = after.updated(lost, _bounds(nearest(block.load()[lost], step.centres)))
    labels = kept[after.labels].astype(np.int32)
    changed = np.flatnonzero(labels != bounds.labels)
    return after, change_of(block.load()[changed], bounds.labels[changed], labels[changed], k)


def _beside_moved(rows: Rows, before: Bounds, step: Step) -> Bounds:
    """The bounds after the step from distances to the few centres that have moved: others are as far as they were."""
    norms, own = squared_norms(rows), step.own(before.labels)
    distances = short_of_norms(rows, step.centres.single[step.moved], step.centres.norms[step.moved])
    error = step.centres.error(norms)
    upper = before.upper.copy()
    upper[own[0]] = np.sqrt(np.maximum(distances[own] + norms[own[0]], 0.0) + error[own[0]])
    distances[own] = np.inf
    lower = np.sqrt(np.maximum(distances.min(axis=1) + norms - error, 0.0))
    return Bounds(before.labels, upper, np.minimum(before.lower, lower))


def _bounds(found: Nearest) -> Bounds:
    upper, lower = found.first + found.error, np.clip(found.second - found.error, 0.0, FARTHEST)
    return Bounds(found.labels, np.sqrt(upper), np.sqrt(lower))
