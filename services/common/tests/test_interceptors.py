from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from atlas.embedding.v1 import embedding_pb2, embedding_pb2_grpc
from atlas_common.errors import InvalidInput
from atlas_common.interceptors import ServerInterceptor
from atlas_common.paging import InvalidPageToken


class Servicer(embedding_pb2_grpc.EmbeddingServiceServicer):
    async def EmbedImage(self, request: embedding_pb2.EmbedImageRequest, context: object) -> None:  # type: ignore[override]  # noqa: N802
        raise InvalidInput("this is not a picture", reason="not_an_image")

    async def RetryFailures(self, request: object, context: object) -> None:  # type: ignore[override]  # noqa: N802
        raise InvalidPageToken("an error of a narrower kind")

    async def GetStatus(self, request: object, context: object) -> embedding_pb2.Status:  # type: ignore[override]  # noqa: N802
        return embedding_pb2.Status(model="m")


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[embedding_pb2_grpc.EmbeddingServiceStub]:
    server = grpc.aio.server(interceptors=[ServerInterceptor()])
    embedding_pb2_grpc.add_EmbeddingServiceServicer_to_server(Servicer(), server)
    server.add_insecure_port(f"unix:{tmp_path}/socket")
    await server.start()
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/socket") as channel:
        yield embedding_pb2_grpc.EmbeddingServiceStub(channel)
    await server.stop(None)


async def test_a_domain_error_becomes_its_status_with_the_reason_beside_it(
    stub: embedding_pb2_grpc.EmbeddingServiceStub,
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.EmbedImage(embedding_pb2.EmbedImageRequest())
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "this is not a picture"
    assert dict(caught.value.trailing_metadata())["reason"] == "not_an_image"


async def test_an_error_of_a_narrower_kind_has_the_status_of_its_kind(
    stub: embedding_pb2_grpc.EmbeddingServiceStub,
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.RetryFailures(embedding_pb2.RetryFailuresRequest())
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_an_answer_passes_through(stub: embedding_pb2_grpc.EmbeddingServiceStub) -> None:
    assert (await stub.GetStatus(embedding_pb2.GetStatusRequest())).model == "m"
