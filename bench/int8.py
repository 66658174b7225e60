"""What quantising the model does to albums: k-means on fp32 and on int8 features of sets whose classes are known.

SETS is a folder with a folder for each set, in that one for each class. The first frame of each picture counts.
"""

import os
import sys
from pathlib import Path

import numpy as np
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.pictures import find_pictures, read_picture
from numpy.typing import NDArray
from report import is_smoke, print_table, write_report
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

SETS = Path(os.environ.get("SETS", "../shared/datasets"))
MODELS = Path("models")
OUTPUT = "pool3"
BATCH = 16
LIMIT = 64 if is_smoke() else None


def compare(folder: Path) -> dict[str, float]:
    """Normalised mutual information with the classes in fp32 and int8, and what the two have to do with one another."""
    files = [file for file in find_pictures(folder) if file.parent != folder][:LIMIT]
    read = [(file.parent.name, picture) for file in files if (picture := read_picture(file)) is not None]
    classes = [name for name, _ in read]
    pictures = np.stack([picture for _, picture in read])
    full, small = features("inception_v3", pictures), features("inception_v3_int8", pictures)
    k = len(set(classes))
    albums, albums_int8 = albums_of(full, k), albums_of(small, k)
    cosine = (full * small).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(small, axis=1)
    return {
        "nmi": normalized_mutual_info_score(classes, albums),
        "nmi_int8": normalized_mutual_info_score(classes, albums_int8),
        "agreement": adjusted_rand_score(albums, albums_int8),
        "agreement_of_two_seeds": adjusted_rand_score(albums, albums_of(full, k, seed=1)),
        "cosine": float(cosine.mean()),
    }


def features(model: str, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    engine = OpenVinoEngine(max((MODELS / model).glob("[0-9]*"), key=lambda version: int(version.name)))
    batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
    return np.concatenate([engine.run({"images": batch})[OUTPUT] for batch in batches])


def albums_of(vectors: NDArray[np.float32], k: int, seed: int = 0) -> NDArray[np.int32]:
    return KMeans(k, n_init=10, random_state=seed).fit_predict(vectors)


def main() -> None:
    folders = sorted(folder for folder in SETS.glob("*") if folder.is_dir())
    if not folders or not (MODELS / "inception_v3_int8").exists():
        sys.exit(
            f"needs labelled sets in {SETS} (SETS=<folder>) and the model in int8 (make model-int8 PICTURES=<folder>)"
        )
    results = {folder.name: compare(folder) for folder in folders}
    names = list(next(iter(results.values())))
    print_table(["set", *names], [[name, *result.values()] for name, result in results.items()])
    figures = {f"{name} {figure}": value for name, result in results.items() for figure, value in result.items()}
    write_report("int8", figures, ["openvino", "nncf", "scikit-learn"])


if __name__ == "__main__":
    main()
