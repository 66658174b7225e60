"""The recipes that a run can name. A recipe never changes under its name: an improvement is a new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from atlas_common.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Recipe:
    """How features become albums.

    layers: outputs of the model and their weights. root: take square roots, which calms the few strong channels.
    unit: scale each layer to length one. evened: divide each column by its standard deviation, so that rare channels
    count as much as loud ones. dimensions: principal components kept. whitening: power of the standard deviation that
    each component is divided by. neighbours, smoothing: draw each sticker towards its nearest neighbours this many
    times before k-means. exact: k-means on all features, not on the components.
    """

    name: str
    summary: str
    layers: Mapping[str, float]
    root: bool = True
    unit: bool = True
    evened: bool = True
    dimensions: int = 96
    whitening: float = 0.5
    neighbours: int = 8
    smoothing: int = 3
    exact: bool = False


ARTICLE = Recipe(
    "article",
    "k-means on the last layer as it is: what the article did, and the baseline of every table.",
    {"pool3": 1.0},
    root=False,
    unit=False,
    evened=False,
    dimensions=128,
    whitening=0.0,
    neighbours=0,
    smoothing=0,
    exact=True,
)

STYLE = Recipe(
    "atlas-1",
    "Inner layers, which see how a sticker is drawn and not its caption; neighbours are drawn together; k-means.",
    {"mixed3": 1.5, "mixed7": 1.0, "mixed8": 1.0},
)

DEFAULT = STYLE
RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in (ARTICLE, STYLE)})


def recipe_named(name: str) -> Recipe:
    """The recipe, or the default for an empty name. Raises `InvalidInput`."""
    if not name:
        return DEFAULT
    if name not in RECIPES:
        raise InvalidInput(f"there is no recipe {name!r}; there are {', '.join(RECIPES)}", reason="no_such_recipe")
    return RECIPES[name]
