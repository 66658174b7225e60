"""The use case of a run: one exact version of the features becomes published albums."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.albums import Albums, describe
from atlas_clustering.curation import Named, ruled
from atlas_clustering.identity import Before, changes, renumbered, same_albums
from atlas_clustering.kmeans import Workers
from atlas_clustering.kmeans.blocks import Labels, Rows
from atlas_clustering.model import Members, Run
from atlas_clustering.naming import suggested
from atlas_clustering.near_duplicates import Fingerprints
from atlas_clustering.ports import Archive, Decisions, Features, Shelf, Sightings
from atlas_clustering.recipes.auto_k import choose_k
from atlas_clustering.recipes.catalogue import recipe_named
from atlas_clustering.recipes.layout import Layout, lay_out
from atlas_clustering.recipes.silhouette import profiles, silhouettes
from atlas_clustering.recipes.space import Space, span
from atlas_clustering.recipes.variants import with_variants
from atlas_clustering.settling import asked_for, settled, usable

Tell = Callable[[Run], None]
"""Told of each change of the run; raises `Cancelled` when the run shall end."""


class Cancelled(Exception):
    """Somebody asked the run to stop."""


@dataclass(frozen=True)
class Parts:
    """Where features come from, where albums go, what is known besides, and what computes."""

    shelf: Shelf
    archive: Archive
    decisions: Decisions
    sightings: Sightings
    workers: Workers


def perform(run: Run, tell: Tell, *, parts: Parts) -> Run:
    """Do the whole of a run up to the point of publishing; the run as it should be published.

    Repeating it changes nothing: what it writes is determined by the spec, and nobody sees it before it is published.
    Raises `InvalidInput` for a spec that cannot be met, `NotFound` for features that are not there.
    """
    features = asked_for(run.spec, parts.shelf, parts.archive)
    with features.pinned(run.run_id):
        return _grouped(run, features, tell, parts)


def _grouped(run: Run, features: Features, tell: Tell, parts: Parts) -> Run:
    recipe = recipe_named(run.spec.recipe)
    run = _staged(run, "reading features", tell)
    stickers = usable(run.spec, features, recipe)
    spec = settled(run.spec, features, recipe, parts.archive)
    run = _staged(replace(run, spec=spec, stickers=len(stickers.ids)), "comparing", tell)
    space = span(recipe, stickers.blocks, features.widths, parts.workers)
    members = Members(stickers.ids, space.rows)
    k, curve = _number_of_albums(run, space, parts, tell)
    run = _staged(run, "grouping", tell)
    labels = _labels(run, k, space, members, parts, tell)
    run = _staged(run, "drawing the map", tell)
    layout = _layout(run, labels, members, parts.archive)
    places = layout.place(space.rows, parts.workers.threads.map, _progress(run, tell))
    run = _staged(run, "describing albums", tell)
    before = _before(parts.archive)

    def look(rows: NDArray[np.int64]) -> Fingerprints:
        tell(run)
        return features.fingerprints(stickers.numbers[rows])

    albums = _albums(run, members, labels, places, before, parts).folded(look, parts.workers.threads.map)
    groups = albums.members_by_id()
    values, sampled = silhouettes(space.rows, albums.partition.albums)
    outlines = profiles(values, albums.partition.albums[sampled], len(groups))
    run = _staged(run, "writing", tell)
    parts.archive.keep_transform(run.run_id, space.transform, layout)
    parts.archive.add(run.run_id, albums.clusters, albums.assignments())
    return replace(
        run,
        albums=albums.partition.k,
        outliers=albums.outliers,
        scores={"silhouette": float(values.mean())},
        report={
            "recipe": asdict(recipe),
            "k": k,
            "curve": {str(tried): score for tried, score in curve.items()},
            "silhouettes": dict(zip(groups, outlines, strict=True)),
            "unusable": list(stickers.unusable),
            **changes(groups, before),
        },
    )


def _staged(run: Run, stage: str, tell: Tell) -> Run:
    run = replace(run, stage=stage, progress=0.0)
    tell(run)
    return run


def _progress(run: Run, tell: Tell) -> Callable[[float], None]:
    return lambda progress: tell(replace(run, progress=progress))


def _number_of_albums(run: Run, space: Space, parts: Parts, tell: Tell) -> tuple[int, Mapping[int, float]]:
    """The k that was asked for, or the one chosen with the curve of all that were tried."""
    if run.spec.k:
        return run.spec.k, {}
    run = _staged(run, "choosing k", tell)
    before = int(parts.archive.run(run.spec.run_before).report["k"]) if run.spec.run_before else 0
    return choose_k(space, run.spec.seed, parts.workers, _progress(run, tell), before)


def _labels(run: Run, k: int, space: Space, members: Members, parts: Parts, tell: Tell) -> Labels:
    """Each sticker's album (n,), as the features have it."""

    def watch(step: str, inertia: float) -> None:
        tell(replace(run, detail=f"{step}: inertia {inertia:.6g}"))

    continued = parts.archive.albums(run.spec.run_before, late=False) if run.spec.run_before else None
    before = None if continued is None else members.labels(continued)
    return space.albums(k, run.spec.seed, parts.workers, watch, before)


def _layout(run: Run, labels: Labels, members: Members, archive: Archive) -> Layout:
    places = archive.places(run.spec.run_before) if run.spec.run_before else {}
    return lay_out(members.rows, labels, run.spec.seed, members.places(places))


def _albums(run: Run, members: Members, labels: Labels, places: Rows, before: Before, parts: Parts) -> Albums:
    """The albums as people want them, under the ids and names that they keep."""
    rulings = parts.decisions.rulings()
    wanted = ruled(Named(labels, same_albums(members.by_label(labels), before)), members, before, rulings)
    albums = describe(members, with_variants(members.rows, wanted.labels, run.spec.seed), places)
    albums = albums.with_clusters(renumbered(albums.clusters, wanted.ids))
    suggestions = suggested(parts.sightings.seen(), albums.members_by_id())
    return albums.named({**suggestions, **before.names, **rulings.names})


def _before(archive: Archive) -> Before:
    published = archive.published()
    if published is None:
        return Before({}, {})
    names = {cluster.cluster_id: cluster.name for cluster in archive.clusters(published.run_id) if cluster.name}
    return Before(archive.albums(published.run_id), names)
