"""Near duplicates found among transformed copies, beside imagededup's PHash and CNN on the same files.

IMAGES=<folder> gives the pictures (else the demo's sticker packs). Those that it holds twice are left out
(`near_originals.py`). COUNT of them, drawn by SEED, get twelve copies each (`near_copies.py`); all others are there to
be confused with. Every pair of files is compared, and is right when both come from one picture. Mirrored copies have
their rows in the table, and count in the figures with MIRRORED=1.

Recall is the share of right pairs found at the lowest threshold whose precision is at least 99.9%, and at the usual one
(ours as shipped, PHash 10, CNN 0.9). Where imagededup can't fetch its CNN's weights, its search goes through the
product's features instead (`near_peers.py`). WRONG=<file.png> draws the wrong pairs that are most alike.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from atlas_clustering.near_duplicates import CANDIDATE, SAME, as_fingerprints, near_duplicates
from atlas_embedding.pictures.fingerprint import fingerprint
from atlas_embedding.pictures.read import read
from atlas_embedding.pictures.tensor import on_white
from atlas_embedding.settings import PictureSettings
from atlas_laptop.demo.packs import fetch_packs
from near_copies import copies
from near_found import ORIGINAL, PRECISION, Files, Found, found_by
from near_originals import Original, originals, without_twins
from near_peers import peers
from PIL import Image
from report import is_smoke, print_table, write_report

IMAGES = os.environ.get("IMAGES", "")
COUNT = int(os.environ.get("COUNT", "20" if is_smoke() else "400"))
SEED = int(os.environ.get("SEED", "1"))
WRONG = os.environ.get("WRONG", "")
TILE, WALL = 96, 60


def write_files(folder: Path, found: list[Original]) -> Files:
    """Every picture as it is, and copies of the first COUNT."""
    folder.mkdir()
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
    if not everything:
        sys.exit(f"there is no picture in {IMAGES}")
    pictures = without_twins(random.Random(SEED).sample(everything, len(everything)))
    with tempfile.TemporaryDirectory(prefix="bench-near-") as folder:
        files = write_files(Path(folder) / "files", pictures)
        own, speed = ours(files)
        ran = {"ours": own, **peers(files)}
        if WRONG:
            draw_wrong(own, Path(WRONG))
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
        prefix = "" if name == "ours" else f"{name.split()[0].lower()}_"
        figures |= {f"{prefix}recall": found.at_precision()[0], f"{prefix}recall_usual": found.at_usual()[0]}
    write_report("near-duplicates", figures, ["atlas-embedding", "numpy", "opencv-python-headless", "pillow"])


if __name__ == "__main__":
    main()
