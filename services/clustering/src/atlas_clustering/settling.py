"""What a spec leaves open, settled: whose features, which version of them, and the run that goes on."""

from dataclasses import replace

from atlas_common.errors import InvalidInput

from atlas_clustering.model import AFRESH, RunSpec
from atlas_clustering.ports import Archive, Features, Shelf, Stickers
from atlas_clustering.recipes.catalogue import Recipe


def asked_for(spec: RunSpec, shelf: Shelf, archive: Archive) -> Features:
    """The features of the spec; of no model in particular, the newest that has every sticker.

    While no model has, those of the published run. Raises `NotFound`.
    """
    published = archive.published()
    model = spec.model or shelf.complete() or (published.spec.model if published else "")
    return shelf.features(model, spec.features_version)


def refuse_too_few(spec: RunSpec, shelf: Shelf, archive: Archive) -> None:
    """Raises `InvalidInput` for more albums than the newest features have stickers, and `NotFound` as `asked_for` does.

    Older versions may be gone, and are looked at by the run, which keeps them.
    """
    if spec.k and not spec.features_version:
        _enough(spec, asked_for(spec, shelf, archive).count())


def usable(spec: RunSpec, features: Features, recipe: Recipe) -> Stickers:
    """The stickers in the layers of the recipe. Raises `InvalidInput` where layers or stickers are too few."""
    missing = [layer for layer in recipe.layers if layer not in features.widths]
    if missing:
        raise InvalidInput(
            f"recipe {recipe.name} needs {', '.join(missing)}, which features of {features.model} lack",
            reason="layer_missing",
        )
    stickers = features.read(list(recipe.layers))
    if not stickers.ids:
        raise InvalidInput(f"no sticker has features of {features.model} yet", reason="no_stickers")
    _enough(spec, len(stickers.ids))
    return stickers


def settled(spec: RunSpec, features: Features, recipe: Recipe, archive: Archive) -> RunSpec:
    """The spec with nothing left open; over the newest features a run continues the last that was asked the same."""
    complete = replace(spec, model=features.model, features_version=features.version, recipe=recipe.name)
    if spec.continues:
        return complete
    afresh = replace(complete, continues=AFRESH)
    published = archive.published()
    if spec.features_version or published is None:
        return afresh
    same = replace(published.spec, features_version=afresh.features_version, continues=AFRESH) == afresh
    return replace(afresh, continues=published.run_id) if same else afresh


def _enough(spec: RunSpec, stickers: int) -> None:
    if spec.k > stickers:
        raise InvalidInput(f"k: {spec.k} albums cannot be made of {stickers} stickers", reason="too_few_stickers")
