from pathlib import Path

import pytest
from atlas_common.errors import InvalidInput
from atlas_modelserver.export.description import PREPROCESSING, ModelDescription
from atlas_modelserver.export.export import export


def put_version(model: Path, number: int, weights: str, preprocessing: str = PREPROCESSING) -> Path:
    folder = model / str(number)
    folder.mkdir(parents=True)
    description = ModelDescription(
        f"{model.name}-{weights}-{preprocessing}",
        weights,
        "a test",
        "MIT",
        preprocessing,
        "0123456789abcdef",
        {"pool3": 2048},
    )
    description.write(folder)
    return folder


def test_any_version_that_is_there_will_do_by_default(tmp_path: Path) -> None:
    put_version(tmp_path / "inception_v3", 1, "nsfwjs")
    newest = put_version(tmp_path / "inception_v3", 2, "imagenet")
    assert export(tmp_path / "inception_v3", "auto") == newest


def test_the_weights_that_were_asked_for_are_found_among_the_versions(tmp_path: Path) -> None:
    older = put_version(tmp_path / "inception_v3", 9, "nsfwjs")
    put_version(tmp_path / "inception_v3", 10, "imagenet")
    assert export(tmp_path / "inception_v3", "nsfwjs") == older


def test_versions_from_elsewhere_half_written_or_for_other_pictures_are_passed_over(tmp_path: Path) -> None:
    there = put_version(tmp_path / "inception_v3", 1, "nsfwjs")
    (tmp_path / "inception_v3" / "2").mkdir()
    put_version(tmp_path / "inception_v3", 4, "nsfwjs", "p0")
    (tmp_path / "inception_v3" / ".3.part").mkdir()
    assert export(tmp_path / "inception_v3", "auto") == there


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no file"):
        export(tmp_path / "inception_v3", str(tmp_path / "missing.h5"))


def test_a_description_survives_writing_and_reading(tmp_path: Path) -> None:
    folder = put_version(tmp_path / "inception_v3", 1, "nsfwjs")
    description = ModelDescription.read(folder)
    assert description is not None
    assert description.identity == "inception_v3-nsfwjs-p2@0123456789ab"
