from pathlib import Path

import pytest
from atlas_modelserver.export.export import export

BUILD = Path(__file__).parents[3] / "build"


@pytest.fixture(scope="session")
def nsfwjs_model() -> Path:
    """The exported model with the weights of nsfwjs, whatever weights `make model` has chosen."""
    return export(BUILD / "models" / "inception_v3", "nsfwjs")
