"""The pictures of a folder, each once: what the folder itself holds twice would count as a mistake when it is found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from atlas_common.errors import InvalidInput
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.settings import PictureSettings
from near_copies import SMALLEST_SIDE, laid_on
from numpy.typing import NDArray
from PIL import Image

ENDINGS = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
SIDE = 128
MARGIN = 16  # grey levels from that of the corner
COMPARED = 0.75
FITTED = 0.9
SEEN = 0.5

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Original:
    """Its bytes, and its first frame in RGBA."""

    content: bytes
    picture: Image.Image


def originals(root: Path) -> list[Original]:
    """Pictures of the folder that the product can read, in the order of their names."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in ENDINGS:
            content = path.read_bytes()
            try:
                prepare(content, PictureSettings())
            except InvalidInput:
                continue
            with Image.open(path) as image:
                if min(image.size) >= SMALLEST_SIDE:
                    found.append(Original(content, image.convert("RGBA")))
    return found


def without_twins(found: Sequence[Original]) -> list[Original]:
    """Without those that differ in no place from an earlier one, laid over it as they fit best."""
    greys = [grey_of(one.picture) for one in found]
    gone: set[int] = set()
    for one, other in alike(greys):
        if one not in gone and other not in gone and difference(greys[one], greys[other]) < SEEN:
            gone.add(other)
    return [one for number, one in enumerate(found) if number not in gone]


def grey_of(picture: Image.Image) -> Grey:
    """At 128 x 128, without a margin of one colour, of mean 0 and deviation 1."""
    grey = np.asarray(laid_on("white", picture).convert("L"), np.float32)
    rows, columns = (np.flatnonzero((abs(grey - grey[0, 0]) > MARGIN).any(axis=axis)) for axis in (1, 0))
    if len(rows) and len(columns):
        grey = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = cv2.GaussianBlur(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), (0, 0), 1)
    return np.asarray((small - small.mean()) / (small.std() + 1e-3), np.float32)


def alike(greys: Sequence[Grey]) -> Iterator[tuple[int, int]]:
    """Pairs that may be the same picture, the smaller index first."""
    vectors = np.stack(greys).reshape(len(greys), -1) / SIDE
    for one, other in np.argwhere(np.triu(vectors @ vectors.T > COMPARED, 1)):
        yield int(one), int(other)


def difference(one: Grey, other: Grey) -> float:
    """The greatest of any place, in standard deviations, the one laid over the other or the other over it."""
    return min(_difference(one, other), _difference(other, one))


def _difference(below: Grey, above: Grey) -> float:
    """By ECC (Evangelidis and Psarakis, 2008), which moves, turns, scales and shears; infinite if none fits."""
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    try:
        fit, warp = cv2.findTransformECC(below, above, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, until)
    except cv2.error:
        return np.inf
    if fit < FITTED:
        return np.inf
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    both = cv2.warpAffine(np.ones_like(above), warp, (SIDE, SIDE), flags=how) == 1
    laid = cv2.warpAffine(above, warp, (SIDE, SIDE), flags=how)
    slope, offset = np.polyfit(laid[both], below[both], 1)
    differing = np.where(both, below - slope * laid - offset, 0)
    return float(abs(cv2.GaussianBlur(differing, (0, 0), 2)).max())
