"""The use case: a model's folder in, a version of the wanted model in it."""

from pathlib import Path

from atlas_common.logs import get_logger

from atlas_modelserver.export.description import PREPROCESSING, ModelDescription
from atlas_modelserver.export.weights import find_weights

log = get_logger(__name__)


def export(model: Path, choice: str) -> Path:
    """Make sure that the folder `model` has a version with the weights of `choice`, and return that version's folder.

    `choice` is what `find_weights` takes; "auto" is content with any version. A version once written never changes:
    other weights get the next number. Raises what `find_weights` raises, and InvalidInput for weights that do not fit.
    """
    if there := find_version(model, choice):
        return there
    weights = find_weights(choice, model.parent / ".downloads")
    if there := find_version(model, weights.name):
        return there
    target = model / str(max(_versions(model), default=0) + 1)
    log.info("exporting", weights=weights.origin, licence=weights.licence, folder=str(target))
    from atlas_modelserver.export.saved_model import write_saved_model  # brings TensorFlow, which takes seconds

    description = write_saved_model(weights, target)
    log.info("model_exported", folder=str(target), model=description.name, digest=description.digest)
    return target


def export_int8(version: Path, pictures: Path) -> Path:
    """Make sure that the model in the folder `version` is there in int8, too; returns the folder that it is in then.

    pictures: a folder with pictures like those to be embedded. Raises InvalidInput when that holds hardly any.
    """
    from atlas_modelserver.export.pictures import sample_pictures
    from atlas_modelserver.export.quantise import quantise  # brings NNCF, which serving does without

    target = quantise(version, sample_pictures(pictures))
    log.info("model_exported", folder=str(target))
    return target


def find_version(model: Path, weights: str) -> Path | None:
    """The newest version in `model` with these weights ("auto": with any) for pictures prepared as they are now."""
    for _, folder in sorted(_versions(model).items(), reverse=True):
        description = ModelDescription.read(folder)
        if description and description.preprocessing == PREPROCESSING and weights in ("auto", description.weights):
            log.info("model_is_there", folder=str(folder), model=description.name, weights=description.origin)
            return folder
    return None


def _versions(model: Path) -> dict[int, Path]:
    return {int(folder.name): folder for folder in model.glob("*") if folder.name.isdigit()}
