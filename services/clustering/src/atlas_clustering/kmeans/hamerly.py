"""One iteration of k-means over one block of rows, with Hamerly's bounds.

G. Hamerly, "Making k-means even faster", SDM 2010: a row keeps an upper bound on the distance to its own centre and a
lower bound on the distance to every other; while they do not cross, its label stands and no distance is computed.
Where they do, and few centres have moved, only these are looked at: T. Kaukoranta, P. Fränti, O. Nevalainen, "A fast
exact GLA based on code vector activity detection", IEEE Transactions on Image Processing 9 (2000).
"""

import numpy as np

from atlas_clustering.kmeans.blocks import Block, Labels, Rows
from atlas_clustering.kmeans.nearest import Nearest, nearest, short_of_norms, squared_norms
from atlas_clustering.kmeans.sketch import least_distances
from atlas_clustering.kmeans.step import Bounds, Step
from atlas_clustering.kmeans.sums import Sums, change_of, sums_of


def begin(block: Block, step: Step) -> tuple[Bounds, Sums, int]:
    """The bounds and sums of rows that had no label, and how many rows those are."""
    rows = block.load()
    found = nearest(rows, step.centres)
    return _bounds(found), sums_of(rows, found.labels, len(step.centres)), len(rows)


def take_up(block: Block, labels: Labels, k: int) -> tuple[Bounds, Sums, int]:
    """Bounds that tell nothing yet, the sums of rows that have these labels (n,), and how many rows those are."""
    unknown = Bounds(labels, np.full(len(labels), np.inf, np.float32), np.zeros(len(labels), np.float32))
    return unknown, sums_of(block.load(), labels, k), len(labels)


def advance(block: Block, bounds: Bounds, sketch: Rows | None, step: Step) -> tuple[Bounds, Sums | None, int]:
    """The bounds after the step, the change of the sums, if any, and how many labels changed.

    Rows are loaded only if their bounds cross, and cross still beside their sketches (n, p + 1), if they have some.
    """
    after = step.shifted(bounds)
    which = step.crossed(after)
    if sketch is not None and len(which) and len(step.moved):
        after = after.updated(which, _beside_sketch(sketch[which], bounds.of(which), after.of(which), step))
        which = step.crossed(after)
    if not len(which):
        return after, None, 0
    rows = block.load()[which]
    if step.few_moved:
        beside = _beside_moved(rows, bounds.of(which), step)
        after, still = after.updated(which, beside), step.crossed(beside)
        rows, which = rows[still], which[still]
    found = nearest(rows, step.centres)
    after = after.updated(which, _bounds(found))
    changed = np.flatnonzero(found.labels != bounds.labels[which])
    if not len(changed):
        return after, None, 0
    left, came = bounds.labels[which[changed]], found.labels[changed]
    return after, change_of(rows[changed], left, came, len(step.centres)), len(changed)


def _beside_sketch(sketch: Rows, before: Bounds, after: Bounds, step: Step) -> Bounds:
    """The bounds after the step with the lower ones raised to what sketches tell."""
    distances = least_distances(sketch, step.sketch[step.looked_at])
    distances[step.own(before.labels)] = np.inf
    lower = np.sqrt(distances.min(axis=1))
    if step.few_moved:
        lower = np.minimum(lower, before.lower)
    return Bounds(after.labels, after.upper, np.maximum(after.lower, lower))


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
    upper, lower = found.first + found.error, found.second - found.error
    return Bounds(found.labels, np.sqrt(upper), np.sqrt(np.maximum(lower, 0.0)))
