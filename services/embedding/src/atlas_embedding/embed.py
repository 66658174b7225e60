"""The use case: a picture in, its features out."""

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
        vectors = await _features(picture, network)
    if picture.thumbnail is not None:
        with stage("put"):
            await objects.put(thumbnail_key(sha256), picture.thumbnail, "image/webp")
    return Embedded(sha256, len(picture.frames), picture.fingerprint, vectors)


async def embed_content(content: bytes, decoder: Decoder, network: FeatureNetwork) -> Vectors:
    """Features of a picture that need not be in the bucket. Raises `InvalidInput` and `Unavailable`."""
    return await _features(await decoder.decode(content), network)


async def _features(picture: Picture, network: FeatureNetwork) -> Vectors:
    """The mean over the frames that the picture shows."""
    found = await network.features(picture.frames)
    shown = [found[frame] for frame in picture.order]
    return {output: np.divide(sum(vectors[output] for vectors in shown), len(shown)) for output in shown[0]}


async def _decoded(sha256: str, objects: Objects, held: HeldBytes, decoder: Decoder) -> Picture:
    """The picture, whose bytes are let go of once it is decoded."""
    with ExitStack() as hold:
        with stage("get"):
            content = await objects.get(image_key(sha256), partial(held.take, hold))
        with stage("decode"):
            return await decoder.decode(content)
