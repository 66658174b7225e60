"""TensorFlow Serving's PredictionService and ModelService."""

from typing import Any, TypeAlias

import grpc
from atlas.serving.v1 import services_pb2, services_pb2_grpc, serving_pb2
from atlas_common.errors import InvalidInput
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from google.protobuf.wrappers_pb2 import Int64Value

from atlas_modelserver.model import ModelRef, State, VersionStatus
from atlas_modelserver.predict import Query, predict
from atlas_modelserver.repository import Repository
from atlas_modelserver.tensors import to_array, to_signature_def, to_tensor
from atlas_modelserver.wire import take_out

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

PREDICTION = services_pb2.DESCRIPTOR.services_by_name["PredictionService"].full_name
Input = serving_pb2.PredictRequest.InputsEntry

SIGNATURE_DEF = "signature_def"
OFFICIAL_TYPE = "type.googleapis.com/tensorflow.serving.SignatureDefMap"

STATES = {
    State.LOADING: serving_pb2.ModelVersionStatus.LOADING,
    State.AVAILABLE: serving_pb2.ModelVersionStatus.AVAILABLE,
    State.END: serving_pb2.ModelVersionStatus.END,
}


class PredictionServicer:
    def __init__(self, models: Repository) -> None:
        self._models = models

    async def Predict(self, message: bytes, context: Context) -> serving_pb2.PredictResponse:
        """message: a `PredictRequest`."""
        query = _query(message)
        prediction = await predict(self._models, query)
        return serving_pb2.PredictResponse(
            model_spec=_model_spec(query.ref.name, prediction.version, prediction.signature),
            outputs={name: to_tensor(array) for name, array in prediction.outputs.items()},
        )

    async def GetModelMetadata(
        self, request: serving_pb2.GetModelMetadataRequest, context: Context
    ) -> serving_pb2.GetModelMetadataResponse:
        for field in request.metadata_field or [""]:
            if field != SIGNATURE_DEF:
                raise InvalidInput(f"Metadata field {field} is not supported", reason="metadata_unknown")
        loaded = self._models.find(_model_ref(request))
        signatures = serving_pb2.SignatureDefMap(
            signature_def={name: to_signature_def(signature) for name, signature in loaded.signatures.items()}
        )
        return serving_pb2.GetModelMetadataResponse(
            model_spec=_model_spec(loaded.name, loaded.version),
            metadata={SIGNATURE_DEF: any_pb2.Any(type_url=OFFICIAL_TYPE, value=signatures.SerializeToString())},
        )


class ModelServicer(services_pb2_grpc.ModelServiceServicer):
    def __init__(self, models: Repository) -> None:
        self._models = models

    async def GetModelStatus(
        self, request: serving_pb2.GetModelStatusRequest, context: Context
    ) -> serving_pb2.GetModelStatusResponse:
        statuses = self._models.statuses(_model_ref(request))
        return serving_pb2.GetModelStatusResponse(model_version_status=[_version_status(status) for status in statuses])


def add_prediction_servicer(servicer: PredictionServicer, server: grpc.aio.Server) -> None:
    """As the generated function, except that `Predict` is handed its requests unread."""
    handlers = {
        "Predict": grpc.unary_unary_rpc_method_handler(
            servicer.Predict, response_serializer=serving_pb2.PredictResponse.SerializeToString
        ),
        "GetModelMetadata": grpc.unary_unary_rpc_method_handler(
            servicer.GetModelMetadata,
            serving_pb2.GetModelMetadataRequest.FromString,
            serving_pb2.GetModelMetadataResponse.SerializeToString,
        ),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(PREDICTION, handlers),))


def _query(message: bytes) -> Query:
    """What a `PredictRequest` asks, its tensors views of it. Raises `InvalidInput`."""
    try:
        rest, entries = take_out(memoryview(message), serving_pb2.PredictRequest.INPUTS_FIELD_NUMBER)
        request = serving_pb2.PredictRequest.FromString(rest)
        tensors = dict(map(_named_tensor, entries))
    except DecodeError as error:
        raise InvalidInput(f"the request cannot be read: {error}", reason="request_unreadable") from error
    return Query(
        ref=_model_ref(request),
        signature=request.model_spec.signature_name,
        inputs={name: to_array(name, tensor) for name, tensor in tensors.items()},
        outputs=list(request.output_filter),
    )


def _named_tensor(entry: memoryview) -> tuple[str, memoryview]:
    """A name and a `TensorProto`."""
    name, tensors = take_out(entry, Input.VALUE_FIELD_NUMBER)
    return Input.FromString(name).key, tensors[-1] if tensors else memoryview(b"")


def _model_ref(
    request: serving_pb2.PredictRequest | serving_pb2.GetModelMetadataRequest | serving_pb2.GetModelStatusRequest,
) -> ModelRef:
    if not request.HasField("model_spec"):
        raise InvalidInput("Missing ModelSpec", reason="model_missing")
    spec = request.model_spec
    if not spec.name:
        raise InvalidInput("ModelSpec has no name specified.", reason="model_missing")
    if spec.version_label:
        raise InvalidInput(f"Unrecognized servable version label: {spec.version_label}", reason="label_unknown")
    return ModelRef(spec.name, spec.version.value if spec.HasField("version") else None)


def _model_spec(name: str, version: int, signature: str = "") -> serving_pb2.ModelSpec:
    return serving_pb2.ModelSpec(name=name, version=Int64Value(value=version), signature_name=signature)


def _version_status(status: VersionStatus) -> serving_pb2.ModelVersionStatus:
    code = serving_pb2.UNKNOWN if status.error else serving_pb2.OK
    return serving_pb2.ModelVersionStatus(
        version=status.version,
        state=STATES[status.state],
        status=serving_pb2.StatusProto(error_code=code, error_message=status.error),
    )
