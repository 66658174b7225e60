from pathlib import Path

import numpy as np
import pytest
from atlas_common.errors import InvalidInput
from atlas_modelserver.export.pictures import FEWEST, read_picture, sample_pictures
from PIL import Image


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    picture = read_picture(tmp_path / "clear.png")
    assert picture is not None
    assert picture.shape == (299, 299, 3)
    assert (picture == 255).all()


def test_a_sample_leaves_out_what_is_no_picture(tmp_path: Path) -> None:
    for number in range(FEWEST):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number}.png")
    (tmp_path / "text.png").write_text("not a picture")
    assert len(np.unique(sample_pictures(tmp_path)[:, 0, 0, 0])) == FEWEST


def test_a_folder_with_hardly_any_pictures_is_refused(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "lonely.png")
    with pytest.raises(InvalidInput, match="has 1 pictures"):
        sample_pictures(tmp_path)
