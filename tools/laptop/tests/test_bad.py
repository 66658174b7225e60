import io
from pathlib import Path

import pytest
from atlas_laptop.demo.bad import write_bad_files
from PIL import Image


def png() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((32, 32), 64).save(buffer, "PNG")
    return buffer.getvalue()


def test_no_bad_file_decodes(tmp_path: Path) -> None:
    files = write_bad_files(tmp_path, png())
    assert {file.name for file in files} == {"truncated.png", "text.png", "enormous.png", "empty.png"}
    for file in files:
        with pytest.raises((OSError, Image.DecompressionBombError)), Image.open(file) as image:
            image.load()
