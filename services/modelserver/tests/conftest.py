from pathlib import Path

import pytest
from atlas_modelserver.export.export import export, find_version

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def nsfwjs_model() -> Path:
    """The exported model with the weights of nsfwjs: what `make model` made, or where it chose others, one more."""
    made = find_version(ROOT / "models" / "inception_v3", "nsfwjs")
    return made or export(ROOT / "build" / "models" / "inception_v3", "nsfwjs")
