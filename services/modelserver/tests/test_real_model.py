"""The server as its own process with the real model, called as any client of TensorFlow Serving calls it.

Set ATLAS_TEST_SERVING to the address of a real TensorFlow Serving that serves inception_v3 to hold that to the same.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import pytest
from atlas.serving.v1 import services_pb2_grpc, serving_pb2
from atlas_common.probe import until_ready
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.tensors import to_tensor
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

pytestmark = pytest.mark.model

MODEL = serving_pb2.ModelSpec(name="inception_v3")
START_SECONDS = 120


@pytest.fixture(scope="module")
def channel(nsfwjs_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    if address := os.environ.get("ATLAS_TEST_SERVING"):
        yield grpc.insecure_channel(address)
        return
    address = f"unix:{tmp_path_factory.mktemp('server')}/socket"
    settings = {"ATLAS_MODELSERVER_LISTEN": address, "ATLAS_MODELSERVER_MODELS": str(nsfwjs_model.parents[1])}
    with subprocess.Popen([sys.executable, "-m", "atlas_modelserver"], env={**os.environ, **settings}) as server:
        try:
            asyncio.run(until_ready(address, START_SECONDS))
            with grpc.insecure_channel(address) as channel:
                yield channel
        finally:
            server.terminate()
    assert server.returncode == 0


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 299, 299, 3), np.uint8)


def test_batches_of_several_threads_get_features_of_their_own(nsfwjs_model: Path, pictures: np.ndarray) -> None:
    engine = OpenVinoEngine(nsfwjs_model, streams=2)

    def features(number: int) -> np.ndarray:
        return engine.run({"images": pictures[number : number + 1]})["pool3"]

    one_by_one = [features(number) for number in range(3)]
    with ThreadPoolExecutor(3) as threads:
        at_once = list(threads.map(features, range(3)))
    np.testing.assert_array_equal(at_once, one_by_one)
    assert len({vectors.tobytes() for vectors in one_by_one}) == 3


def test_features_come_as_the_engine_computes_them(
    channel: grpc.Channel, nsfwjs_model: Path, pictures: np.ndarray
) -> None:
    request = serving_pb2.PredictRequest(model_spec=MODEL, inputs={"images": to_tensor(pictures)})
    response = services_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=60)
    expected = OpenVinoEngine(nsfwjs_model).run({"images": pictures})
    assert set(response.outputs) == set(expected)
    for output, vectors in expected.items():
        tensor = response.outputs[output]
        values = np.frombuffer(tensor.tensor_content, np.float32) if tensor.tensor_content else tensor.float_val
        np.testing.assert_allclose(np.reshape(values, vectors.shape), vectors, rtol=1e-3, atol=1e-4)


def test_the_models_identity_is_among_its_signatures(channel: grpc.Channel, nsfwjs_model: Path) -> None:
    request = serving_pb2.GetModelMetadataRequest(model_spec=MODEL, metadata_field=["signature_def"])
    response = services_pb2_grpc.PredictionServiceStub(channel).GetModelMetadata(request, timeout=60)
    signatures = serving_pb2.SignatureDefMap.FromString(response.metadata["signature_def"].value).signature_def
    description = ModelDescription.read(nsfwjs_model)
    assert description is not None
    assert description.identity in signatures
    outputs = {name: info.tensor_shape.dim[1].size for name, info in signatures["serving_default"].outputs.items()}
    assert outputs == description.outputs


def test_a_call_that_takes_longer_than_its_deadline_ends(channel: grpc.Channel, pictures: np.ndarray) -> None:
    request = serving_pb2.PredictRequest(model_spec=MODEL, inputs={"images": to_tensor(np.repeat(pictures, 20, 0))})
    with pytest.raises(grpc.RpcError) as caught:
        services_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=0.05)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_reflection_names_the_official_services(channel: grpc.Channel) -> None:
    if "ATLAS_TEST_SERVING" in os.environ:
        pytest.skip("TensorFlow Serving has no reflection")
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="tensorflow.serving.PredictionService")
    (answer,) = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
    assert answer.WhichOneof("message_response") == "file_descriptor_response"
