"""`python -m atlas_modelserver.export`: the SavedModel, unless it is there already."""

import argparse
import os
from pathlib import Path

from atlas_common.errors import AtlasError
from atlas_common.logs import configure_logs, get_logger
from atlas_common.settings import LogSettings

from atlas_modelserver.export.export import export, export_int8

log = get_logger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make model", description=__doc__)
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder of the models")
    parser.add_argument("--name", default="inception_v3", help="name to serve the model under")
    parser.add_argument("--weights", default="auto", help="auto, imagenet, nsfwjs, or a file of weights")
    parser.add_argument("--int8", type=_folder, metavar="FOLDER", help="write it in int8, too, for pictures like these")
    arguments = parser.parse_args()
    configure_logs("export", LogSettings(level="info", format="console"))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        version = export(arguments.models / arguments.name, arguments.weights)
        if arguments.int8:
            export_int8(version, arguments.int8)
    except AtlasError as error:
        log.error("export_failed", reason=error.reason, error=str(error))
        raise SystemExit(1) from error


def _folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if not (name and folder.is_dir()):
        raise argparse.ArgumentTypeError(f"there is no folder {name!r}: make model-int8 PICTURES=<folder of pictures>")
    return folder


if __name__ == "__main__":
    main()
