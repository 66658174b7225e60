"""Near duplicates found among transformed copies, beside imagededup's PHash and CNN on the same files.

IMAGES=<folder> gives the pictures (else the demo's sticker packs). Those that it holds twice are left out
(`near_originals.py`). COUNT of them, drawn by SEED, get twelve copies each (`near_copies.py`); all others are there to
be confused with. Every pair of files is compared, and is right when both come from one picture. Mirrored copies have
their rows in the table, and count in the figures with MIRRORED=1.

Recall is the share of right pairs found at the lowest threshold whose precision is at least 99.9%, and at the usual one
(ours as shipped, PHash 10, CNN 0.9). WRONG=<file.png> draws the wrong pairs that are most alike.
"""

import json
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from atlas_clustering.near_duplicates import CANDIDATE, SAME, as_fingerprints, near_duplicates
from atlas_embedding.pictures.fingerprint import fingerprint
from atlas_embedding.pictures.read import read
from atlas_embedding.pictures.tensor import on_white
from atlas_embedding.settings import PictureSettings
from atlas_laptop.demo.packs import fetch_packs
from near_copies import MIRRORED, copies
from near_originals import Original, originals, without_twins
from numpy.typing import NDArray
from PIL import Image
from report import is_smoke, print_table, write_report

IMAGES = os.environ.get("IMAGES", "")
COUNT = int(os.environ.get("COUNT", "20" if is_smoke() else "400"))
SEED = int(os.environ.get("SEED", "1"))
WITH_MIRRORED = os.environ.get("MIRRORED", "") == "1"
WRONG = os.environ.get("WRONG", "")
PEER_PYTHON = Path(os.environ.get("IMAGEDEDUP_PYTHON", "build/bench/imagededup/bin/python"))
PRECISION = 0.999
ORIGINAL = "original"
TILE, WALL = 96, 60

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
class Files:
    """Files, the number of the picture that each comes from, and what was done to it."""

    paths: list[Path]
    sources: NDArray[np.int64]
    kinds: NDArray[np.str_]

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which files count in the figures."""
        return np.full(len(self.kinds), True) if WITH_MIRRORED else ~np.char.startswith(self.kinds, MIRRORED)

    @property
    def right_pairs(self) -> int:
        sizes = np.bincount(self.sources[self.counted])
        return int((sizes * (sizes - 1) // 2).sum())


@dataclass(frozen=True)
class Found:
    """Pairs of files and how alike a method says they are, the most alike first. usual: its usual threshold."""

    files: Files
    pairs: NDArray[np.int64]
    scores: NDArray[np.float64]
    usual: float

    @property
    def right(self) -> NDArray[np.bool_]:
        one, other = self.files.sources[self.pairs.T]
        return np.asarray(one == other)

    @property
    def counted(self) -> NDArray[np.bool_]:
        return np.asarray(self.files.counted[self.pairs].all(axis=1))

    def at_precision(self) -> tuple[float, float]:
        """Recall at the lowest threshold with enough precision, and that threshold."""
        right, scores = self.right[self.counted], self.scores[self.counted]
        hits = np.cumsum(right)
        last_of_score = np.append(np.diff(scores) != 0, True)[: len(scores)]
        enough = np.flatnonzero(last_of_score & (hits / np.arange(1, len(hits) + 1) >= PRECISION))
        if not len(enough):
            return 0.0, float("inf")
        return float(hits[enough[-1]] / self.files.right_pairs), float(scores[enough[-1]])

    def at_usual(self) -> tuple[float, float]:
        """Recall and precision."""
        chosen = self.right[self.counted & (self.scores >= self.usual)]
        return float(chosen.sum() / self.files.right_pairs), float(chosen.mean()) if len(chosen) else 1.0

    def recall_of(self, kind: str, threshold: float) -> float:
        """The share of copies of a kind that are found to be like their originals."""
        kinds = self.files.kinds[self.pairs]
        one_of_each = ((kinds == ORIGINAL).any(axis=1)) & ((kinds == kind).any(axis=1))
        return float((self.right & one_of_each & (self.scores >= threshold)).sum() / (self.files.kinds == kind).sum())


def found_by(files: Files, scored: Iterable[tuple[int, int, float]], usual: float) -> Found:
    best: dict[tuple[int, int], float] = {}
    for one, other, score in scored:
        pair = min(one, other), max(one, other)
        best[pair] = max(score, best.get(pair, score))
    scores = np.array(list(best.values()))
    order = np.argsort(-scores, kind="stable")
    return Found(files, np.array(list(best), np.int64).reshape(-1, 2)[order], scores[order], usual)


def write_files(folder: Path, found: list[Original]) -> Files:
    """Every picture as it is, and copies of the first COUNT."""
    paths, sources, kinds = [], [], []
    for number, original in enumerate(found):
        made = copies(original.picture, random.Random(SEED * 1_000_003 + number)) if number < COUNT else ()
        for kind, content in ((ORIGINAL, original.content), *made):
            paths.append(folder / f"{number}-{kind.replace(', ', '-').replace(' ', '-')}")
            paths[-1].write_bytes(content)
            sources.append(number)
            kinds.append(kind)
    return Files(paths, np.array(sources), np.array(kinds))


def ours(files: Files) -> tuple[Found, float]:
    """What we find, and pictures decoded and fingerprinted a core-second."""
    cv2.setNumThreads(1)
    settings, contents = PictureSettings(), [path.read_bytes() for path in files.paths]
    started = time.process_time()
    stills = (read(content, settings).stills[0] for content in contents)
    prints = as_fingerprints([fingerprint(on_white(still), still) for still in stills])
    speed = len(contents) / (time.process_time() - started)
    started = time.process_time()
    found = found_by(files, near_duplicates(prints, CANDIDATE), SAME)
    print(f"{len(contents)} fingerprints compared in {time.process_time() - started:.1f} core-seconds")
    return found, speed


def peer(files: Files, method: str, loosest: float, usual: float) -> Found | None:
    """What imagededup finds, larger scores for what is more alike; None where it can't run, which is said."""
    command = [PEER_PYTHON, "-c", PEER, method, str(loosest), str(files.paths[0].parent)]
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


