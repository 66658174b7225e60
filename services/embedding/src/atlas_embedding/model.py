"""What flows through the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""[height, width, 3] RGB, or [height, width, 4] RGBA with colours multiplied by alpha, so that they can be averaged."""
Frame: TypeAlias = NDArray[np.uint8]
"""[299, 299, 3] RGB, as the network takes it."""
Frames: TypeAlias = NDArray[np.uint8]
"""[frames, 299, 299, 3]."""
Vectors: TypeAlias = dict[str, NDArray[np.float32]]
"""By the name of the network's output: [frames, dimensions], or [dimensions] of a whole picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A sticker ready for the network: its frames, how it looks at a glance, and its thumbnail.

    frames: all different. order: which of them it shows, one after the other; its features are the mean over these.
    fingerprint: the first frame in grey at 32 x 32, on white and, if not opaque, on black.
    thumbnail: WebP; None where the sticker itself will do.
    """

    frames: Frames
    order: tuple[int, ...]
    fingerprint: bytes
    thumbnail: bytes | None


@dataclass(frozen=True, slots=True)
class Embedded:
    """A sticker's features, how many frames the network saw for them, and its fingerprint as in `Picture`."""

    sha256: str
    frames: int
    fingerprint: bytes
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a sticker has no features."""

    sha256: str
    reason: str
    detail: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Network:
    """The network that the model server serves.

    name: names its features. identity: name and digest of the weights. version: the server's number of it.
    input: name of the tensor it takes. outputs: dimensions of each vector it gives.
    """

    name: str
    identity: str
    version: int
    input: str
    outputs: Mapping[str, int]
