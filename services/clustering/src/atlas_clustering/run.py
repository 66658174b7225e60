"""The use case of a run: one exact version of the features becomes published albums."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from atlas_common.errors import InvalidInput

from atlas_clustering.albums import describe
from atlas_clustering.curation import Named, ruled
from atlas_clustering.identity import Before, changes, renumbered, same_albums
from atlas_clustering.kmeans import Workers
from atlas_clustering.model import Members, Run, RunSpec
from atlas_clustering.naming import suggested
from atlas_clustering.ports import Archive, Decisions, Features, Shelf, Sightings
from atlas_clustering.recipes.auto_k import choose_k
from atlas_clustering.recipes.catalogue import Recipe, recipe_named
from atlas_clustering.recipes.layout import lay_out
from atlas_clustering.recipes.silhouette import profiles, silhouettes
from atlas_clustering.recipes.space import Space, span
from atlas_clustering.recipes.variants import with_variants

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
    features = parts.shelf.features(run.spec.model or _current_model(parts), run.spec.features_version)
    with features.pinned(run.run_id):
        return _grouped(run, features, tell, parts)


def _grouped(run: Run, features: Features, tell: Tell, parts: Parts) -> Run:
    recipe = recipe_named(run.spec.recipe)
    run = _staged(run, "reading features", tell)
    _check_layers(recipe, features)
    stickers = features.read(list(recipe.layers))
    _check_count(run.spec, features, len(stickers.ids))
    spec = _settled(run.spec, features, recipe, parts.archive)
    run = _staged(replace(run, spec=spec, stickers=len(stickers.ids)), "comparing", tell)
    space = span(recipe, stickers.blocks, features.widths, parts.workers)
    members = Members(stickers.ids, space.rows)
    k, curve = _number_of_albums(run, space, parts, tell)
    run = _staged(run, "grouping", tell)
    labels = space.albums(
        k,
        spec.seed,
        parts.workers,
        lambda step, inertia: tell(replace(run, detail=f"{step}: inertia {inertia:.6g}")),
        members.labels(parts.archive.albums(spec.continues, late=False)) if spec.continues else None,
    )
    run = _staged(run, "drawing the map", tell)
    places = parts.archive.places(spec.continues) if spec.continues else {}
    layout = lay_out(space.rows, labels, spec.seed, members.places(places))
    run = _staged(run, "describing albums", tell)
    before, rulings = _before(parts.archive), parts.decisions.rulings()
    albums = ruled(Named(labels, same_albums(members.by_label(labels), before)), members, before, rulings)
    partition = with_variants(space.rows, albums.labels, spec.seed)
    found = describe(members, partition, layout.place(space.rows)).folded(features.fingerprints)
    found = found.with_clusters(renumbered(found.clusters, albums.ids))
    suggestions = suggested(parts.sightings.seen(), found.members_by_id())
    found = found.named({**suggestions, **before.names, **rulings.names})
    values, sampled = silhouettes(space.rows, albums.labels)
    plot = profiles(values, albums.labels[sampled])
    run = _staged(run, "writing", tell)
    parts.archive.keep_transform(run.run_id, space.transform, layout)
    parts.archive.add(run.run_id, found.clusters, found.assignments())
    return replace(
        run,
        albums=found.partition.k,
        outliers=found.outliers,
        scores={"silhouette": float(values.mean())},
        report={
            "recipe": asdict(recipe),
            "k": k,
            "curve": {str(tried): score for tried, score in curve.items()},
            "silhouettes": dict(zip((one.cluster_id for one in found.clusters), plot, strict=False)),
            "unusable": list(stickers.unusable),
            **changes(found.members_by_id(), before),
        },
    )


def _settled(spec: RunSpec, features: Features, recipe: Recipe, archive: Archive) -> RunSpec:
    """The spec with nothing left open; over the newest features a run continues the last that was asked the same."""
    settled = replace(spec, model=features.model, features_version=features.version, recipe=recipe.name)
    published = archive.published()
    if spec.features_version or spec.continues or published is None:
        return settled
    same = replace(published.spec, features_version=settled.features_version, continues="") == settled
    return replace(settled, continues=published.run_id) if same else settled


def _staged(run: Run, stage: str, tell: Tell) -> Run:
    run = replace(run, stage=stage, progress=0.0)
    tell(run)
    return run


def _number_of_albums(run: Run, space: Space, parts: Parts, tell: Tell) -> tuple[int, Mapping[int, float]]:
    """The k that was asked for, or the one chosen with the curve of all that were tried."""
    if run.spec.k:
        return run.spec.k, {}
    run = _staged(run, "choosing k", tell)
    before = int(parts.archive.run(run.spec.continues).report["k"]) if run.spec.continues else 0
    return choose_k(space, run.spec.seed, parts.workers, lambda progress: tell(replace(run, progress=progress)), before)


def _before(archive: Archive) -> Before:
    published = archive.published()
    if published is None:
        return Before({}, {})
    names = {cluster.cluster_id: cluster.name for cluster in archive.clusters(published.run_id) if cluster.name}
    return Before(archive.albums(published.run_id), names)


def _current_model(parts: Parts) -> str:
    """The newest model that has every sticker; while there is none, that of the published run."""
    published = parts.archive.published()
    return parts.shelf.complete() or (published.spec.model if published else "")


def _check_layers(recipe: Recipe, features: Features) -> None:
    missing = [layer for layer in recipe.layers if layer not in features.widths]
    if missing:
        raise InvalidInput(
            f"recipe {recipe.name} needs {', '.join(missing)}, which features of {features.model} lack",
            reason="layer_missing",
        )


def _check_count(spec: RunSpec, features: Features, stickers: int) -> None:
    if not stickers:
        raise InvalidInput(f"no sticker has features of {features.model} yet", reason="no_stickers")
    if spec.k > stickers:
        raise InvalidInput(f"{spec.k} albums cannot be made of {stickers} stickers", reason="too_few_stickers")
