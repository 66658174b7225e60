"""Four files that are no stickers: each must end as a recorded failure with a reason of its own."""

import struct
import zlib
from pathlib import Path

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_bad_files(folder: Path, good_png: bytes) -> list[Path]:
    """Writes the files; `good_png` is the picture that is cut in half."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "truncated.png": good_png[: len(good_png) // 2],
        "text.png": "这不是图片 this is no picture\n".encode() * 20,
        "enormous.png": PNG_SIGNATURE + _header(50_000, 50_000),
        "empty.png": b"",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def _header(width: int, height: int) -> bytes:
    """An IHDR chunk for 8-bit RGBA: the picture it announces would take 10 GB."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
