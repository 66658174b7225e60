from pathlib import Path

import numpy as np
import pytest
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.__main__ import main
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.quantise import quantise
from atlas_modelserver.signatures import read_signatures
from PIL import Image
from sklearn.datasets import load_sample_images

pytestmark = pytest.mark.model


def cuts(count: int) -> np.ndarray:
    pictures = [Image.fromarray(picture) for picture in load_sample_images().images]
    boxes = [(9 * number, 9 * number, 9 * number + 200, 9 * number + 200) for number in range(count)]
    return np.stack([np.asarray(pictures[n % 2].resize((299, 299), box=box)) for n, box in enumerate(boxes)])


def test_the_model_in_int8_is_nearly_the_same_under_a_name_of_its_own(nsfwjs_model: Path, tmp_path: Path) -> None:
    (tmp_path / "inception_v3").mkdir()
    (tmp_path / "inception_v3" / "1").symlink_to(nsfwjs_model)
    pictures = cuts(20)

    version = quantise(tmp_path / "inception_v3" / "1", pictures[:16])

    full, small = (OpenVinoEngine(model).run({"images": pictures[16:]})["pool3"] for model in (nsfwjs_model, version))
    cosine = (full * small).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(small, axis=1)
    assert 0.98 < cosine.min() < 0.99999
    description = ModelDescription.read(version)
    assert description is not None
    assert description.name == "inception_v3_int8-nsfwjs-p2"
    assert set(read_signatures(version)) == {"serving_default", description.identity}


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_int8_needs_a_folder_of_pictures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    monkeypatch.setattr("sys.argv", ["export", "--int8", folder])
    with pytest.raises(SystemExit):
        main()
    assert "PICTURES=<folder of pictures>" in capsys.readouterr().err
