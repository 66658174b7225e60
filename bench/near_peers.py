"""What imagededup finds in the same files."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.export import export
from labelled import embedded
from near_found import Files, Found, found_by

PYTHON = Path(os.environ.get("IMAGEDEDUP_PYTHON", "build/bench/imagededup/bin/python"))
MODEL = Path("models/inception_v3")

SEARCH = """
import json, pathlib, sys
import numpy as np
from imagededup import methods
from imagededup.utils import CustomModel
method, loosest, source = sys.argv[1], float(sys.argv[2]), pathlib.Path(sys.argv[3])
try:
    if method == "PHash":
        found = methods.PHash(verbose=False).find_duplicates(
            image_dir=source, max_distance_threshold=int(loosest), scores=True)
    elif source.is_dir():
        found = methods.CNN(verbose=False).find_duplicates(
            image_dir=source, min_similarity_threshold=loosest, scores=True)
    else:
        import torch
        given = CustomModel("given", torch.nn.Identity(), torch.nn.Identity())
        found = methods.CNN(verbose=False, model_config=given).find_duplicates(
            encoding_map=dict(np.load(source)), min_similarity_threshold=loosest, scores=True)
except OSError as error:
    sys.exit(f"imagededup's {method} can't start here: {error}")
json.dump({name: [(other, float(score)) for other, score in pairs] for name, pairs in found.items()}, sys.stdout)
"""


def peers(files: Files) -> dict[str, Found]:
    """What its methods find, larger scores for what is more alike; those that can't run are left out, which is said.

    Where its CNN can't fetch the weights of its network, its search goes through the product's features.
    """
    found = {"PHash": searched(files, "PHash", 10, -10), "CNN": searched(files, "CNN", 0.8, 0.9)}
    if found["PHash"] and not found["CNN"]:
        found["CNN (our features)"] = searched(files, "CNN", 0.8, 0.9, features(files))
    return {method: one for method, one in found.items() if one is not None}


def searched(files: Files, method: str, loosest: float, usual: float, source: Path | None = None) -> Found | None:
    """source: encodings by the names of files; else it reads the files themselves."""
    command = [PYTHON, "-c", SEARCH, method, str(loosest), str(source or files.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1])
        return None
    number = {path.name: index for index, path in enumerate(files.paths)}
    sign = -1 if method == "PHash" else 1
    scored = (
        (number[name], number[other], sign * score)
        for name, pairs in json.loads(done.stdout).items()
        for other, score in pairs
    )
    return found_by(files, scored, usual)


def features(files: Files) -> Path:
    """The product's own features of each file, kept by its name."""
    model = export(MODEL, "auto")
    described = ModelDescription.read(model)
    name = described.identity if described else str(model)
    print(f"Instead its search goes through the product's own features: pool3 of {name}")
    made = embedded(files.folder, [path.name for path in files.paths], model)
    kept = files.folder.with_suffix(".npz")
    np.savez(kept, **dict(zip(made["paths"].tolist(), made["pool3"], strict=True)))
    return kept
