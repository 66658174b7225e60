"""Where the weights come from: Keras' ImageNet weights, the npm package nsfwjs, or a file that the user names."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from atlas_common import npm
from atlas_common.errors import InvalidInput, Unavailable
from atlas_common.logs import get_logger

from atlas_modelserver.export.download import HttpBody, download
from atlas_modelserver.export.nsfwjs import load_into

if TYPE_CHECKING:
    import keras

IMAGENET_URL = (
    "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"
    "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
IMAGENET_MD5 = "bcbd6486424b2319ff4ef7d526e38f63"
CONNECT_SECONDS = 5

NSFWJS_VERSION = "4.3.0"
NSFWJS_SHA512 = "WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g=="

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scaling:
    """What the network expects a pixel to be: `pixel * scale + offset`, with pixels from 0 to 255."""

    scale: float
    offset: float


MINUS_ONE_TO_ONE = Scaling(1 / 127.5, -1)
ZERO_TO_ONE = Scaling(1 / 255, 0)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of Inception v3 without its classifier.

    name: short, becomes part of the model's name. origin, licence: for people.
    load_into: sets the weights of a `keras.applications.InceptionV3`; raises InvalidInput when they do not fit.
    """

    name: str
    origin: str
    licence: str
    scaling: Scaling
    load_into: Callable[["keras.Model"], None]


def find_weights(choice: str, downloads: Path) -> Weights:
    """Weights for `choice`: "imagenet", "nsfwjs", "auto" (the first of the two that can be had), or a file's path.

    Raises:
        Unavailable: nothing could be fetched.
        BrokenInvariant: what was fetched is not what was published.
        InvalidInput: there is no such file, or it holds no such weights.
    """
    match choice:
        case "imagenet":
            return imagenet(downloads)
        case "nsfwjs":
            return nsfwjs(downloads)
        case "auto":
            try:
                return imagenet(downloads)
            except Unavailable as error:
                log.info("imagenet_weights_out_of_reach", error=str(error), instead="nsfwjs")
                return nsfwjs(downloads)
        case _:
            return from_file(Path(choice).expanduser())


def imagenet(downloads: Path) -> Weights:
    """The weights that `keras.applications` publishes, trained on ImageNet."""
    file = downloads / Path(IMAGENET_URL).name
    if not file.exists():
        download(lambda offset: HttpBody(IMAGENET_URL, offset, CONNECT_SECONDS), file, IMAGENET_MD5)
    return Weights(
        "imagenet",
        "keras.applications InceptionV3, ImageNet",
        "Apache-2.0",
        MINUS_ONE_TO_ONE,
        partial(_load_keras_file, file),
    )


def nsfwjs(downloads: Path) -> Weights:
    """A fine-tuned Inception v3 from the npm registry."""
    file = downloads / f"nsfwjs-{NSFWJS_VERSION}.tgz"
    if not file.exists():
        log.info("downloading", file=file.name)
        downloads.mkdir(parents=True, exist_ok=True)
        npm.pack(f"nsfwjs@{NSFWJS_VERSION}", NSFWJS_SHA512, downloads)
    return Weights("nsfwjs", f"npm package nsfwjs {NSFWJS_VERSION}", "MIT", ZERO_TO_ONE, partial(load_into, file))


def from_file(file: Path) -> Weights:
    """A file of the user's: a tarball of nsfwjs, or weights that Keras wrote (.h5) of a net trained on [-1, 1]."""
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}", reason="weights_missing")
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    name = f"{re.sub('[^a-z0-9]+', '_', file.stem.lower())}_{content[:8]}"
    if file.suffix == ".tgz":
        return Weights(name, str(file), "unknown", ZERO_TO_ONE, partial(load_into, file))
    return Weights(name, str(file), "unknown", MINUS_ONE_TO_ONE, partial(_load_keras_file, file))


def _load_keras_file(file: Path, inception: "keras.Model") -> None:
    try:
        inception.load_weights(file)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file} does not fit Inception v3: {error}", reason="weights_unreadable") from error