def draw_wrong(found: Found, path: Path) -> None:
    """The pictures of the wrong pairs that are most alike, each pair of pictures once."""
    drawn: dict[tuple[int, int], Image.Image] = {}
    for pair in found.pairs[found.counted & ~found.right]:
        one, other = sorted(found.files.sources[pair].tolist())
        if (one, other) not in drawn and len(drawn) < WALL:
            drawn[one, other] = tile = Image.new("RGB", (2 * TILE + 8, TILE), "grey")
            for place, number in enumerate(pair):
                with Image.open(found.files.paths[number]) as image:
                    tile.paste(image.convert("RGB").resize((TILE, TILE)), (place * TILE, 0))
    wall = Image.new("RGB", (6 * (2 * TILE + 8), TILE * -(-len(drawn) // 6) or 1), "grey")
    for number, tile in enumerate(drawn.values()):
        wall.paste(tile, (number % 6 * tile.width, number // 6 * TILE))
    wall.save(path)


def main() -> None:
    everything = originals(Path(IMAGES) if IMAGES else fetch_packs())
    pictures = without_twins(random.Random(SEED).sample(everything, len(everything)))
    with tempfile.TemporaryDirectory(prefix="bench-near-") as folder:
        files = write_files(Path(folder), pictures)
        own, speed = ours(files)
        methods = {"ours": own, "PHash": peer(files, "PHash", 10, -10), "CNN": peer(files, "CNN", 0.7, 0.9)}
        if WRONG:
            draw_wrong(own, Path(WRONG))
    ran = {name: found for name, found in methods.items() if found is not None}
    copied = min(COUNT, len(pictures))
    print(f"{len(pictures)} pictures ({len(everything) - len(pictures)} that were there twice are left out), {copied}")
    print(f"of them with copies: {int(files.counted.sum())} files, {files.right_pairs} right pairs\n")
    rows = [[name, *found.at_precision(), abs(found.usual), *found.at_usual()] for name, found in ran.items()]
    print_table(["method", f"recall at {PRECISION}", "threshold", "usual threshold", "recall", "precision"], rows)
    print("\nShare of copies found to be like their originals, at the usual threshold")
    kinds = [kind for kind in dict.fromkeys(files.kinds.tolist()) if kind != ORIGINAL]
    by_kind = [[kind, *(found.recall_of(kind, found.usual) for found in ran.values())] for kind in kinds]
    print_table(["copy", *ran], by_kind)
    print(f"\n{speed:.0f} pictures decoded and fingerprinted a core-second")
    figures = {"shipped_precision": own.at_usual()[1], "images_per_core_second": speed, "pictures": len(pictures)}
    for name, found in ran.items():
        prefix = "" if name == "ours" else f"{name.lower()}_"
        figures |= {f"{prefix}recall": found.at_precision()[0], f"{prefix}recall_usual": found.at_usual()[0]}
    write_report("near-duplicates", figures, ["atlas-embedding", "numpy", "opencv-python-headless", "pillow"])


if __name__ == "__main__":
    main()
