"""Labelled folders as benchmarks see them: decoded and embedded by the product's own code, once for each model."""

import csv
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from atlas_common.errors import InvalidInput
from atlas_embedding.model import Picture
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.settings import PictureSettings
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.export import export
from numpy.typing import NDArray
from report import FEATURES

MODEL = os.environ.get("QUALITY_MODEL", "")

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class LabelledSet:
    """Stickers of a folder: paths, labels by kind, and features by layer, in one order."""

    folder: Path
    paths: list[str]
    labels: dict[str, Labels]
    features: dict[str, NDArray[np.float32]]

    @property
    def name(self) -> str:
        return self.folder.name


def labelled_set(folder: Path) -> LabelledSet:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    features = kept_features(folder, sorted(rows))
    paths = features.pop("paths").tolist()
    kinds = [kind for kind in ("class", "coarse") if all(kind in rows[path] for path in paths)]
    labels = {kind: np.unique([rows[path][kind] for path in paths], return_inverse=True)[1] for kind in kinds}
    if "coarse" in labels and labels["coarse"].max() == labels["class"].max():
        del labels["coarse"]
    return LabelledSet(folder, paths, labels, features)


def kept_features(folder: Path, paths: Sequence[str]) -> dict[str, NDArray]:
    """The features of a folder, from the last time if the model and the pictures are the same."""
    model = Path(MODEL) if MODEL else export(Path("models/inception_v3"), "auto")
    described = ModelDescription.read(model)
    sources = [f"{path} {(folder / path).stat().st_size}" for path in paths]
    key = "\n".join([described.identity if described else str(model.resolve()), str(folder.resolve()), *sources])
    file = FEATURES / f"{folder.name}.{hashlib.sha256(key.encode()).hexdigest()[:12]}.npz"
    if not file.exists():
        FEATURES.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part.npz")
        np.savez(part, **embedded(folder, paths, model))
        part.rename(file)
    with np.load(file) as stored:
        return dict(stored)


def embedded(folder: Path, paths: Sequence[str], model: Path) -> dict[str, NDArray]:
    """Features of every picture that can be decoded, the mean over its frames."""
    engine = OpenVinoEngine(model)
    kept: list[str] = []
    rows: list[dict[str, NDArray[np.float32]]] = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        for path, picture in zip(paths, processes.map(partial(_prepared, folder), paths, chunksize=16), strict=True):
            if picture is None:
                print(f"{folder.name}: {path} cannot be decoded")
                continue
            kept.append(path)
            layers = engine.run({"images": picture.frames})
            rows.append({layer: values.mean(axis=0) for layer, values in layers.items()})
    return {"paths": np.array(kept)} | {layer: np.stack([row[layer] for row in rows]) for layer in rows[0]}


def _prepared(folder: Path, path: str) -> Picture | None:
    try:
        return prepare((folder / path).read_bytes(), PictureSettings())
    except InvalidInput:
        return None
