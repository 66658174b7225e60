"""How well albums agree with people: recipes beside one another on labelled stickers, from pictures to scores.

SETS names folders with a `labels.csv` (columns path and class, and coarse where classes are also grouped). Pictures are
decoded, embedded and grouped by the product's own code; features are kept in build/bench/features for the next time.
Scores are means over seeds at the true number of classes; `auto` is the default recipe with the k it chose itself.
`same_id` and `curated` tell what stays when a tenth more stickers come and a run is done again.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from atlas_clustering.kmeans import Workers, in_memory
from atlas_clustering.recipes.auto_k import choose_k
from atlas_clustering.recipes.catalogue import ARTICLE, DEFAULT, RECIPES, Recipe
from atlas_clustering.recipes.space import Space, span
from identity import same_again
from labelled import LabelledSet, Labels, labelled_set
from numpy.typing import NDArray
from PIL import Image
from report import FOLDER, is_smoke, print_table, write_report
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

SETS = [Path(folder) for folder in os.environ.get("SETS", "").split()]
SEEDS = int(os.environ.get("QUALITY_SEEDS", "1" if is_smoke() else "3"))
PICTURES = FOLDER / "quality"
SIDE = 48
WALL = 24
METRICS = ("purity", "nmi", "ami", "ari", "v", "bcubed")
COLUMNS = (*METRICS, "ari_spread")
IDENTITY = ("same_id", "curated")


def scores(truth: Labels, found: NDArray[np.int32]) -> dict[str, float]:
    table = contingency_matrix(truth, found).astype(np.float64)
    precision = (table**2 / table.sum(axis=0)).sum() / len(truth)
    recall = (table**2 / table.sum(axis=1, keepdims=True)).sum() / len(truth)
    return {
        "purity": float(table.max(axis=0).sum() / len(truth)),
        "nmi": metrics.normalized_mutual_info_score(truth, found),
        "ami": metrics.adjusted_mutual_info_score(truth, found),
        "ari": metrics.adjusted_rand_score(truth, found),
        "v": metrics.v_measure_score(truth, found),
        "bcubed": float(2 * precision * recall / (precision + recall)),
    }


def mean(several: list[dict[str, float]]) -> dict[str, float]:
    """Means over seeds, and `ari_spread`: between the highest and the lowest ARI."""
    means = {metric: float(np.mean([one[metric] for one in several])) for metric in METRICS}
    return means | {"ari_spread": float(np.ptp([one["ari"] for one in several]))}


def space_of(stickers: LabelledSet, recipe: Recipe, workers: Workers) -> Space:
    rows = np.concatenate([stickers.features[layer] for layer in recipe.layers], axis=1)
    widths = {layer: stickers.features[layer].shape[1] for layer in recipe.layers}
    return span(recipe, in_memory(rows).blocks, widths, workers)


def measure(stickers: LabelledSet, workers: Workers) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Label kind, recipe and scores, the article's recipe first."""
    for recipe in sorted(RECIPES.values(), key=lambda recipe: recipe != ARTICLE):
        space = space_of(stickers, recipe, workers)
        for kind, truth in stickers.labels.items():
            found = [space.albums(int(truth.max()) + 1, seed, workers) for seed in range(SEEDS)]
            draw_walls(stickers, recipe.name, found[0], space) if kind == "class" else None
            yield kind, recipe.name, mean([scores(truth, labels) for labels in found])
        if recipe == DEFAULT:
            chosen = [choose_k(space, seed, workers)[0] for seed in range(SEEDS)]
            found = [space.albums(k, seed, workers) for seed, k in enumerate(chosen)]
            for kind, truth in stickers.labels.items():
                auto = mean([scores(truth, labels) for labels in found]) | {"k": float(np.mean(chosen))}
                yield kind, "auto", auto


def draw_walls(stickers: LabelledSet, recipe: str, labels: NDArray[np.int32], space: Space) -> None:
    """An overview: a row of stickers an album, the largest album first, those nearest to its centre first."""
    albums = np.argsort(-np.bincount(labels), kind="stable")
    sheet = Image.new("RGB", (WALL * SIDE, len(albums) * SIDE), "white")
    for line, album in enumerate(albums):
        members = np.flatnonzero(labels == album)
        away = np.linalg.norm(space.rows[members] - space.rows[members].mean(axis=0), axis=1)
        for column, member in enumerate(members[np.argsort(away, kind="stable")][:WALL]):
            with Image.open(stickers.folder / stickers.paths[member]) as image:
                sticker = image.convert("RGBA")
            sticker.thumbnail((SIDE, SIDE))
            sheet.paste(sticker, (column * SIDE, line * SIDE), sticker)
    PICTURES.mkdir(parents=True, exist_ok=True)
    sheet.save(PICTURES / f"{stickers.name}.{recipe}.png")


def main() -> None:
    present = [folder for folder in SETS if (folder / "labels.csv").exists()]
    for folder in SETS:
        if folder not in present:
            print(f"{folder} has no labels.csv: not measured.")
    if not present:
        print("No labelled set is there. Name some: make bench-quality SETS='folder …'")
    figures: dict[str, float] = {}
    lines: list[list[object]] = []
    kept: list[list[object]] = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for folder in present:
            stickers = labelled_set(folder)
            for kind, recipe, found in measure(stickers, Workers.local(threads)):
                figures |= {f"{stickers.name}.{kind}.{recipe}.{metric}": found[metric] for metric in COLUMNS}
                if recipe == "auto":
                    figures[f"{stickers.name}.auto_k"] = found["k"]
                k = found.get("k", float(stickers.labels[kind].max() + 1))
                lines.append([stickers.name, kind, recipe, k, *(found[metric] for metric in COLUMNS)])
            again = [same_again(stickers, Workers.local(threads), seed) for seed in range(SEEDS)]
            measured = [name for name in IDENTITY if all(name in one for one in again)]
            figures |= {f"{stickers.name}.{name}": float(np.mean([one[name] for one in again])) for name in measured}
            kept += [[stickers.name, *(figures.get(f"{stickers.name}.{name}", "-") for name in IDENTITY)]]
    print_table(["set", "labels", "recipe", "k", *COLUMNS], lines)
    print_table(["set, and a tenth more", *IDENTITY], kept)
    print(f"Overview pictures: {PICTURES}/")
    write_report("quality", figures, ["numpy", "scikit-learn", "openvino"])


if __name__ == "__main__":
    main()
