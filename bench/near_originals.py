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
COMPARED = 0.75
TWICE = 0.97

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
    """Without those whose greys at 128 x 128 correlate by more than 0.97 with an earlier one's, laid over it by ECC
    (Evangelidis and Psarakis, 2008), which moves, turns, scales and shears.
    """
    greys = [grey_of(one.picture) for one in found]
    gone: set[int] = set()
    for one, other in alike(greys):
        if one not in gone and fitted(greys[one], greys[other]) > TWICE:
            gone.add(other)
    return [one for number, one in enumerate(found) if number not in gone]


def grey_of(picture: Image.Image) -> Grey:
    small = cv2.resize(np.asarray(laid_on("white", picture).convert("L")), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1))


def alike(greys: Sequence[Grey]) -> Iterator[tuple[int, int]]:
    """Pairs that may be the same picture, the smaller index first."""
    vectors = np.stack(greys).reshape(len(greys), -1)
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-3
    for one, other in np.argwhere(np.triu(vectors @ vectors.T > COMPARED, 1)):
        yield int(one), int(other)


def fitted(one: Grey, other: Grey) -> float:
    """Correlation of a picture with another that is laid over it as it fits best; -1 where it can't be made to fit."""
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    try:
        return float(cv2.findTransformECC(one, other, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, until)[0])
    except cv2.error:
        return -1.0
