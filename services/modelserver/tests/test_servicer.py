"""The services over a real channel, with a model that sums."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from atlas.serving.v1 import services_pb2_grpc, serving_pb2
from atlas_common.interceptors import ServerInterceptor
from atlas_modelserver.repository import Repository
from atlas_modelserver.servicer import ModelServicer, PredictionServicer, add_prediction_servicer
from atlas_modelserver.tensors import to_tensor

from services.modelserver.tests.fakes import load

IMAGES = np.array([[1, 2], [3, 4]], np.uint8)
CATS = serving_pb2.ModelSpec(name="cats")


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    (tmp_path / "models" / "cats" / "3").mkdir(parents=True)
    models, stop = Repository(tmp_path / "models", ["cats"], load), asyncio.Event()
    server = grpc.aio.server(interceptors=[ServerInterceptor()])
    add_prediction_servicer(PredictionServicer(models), server)
    services_pb2_grpc.add_ModelServiceServicer_to_server(ModelServicer(models), server)
    server.add_insecure_port(f"unix:{tmp_path}/socket")
    await server.start()
    await models.look("cats")
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/socket") as channel:
        yield channel
    await server.stop(None)
    stop.set()
    await models.watch(1, stop)


@pytest.fixture
def prediction(channel: grpc.aio.Channel) -> services_pb2_grpc.PredictionServiceStub:
    return services_pb2_grpc.PredictionServiceStub(channel)


def request(
    images: np.ndarray = IMAGES, name: str = "images", spec: serving_pb2.ModelSpec = CATS, **rest: object
) -> serving_pb2.PredictRequest:
    return serving_pb2.PredictRequest(model_spec=spec, inputs={name: to_tensor(images)}, **rest)


async def test_a_prediction_says_what_made_it(prediction: services_pb2_grpc.PredictionServiceStub) -> None:
    response = await prediction.Predict(request())
    assert response.outputs["sums"] == to_tensor(np.array([3, 7], np.float32))
    assert response.outputs["doubles"] == to_tensor(np.array(IMAGES * 2, np.float32))
    assert response.model_spec.version.value == 3
    assert response.model_spec.signature_name == "serving_default"


async def test_only_the_outputs_that_were_asked_for_come(
    prediction: services_pb2_grpc.PredictionServiceStub,
) -> None:
    response = await prediction.Predict(request(output_filter=["sums"]))
    assert set(response.outputs) == {"sums"}


UNKNOWN_VERSION = serving_pb2.ModelSpec(name="cats")
UNKNOWN_VERSION.version.value = 99


@pytest.mark.parametrize(
    ("wrong", "code", "details"),
    [
        (serving_pb2.PredictRequest(), "INVALID_ARGUMENT", "Missing ModelSpec"),
        (request(spec=serving_pb2.ModelSpec(signature_name="x")), "INVALID_ARGUMENT", "no name"),
        (request(spec=serving_pb2.ModelSpec(name="dogs")), "NOT_FOUND", r"Latest(dogs)"),
        (request(spec=UNKNOWN_VERSION), "NOT_FOUND", "Specific(cats, 99)"),
        (request(spec=serving_pb2.ModelSpec(name="cats", version_label="canary")), "INVALID_ARGUMENT", "canary"),
        (request(spec=serving_pb2.ModelSpec(name="cats", signature_name="x")), "FAILED_PRECONDITION", '"x" not found'),
        (request(name="pictures"), "INVALID_ARGUMENT", "Sent extra: {pictures}. Missing but required: {images}"),
        (request(IMAGES.astype(np.float32)), "INVALID_ARGUMENT", "to be uint8 but float32 is provided"),
        (request(IMAGES[:, :1]), "INVALID_ARGUMENT", "shape ['?', 2], not [2, 1]"),
        (request(IMAGES[:0]), "INVALID_ARGUMENT", "at least one row"),
        (request(output_filter=["tails"]), "INVALID_ARGUMENT", "output tensor alias not found in signature: tails"),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else "",
)
async def test_a_wrong_request_is_refused_as_tensorflow_serving_refuses_it(
    prediction: services_pb2_grpc.PredictionServiceStub, wrong: serving_pb2.PredictRequest, code: str, details: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await prediction.Predict(wrong)
    assert caught.value.code().name == code
    assert details in str(caught.value.details())


async def test_what_is_no_request_is_refused(channel: grpc.aio.Channel) -> None:
    predict = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    with pytest.raises(grpc.aio.AioRpcError, match="the request cannot be read") as caught:
        await predict(request().SerializeToString()[:-1])
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_metadata_holds_the_signatures_and_with_them_the_models_identity(
    prediction: services_pb2_grpc.PredictionServiceStub,
) -> None:
    response = await prediction.GetModelMetadata(
        serving_pb2.GetModelMetadataRequest(model_spec=CATS, metadata_field=["signature_def"])
    )
    packed = response.metadata["signature_def"]
    signatures = serving_pb2.SignatureDefMap.FromString(packed.value).signature_def
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    assert set(signatures) == {"serving_default", "cats-p1@0123"}
    assert response.model_spec.version.value == 3


async def test_metadata_that_does_not_exist_is_refused(
    prediction: services_pb2_grpc.PredictionServiceStub,
) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="Metadata field weights is not supported"):
        await prediction.GetModelMetadata(
            serving_pb2.GetModelMetadataRequest(model_spec=CATS, metadata_field=["weights"])
        )


async def test_the_status_of_each_version_is_told(channel: grpc.aio.Channel) -> None:
    models = services_pb2_grpc.ModelServiceStub(channel)
    response = await models.GetModelStatus(serving_pb2.GetModelStatusRequest(model_spec=CATS))
    (status,) = response.model_version_status
    assert (status.version, status.state) == (3, serving_pb2.ModelVersionStatus.AVAILABLE)
    assert status.status.error_code == serving_pb2.OK
