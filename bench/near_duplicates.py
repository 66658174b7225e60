"""Near duplicates found among transformed copies, beside imagededup's PHash and CNN on the same files.

IMAGES=<folder> gives the pictures (else the demo's sticker packs), COUNT how many of them are drawn by SEED. Each gets
six copies (MIRROR=1: seven). A pair of files is right when both come from one picture. Pictures that the collection
itself holds twice (correlation over 0.88 at 48 x 48) count as one, for everyone.
Recall is the share of right pairs found at the lowest threshold whose precision is at least 99.9%; for the peers also
at the thresholds that are usual for them (PHash 10, CNN 0.9).
"""

import json
import os
import random
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from atlas_clustering.near_duplicates import SAME, likeness
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.settings import PictureSettings
from atlas_laptop.demo.packs import fetch_packs
from near_copies import SMALLEST_SIDE, copies, encoded, flattened
from numpy.typing import NDArray
from report import is_smoke, print_table, write_report

IMAGES = os.environ.get("IMAGES", "")
COUNT = int(os.environ.get("COUNT", "20" if is_smoke() else "400"))
SEED = int(os.environ.get("SEED", "1"))
MIRROR = os.environ.get("MIRROR", "") == "1"
PEER_PYTHON = Path(os.environ.get("IMAGEDEDUP_PYTHON", "build/bench/imagededup/bin/python"))
ENDINGS = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
PRECISION = 0.999
TWICE = 0.88

PEER = """
import json, sys
from imagededup import methods
method, threshold = sys.argv[1], float(sys.argv[2])
try:
    finder = getattr(methods, method)(verbose=False)
except Exception as error:
    sys.exit(f"imagededup's {method} can't start here: {error}")
if method == "PHash":
    found = finder.find_duplicates(image_dir=sys.argv[3], max_distance_threshold=int(threshold), scores=True)
else:
    found = finder.find_duplicates(image_dir=sys.argv[3], min_similarity_threshold=threshold, scores=True)
json.dump({name: [(other, float(score)) for other, score in pairs] for name, pairs in found.items()}, sys.stdout)
"""


@dataclass(frozen=True)
class Copies:
    """Files and the number of the picture that each comes from."""

    paths: list[Path]
    sources: NDArray[np.int64]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which of all pairs (the upper triangle) are right."""
        return (self.sources[:, None] == self.sources)[np.triu_indices(len(self.paths), 1)]


def make_copies(folder: Path) -> Copies:
    chance = random.Random(SEED)
    root = Path(IMAGES) if IMAGES else fetch_packs()
    found = sorted(path for path in root.rglob("*") if path.suffix.lower() in ENDINGS)
    pictures = [flattened(path) for path in chance.sample(found, min(COUNT, len(found)))]
    pictures = [picture for picture in pictures if min(picture.size) >= SMALLEST_SIDE]
    same_as = twice(pictures)
    paths, sources = [], []
    for number, picture in enumerate(pictures):
        versions = [("original", encoded(picture, "PNG")), *copies(picture, chance, mirrored=MIRROR)]
        for kind, content in versions:
            path = folder / f"{number}-{kind.replace(' ', '-')}.{'png' if content[:1] == bytes([0x89]) else 'jpg'}"
            path.write_bytes(content)
            paths.append(path)
            sources.append(same_as[number])
    return Copies(paths, np.array(sources))


def twice(pictures: list) -> list[int]:
    """For each picture, the first one that is the same."""
    small = np.stack([cv2.resize(np.asarray(p.convert("L")), (48, 48), interpolation=cv2.INTER_AREA) for p in pictures])
    vectors = small.reshape(len(pictures), -1).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-6
    alike = vectors @ vectors.T > TWICE
    first = list(range(len(pictures)))
    for number in range(len(pictures)):
        first[number] = min([first[other] for other in range(number) if alike[number, other]], default=number)
    return first


def found_at(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Recall at the lowest threshold with enough precision, and that threshold."""
    order = np.argsort(-scores)
    hits = np.cumsum(right[order])
    enough = np.flatnonzero(hits / np.arange(1, len(order) + 1) >= PRECISION)
    if not len(enough):
        return 0.0, float("inf")
    return float(hits[enough[-1]] / right.sum()), float(scores[order[enough[-1]]])


def at_threshold(scores: NDArray[np.float32], right: NDArray[np.bool_], threshold: float) -> tuple[float, float]:
    """Recall and precision."""
    chosen = scores >= threshold
    hits = float((chosen & right).sum())
    return hits / float(right.sum()), hits / max(1.0, float(chosen.sum()))


def own_scores(made: Copies) -> tuple[NDArray[np.float32], float]:
    """How alike all pairs are, and pictures a core-second, with all else that embedding makes of them."""
    settings = PictureSettings()
    contents = [path.read_bytes() for path in made.paths]
    cv2.setNumThreads(1)
    started = time.process_time()
    fingerprints = [prepare(content, settings).fingerprint for content in contents]
    speed = len(contents) / (time.process_time() - started)
    stacked = np.stack([np.frombuffer(one, np.uint8).reshape(32, 32) for one in fingerprints])
    return likeness(stacked, stacked)[np.triu_indices(len(stacked), 1)], speed


def peer_scores(made: Copies, method: str, threshold: float) -> NDArray[np.float32] | None:
    """How alike imagededup says all pairs are, larger for more; None where it can't run, which is said."""
    command = [PEER_PYTHON, "-c", PEER, method, str(threshold), str(made.paths[0].parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1])
        return None
    number = {path.name: index for index, path in enumerate(made.paths)}
    scores = np.full((len(number), len(number)), -np.inf, np.float32)
    for name, pairs in json.loads(done.stdout).items():
        for other, score in pairs:
            alike = -score if method == "PHash" else score
            scores[number[name], number[other]] = scores[number[other], number[name]] = alike
    return scores[np.triu_indices(len(number), 1)]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-near-") as folder:
        made = make_copies(Path(folder))
        right = made.right
        scores, speed = own_scores(made)
        recall, threshold = found_at(scores, right)
        usual = at_threshold(scores, right, SAME)
        rows: list[list[object]] = [["fingerprint", recall, threshold, SAME, *usual]]
        figures = {"recall": recall, "shipped_recall": usual[0], "shipped_precision": usual[1]}
        for method, figure, lowest, shipped in (("PHash", "phash_recall", 10, -10), ("CNN", "cnn_recall", 0.7, 0.9)):
            theirs = peer_scores(made, method, lowest)
            if theirs is not None:
                their_recall, at = found_at(theirs, right)
                usual = at_threshold(theirs, right, shipped)
                rows.append([f"imagededup {method}", their_recall, at, shipped, *usual])
                figures |= {figure: their_recall, f"{figure}_usual": usual[0]}
    print(f"{len(made.paths)} files, {int(right.sum())} right pairs among {len(right)}")
    print_table(["method", f"recall at {PRECISION}", "threshold", "usual threshold", "recall", "precision"], rows)
    figures["images_per_core_second"] = speed
    print(f"{speed:.0f} pictures decoded, fingerprinted and made ready for the network a core-second")
    write_report("near-duplicates", figures, ["atlas-embedding", "numpy", "opencv-python-headless", "pillow"])


if __name__ == "__main__":
    main()
