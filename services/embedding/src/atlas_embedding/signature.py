"""What a model server says about its model, checked against what this service can work with."""

import hashlib
from collections.abc import Sequence

from atlas.serving.v1 import serving_pb2 as pb
from atlas_common.errors import BrokenInvariant

from atlas_embedding.model import Network
from atlas_embedding.pictures.prepare import PREPROCESSING
from atlas_embedding.pictures.tensor import SIDE
from atlas_embedding.settings import ModelSettings

SIGNATURE = "serving_default"


def describe(metadata: pb.GetModelMetadataResponse, settings: ModelSettings) -> Network:
    """The network that the metadata describes.

    The project's models carry a signature named `<name>@<digest of the weights>`; any other model is named after its
    serving name. Raises `BrokenInvariant` for a model that is not the wanted one, or takes or gives something else
    than frames and vectors.
    """
    packed = metadata.metadata["signature_def"]  # under the official name of the type, which `Unpack` would not take
    signatures = pb.SignatureDefMap.FromString(packed.value).signature_def
    if SIGNATURE not in signatures:
        raise _misfit(f"it has no signature {SIGNATURE}")
    signature = signatures[SIGNATURE]
    identity = next((name for name in signatures if "@" in name), None) or _made_up_identity(signature, settings.name)
    name, _, digest = identity.partition("@")
    if settings.digest[: len(digest)] != digest[: len(settings.digest)]:
        raise _misfit(f"its digest is {digest}, not {settings.digest}")
    if not name.endswith(f"-{PREPROCESSING}"):
        raise _misfit(f"{name} wants pictures prepared another way than {PREPROCESSING}")
    version = metadata.model_spec.version.value
    return Network(name, identity, version, _input(signature), _outputs(signature, settings.outputs))


def _made_up_identity(signature: pb.SignatureDef, name: str) -> str:
    return f"{name}-{PREPROCESSING}@{hashlib.sha256(signature.SerializeToString(deterministic=True)).hexdigest()[:12]}"


def _input(signature: pb.SignatureDef) -> str:
    fitting = [n for n, i in signature.inputs.items() if i.dtype == pb.DT_UINT8 and _shape(i)[1:] == [SIDE, SIDE, 3]]
    if len(fitting) != 1 or len(signature.inputs) != 1:
        raise _misfit(f"it does not take uint8 [n, {SIDE}, {SIDE}, 3] alone")
    return fitting[0]


def _outputs(signature: pb.SignatureDef, wanted: Sequence[str]) -> dict[str, int]:
    vectors = {n: _shape(o)[1] for n, o in signature.outputs.items() if o.dtype == pb.DT_FLOAT and len(_shape(o)) == 2}
    missing = set(wanted) - vectors.keys()
    if missing or not vectors:
        raise _misfit(f"its vectors are {sorted(vectors)}, without {sorted(missing)}")
    return {name: vectors[name] for name in wanted or sorted(vectors)}


def _shape(tensor: pb.TensorInfo) -> list[int]:
    return [dim.size for dim in tensor.tensor_shape.dim]


def _misfit(what: str) -> BrokenInvariant:
    return BrokenInvariant(f"the model server's model does not fit: {what}", reason="model_does_not_fit")
