"""The use case: a picture in, its features out."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

import numpy as np
from atlas_common.held import HeldBytes
from atlas_common.store import image_key, thumbnail_key

from atlas_embedding.metrics import stage
from atlas_embedding.model import Embedded, Picture, Vectors
from atlas_embedding.ports import Decoder, FeatureNetwork, Objects


async def embed_stored(
    sha256: str, objects: Objects, held: HeldBytes, decoder: Decoder, network: FeatureNetwork
) -> Embedded:
    """Features of a picture in the bucket, whose thumbnail, if it needs one, is stored on the way.

    Raises `NotFound`, `InvalidInput` for what no picture can be made of, and `Unavailable`.
    """
    picture = await _decoded(sha256, objects, held, decoder)
    with stage("predict"):
        vectors = await network.features(picture.frames)
    if picture.thumbnail is not None:
        with stage("put"):
            await objects.put(thumbnail_key(sha256), picture.thumbnail, "image/webp")
    return Embedded(sha256, len(picture.frames), picture.fingerprint, mean_over_frames(vectors))


async def embed_content(content: bytes, decoder: Decoder, network: FeatureNetwork) -> Vectors:
    """Features of a picture that need not be in the bucket. Raises `InvalidInput` and `Unavailable`."""
    picture = await decoder.decode(content)
    return mean_over_frames(await network.features(picture.frames))


def mean_over_frames(frames: Sequence[Vectors]) -> Vectors:
    return {output: np.divide(sum(vectors[output] for vectors in frames), len(frames)) for output in frames[0]}


async def _decoded(sha256: str, objects: Objects, held: HeldBytes, decoder: Decoder) -> Picture:
    """The picture, whose bytes are let go of once it is decoded."""
    with ExitStack() as hold:
        with stage("get"):
            content = await objects.get(image_key(sha256), partial(held.take, hold))
        with stage("decode"):
            return await decoder.decode(content)
