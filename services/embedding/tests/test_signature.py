import pytest
from atlas.serving.v1 import serving_pb2 as pb
from atlas_common.errors import BrokenInvariant
from atlas_embedding.model import Network
from atlas_embedding.settings import ModelSettings
from atlas_embedding.signature import describe

OFFICIAL_TYPE = "type.googleapis.com/tensorflow.serving.SignatureDefMap"
FRAMES = (pb.DT_UINT8, (-1, 299, 299, 3))
VECTORS = (pb.DT_FLOAT, (-1, 2048))

Tensor = tuple[pb.DataType.ValueType, tuple[int, ...]]


def metadata(
    inputs: dict[str, Tensor] | None = None, outputs: dict[str, Tensor] | None = None, *identities: str
) -> pb.GetModelMetadataResponse:
    definitions = pb.SignatureDefMap()
    signature = definitions.signature_def["serving_default"]
    for tensors, described in (
        (inputs or {"images": FRAMES}, signature.inputs),
        (outputs or {"pool3": VECTORS}, signature.outputs),
    ):
        for name, (dtype, shape) in tensors.items():
            described[name].dtype = dtype
            described[name].tensor_shape.dim.extend(pb.TensorShapeProto.Dim(size=size) for size in shape)
    for identity in identities:
        definitions.signature_def[identity].SetInParent()
    response = pb.GetModelMetadataResponse()
    response.model_spec.version.value = 3
    answer = response.metadata["signature_def"]
    answer.type_url, answer.value = OFFICIAL_TYPE, definitions.SerializeToString()
    return response


def test_a_model_of_ours_is_named_by_its_identity() -> None:
    network = describe(metadata(None, None, "inception_v3-imagenet-p2@0123456789ab"), ModelSettings())
    assert network == Network(
        "inception_v3-imagenet-p2", "inception_v3-imagenet-p2@0123456789ab", 3, "images", {"pool3": 2048}
    )


def test_any_other_model_is_named_after_its_serving_name() -> None:
    network = describe(
        metadata({"pixels": FRAMES}, {"embedding": (pb.DT_FLOAT, (-1, 512))}), ModelSettings(name="other")
    )
    assert (network.name, network.input, network.outputs) == ("other-p2", "pixels", {"embedding": 512})


def test_only_the_wanted_outputs_are_kept() -> None:
    outputs = {"pool3": VECTORS, "mixed3": (pb.DT_FLOAT, (-1, 768))}
    assert describe(metadata(None, outputs), ModelSettings(outputs=["mixed3"])).outputs == {"mixed3": 768}


@pytest.mark.parametrize("digest", ["", "0123", "0123456789ab", "0123456789abcdef"])
def test_a_digest_may_be_given_in_part_or_in_full(digest: str) -> None:
    assert describe(metadata(None, None, "m-p2@0123456789ab"), ModelSettings(digest=digest)).name == "m-p2"


@pytest.mark.parametrize(
    ("answer", "settings", "says"),
    [
        (metadata(None, None, "m-p2@0123456789ab"), ModelSettings(digest="ff"), "its digest is 0123456789ab, not ff"),
        (metadata(None, None, "m-p1@0123456789ab"), ModelSettings(), "prepared another way"),
        (metadata({"images": (pb.DT_FLOAT, (-1, 299, 299, 3))}), ModelSettings(), "does not take uint8"),
        (metadata({"images": FRAMES, "more": FRAMES}), ModelSettings(), "does not take uint8"),
        (metadata(None, {"map": (pb.DT_FLOAT, (-1, 8, 8, 2048))}), ModelSettings(), "its vectors are"),
        (metadata(), ModelSettings(outputs=["mixed9"]), "without ['mixed9']"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    answer: pb.GetModelMetadataResponse, settings: ModelSettings, says: str
) -> None:
    with pytest.raises(BrokenInvariant) as caught:
        describe(answer, settings)
    assert says in str(caught.value)
