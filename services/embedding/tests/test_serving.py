from collections.abc import AsyncIterator

import grpc
import numpy as np
import pytest
from atlas_common.errors import AtlasError, BrokenInvariant, Unavailable
from atlas_embedding.serving import TensorFlowServing
from atlas_embedding.settings import ModelSettings

from services.embedding.tests.conftest import VERSION, ColourServing

OK, LATE = grpc.StatusCode.OK, grpc.StatusCode.DEADLINE_EXCEEDED
FRAMES = [np.full((299, 299, 3), level, np.uint8) for level in (10, 200)]


@pytest.fixture
async def client(serving: str, colours: ColourServing) -> AsyncIterator[TensorFlowServing]:
    """A client that speaks to the small model server over its Unix socket."""
    client = await TensorFlowServing.connect(ModelSettings(server=serving, predict_seconds=5))
    yield client
    await client.close()


@pytest.mark.parametrize("as_content", [False, True])
async def test_vectors_are_read_wherever_the_server_puts_them(
    client: TensorFlowServing, colours: ColourServing, as_content: bool
) -> None:
    colours.as_content = as_content
    vectors = await client.predict(FRAMES)
    assert {name: values.shape for name, values in vectors.items()} == {"pool3": (2, 2048), "mixed3": (2, 768)}
    np.testing.assert_array_equal(vectors["pool3"][:, 0], [10, 200])


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
async def test_a_busy_server_is_asked_again(
    client: TensorFlowServing, colours: ColourServing, code: grpc.StatusCode
) -> None:
    colours.failures = [code, code]
    assert len((await client.predict(FRAMES))["pool3"]) == 2
    assert colours.failures == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (grpc.StatusCode.UNAVAILABLE, Unavailable),
        (grpc.StatusCode.NOT_FOUND, Unavailable),  # the version is being replaced: it may come back
        (grpc.StatusCode.INVALID_ARGUMENT, BrokenInvariant),
    ],
)
async def test_a_server_that_keeps_refusing_is_given_up(
    client: TensorFlowServing, colours: ColourServing, code: grpc.StatusCode, error: type[AtlasError]
) -> None:
    colours.failures = [code] * 20
    with pytest.raises(error, match=code.name):
        await client.predict(FRAMES)
    assert 0 < len(colours.failures) < 20


async def test_frames_that_are_late_again_though_a_blank_one_is_not_are_at_fault(
    client: TensorFlowServing, colours: ColourServing
) -> None:
    colours.failures = [LATE, OK, LATE]
    with pytest.raises(BrokenInvariant, match="DEADLINE_EXCEEDED") as caught:
        await client.predict(FRAMES)
    assert caught.value.reason == "prediction_timeout"


async def test_a_server_that_is_late_with_a_blank_frame_too_is_at_fault_itself(
    client: TensorFlowServing, colours: ColourServing
) -> None:
    colours.failures = [LATE, LATE]
    with pytest.raises(Unavailable, match="DEADLINE_EXCEEDED"):
        await client.predict(FRAMES)


async def test_frames_that_are_late_once_are_asked_for_again(client: TensorFlowServing, colours: ColourServing) -> None:
    colours.failures = [LATE]
    assert len((await client.predict(FRAMES))["pool3"]) == 2


async def test_the_version_found_at_the_start_is_the_one_that_is_asked(
    client: TensorFlowServing, colours: ColourServing
) -> None:
    await client.predict(FRAMES)
    assert client.network.version == VERSION
    assert colours.asked == [("inception_v3", VERSION)]


async def test_a_model_with_another_digest_is_refused(serving: str) -> None:
    with pytest.raises(BrokenInvariant, match="its digest is 0123456789ab, not ff"):
        await TensorFlowServing.connect(ModelSettings(server=serving, digest="ff"))


async def test_readiness_is_the_model_s(client: TensorFlowServing, colours: ColourServing) -> None:
    assert await client.ready()
    colours.loaded = False
    assert not await client.ready()
