"""The use case: tensors in, the wanted outputs of a model out. Refusals are worded as TensorFlow Serving words them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from atlas_common.errors import Conflict, InvalidInput
from numpy.typing import NDArray

from atlas_modelserver.loading import LoadedVersion
from atlas_modelserver.model import DEFAULT_SIGNATURE, ModelRef, Signature, Tensors, TensorSpec


class Models(Protocol):
    def find(self, ref: ModelRef) -> LoadedVersion: ...


@dataclass(frozen=True, slots=True)
class Query:
    """signature: empty for the default one. outputs: the names of those wanted; empty for all."""

    ref: ModelRef
    signature: str
    inputs: Tensors
    outputs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Outputs, and exactly which version and signature gave them."""

    version: int
    signature: str
    outputs: Mapping[str, NDArray[Any]]


async def predict(models: Models, query: Query) -> Prediction:
    """Run a model on a batch.

    Raises:
        NotFound: no such model or version is loaded.
        Conflict: it has no such signature.
        InvalidInput: the inputs do not fit the signature, or it has no such output.
        Unavailable: too much is waiting already.
    """
    loaded = models.find(query.ref)
    name = query.signature or DEFAULT_SIGNATURE
    if name not in loaded.signatures:
        raise Conflict(f'Serving signature key "{name}" not found.', reason="signature_not_found")
    if name != DEFAULT_SIGNATURE:
        raise Conflict(f'this server runs "{DEFAULT_SIGNATURE}" only, not "{name}"', reason="signature_not_served")
    signature = loaded.signatures[name]
    _check_inputs(query.inputs, signature)
    wanted = _wanted_outputs(query.outputs, signature)
    outputs = await loaded.batcher.run(query.inputs)
    return Prediction(loaded.version, name, {output: outputs[output] for output in wanted})


def _check_inputs(inputs: Tensors, signature: Signature) -> None:
    missing, extra = sorted(signature.inputs.keys() - inputs.keys()), sorted(inputs.keys() - signature.inputs.keys())
    if missing or extra:
        raise InvalidInput(
            f"input size does not match signature: {len(inputs)}!={len(signature.inputs)}. "
            f"Sent extra: {{{','.join(extra)}}}. Missing but required: {{{','.join(missing)}}}.",
            reason="inputs_differ",
        )
    for name, tensor in inputs.items():
        _check_tensor(name, tensor, signature.inputs[name])


def _check_tensor(name: str, tensor: NDArray[Any], spec: TensorSpec) -> None:
    if tensor.dtype != spec.dtype:
        raise InvalidInput(f"Expects {name} to be {spec.dtype} but {tensor.dtype} is provided", reason="type_differs")
    if not spec.admits(tensor.shape):
        wanted = ["?" if size is None else size for size in spec.shape]
        raise InvalidInput(f"Expects {name} to have shape {wanted}, not {list(tensor.shape)}", reason="shape_differs")


def _wanted_outputs(names: Sequence[str], signature: Signature) -> Sequence[str]:
    for name in names:
        if name not in signature.outputs:
            raise InvalidInput(
                f"output tensor alias not found in signature: {name} Outputs expected to be in the set "
                f"{{{','.join(sorted(signature.outputs))}}}.",
                reason="output_not_found",
            )
    return names or list(signature.outputs)
