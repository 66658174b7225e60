"""Pictures made to harm, and what each ends as: a reason, or `stored` where only a decoder could tell."""

import struct
import zlib

from PIL import Image

from .pictures import animation, encoded, picture

STORED = "stored"
MOST_FRAMES = 500


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


END = chunk(b"IEND", b"")
DATA = chunk(b"IDAT", zlib.compress(bytes(8 * 25)))
ZEROS = zlib.compress(bytes(10_000_000), 9)


def apng(stated: int, *frames: tuple[int, int, int, int]) -> bytes:
    """An APNG of 8 x 8 that states a number of frames and holds those of these widths, heights and offsets."""
    controls = (
        chunk(b"fcTL", struct.pack(">5I2H2B", n, *frame, 1, 10, 0, 0)) + (DATA if not n else b"")
        for n, frame in enumerate(frames)
    )
    return png(8, 8, chunk(b"acTL", struct.pack(">II", stated, 0)), *controls, END)


def gif(width: int, height: int, frames: int, *, frame_size: int = 1, code_bits: int = 2) -> bytes:
    header = b"\x2c" + struct.pack("<HHHHB", 0, 0, frame_size, frame_size, 0x80) + bytes(6)
    frame = header + bytes([code_bits]) + b"\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + frame * frames + b"\x3b"


def jpeg(width: int, height: int, scan: bytes) -> bytes:
    size = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + size + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + scan + b"\xff\xd9"


def webp(*chunks: bytes) -> bytes:
    body = b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    return riff(b"VP8X", struct.pack("<I", flags) + three_bytes(width - 1) + three_bytes(height - 1))


def lossy(width: int, height: int) -> bytes:
    """A picture's header, and noise where the picture should be."""
    return riff(b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"noise" * 8)


def frame(left: int, top: int, width: int, height: int, *inside: bytes) -> bytes:
    numbers = b"".join(map(three_bytes, (left // 2, top // 2, width - 1, height - 1, 40)))
    return riff(b"ANMF", numbers + b"\x00" + b"".join(inside))


def three_bytes(number: int) -> bytes:
    return number.to_bytes(3, "little")


def bmp(width: int, height: int) -> bytes:
    """The headers of a BMP, and too little data."""
    return b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(99)


def tiff(width: int, height: int) -> bytes:
    """The directory of a TIFF in grey that is all in one strip."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: width * height % 2**32}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\x00" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


HOSTILE = {
    "an empty file": (b"", "empty_file"),
    "text": (b"this is not a picture", "not_an_image"),
    "HTML": (b"<!doctype html><img src=x>", "not_an_image"),
    "a program": (b"\x7fELF" + bytes(100), "not_an_image"),
    "a PDF": (b"%PDF-1.7\n%%EOF", "not_an_image"),
    "a zip": (b"PK\x03\x04" + bytes(100), "not_an_image"),
    "a PostScript program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "svg_refused"),
    "an SVG after an XML declaration": (b'<?xml version="1.0"?><!DOCTYPE svg><svg onload="x()"/>', "svg_refused"),
    "an SVG that includes a file": (b'<svg><image href="file:///etc/passwd"/></svg>', "svg_refused"),
    "a script after a PNG's magic": (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>" * 4, "corrupt_image"),
    "a script after a PNG's end": (picture(1) + b"<script>alert(1)</script>PK\x03\x04", STORED),
    "a PNG of 50,000 x 50,000": (png(50_000, 50_000), "too_many_pixels"),
    "a PNG of 2^31 x 2^31": (png(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    "a PNG without pixels": (png(0, 10, END), "corrupt_image"),
    "a PNG of a depth that there is not": (png(8, 8, DATA, END, depth=3), "corrupt_image"),
    "a PNG cut in its data": (picture(1)[:200], "truncated_image"),
    "a PNG without its end": (picture(1)[:-12], "truncated_image"),
    "a PNG with a wrong checksum": (flipped(picture(1), 60), "corrupt_image"),
    "a PNG chunk longer than the file": (png(8, 8, struct.pack(">I", 2**31 - 1) + b"IDAT"), "truncated_image"),
    "a PNG without data": (png(8, 8, END), "corrupt_image"),
    "a PNG of 8 x 8 that inflates to 10 MB": (png(8, 8, chunk(b"IDAT", ZEROS), END), STORED),
    "a PNG whose data is noise": (png(8, 8, chunk(b"IDAT", b"noise" * 20), END), STORED),
    "an APNG that states 10,000 frames": (apng(10_000), "too_many_frames"),
    "an APNG that holds other frames than it states": (apng(3, (8, 8, 0, 0)), "corrupt_image"),
    "an APNG frame beyond its canvas": (apng(1, (8, 2**31 - 1, 0, 1)), "corrupt_image"),
    "a GIF of 10,000 frames": (gif(8, 8, 10_000), "too_many_frames"),
    "a GIF of 65,535 x 65,535": (gif(65_535, 65_535, 1), "too_many_pixels"),
    "a GIF of 8 x 8 with a frame of 65,535 x 65,535": (gif(8, 8, 1, frame_size=65_535), "too_many_pixels"),
    "a GIF without frames": (gif(8, 8, 0), "truncated_image"),
    "a GIF cut within a frame": (animation(3)[:-40], "truncated_image"),
    "a GIF with an unknown block": (gif(8, 8, 1)[:-1] + b"\x99\x3b", "corrupt_image"),
    "a GIF with codes of 200 bits": (gif(8, 8, 1, code_bits=200), "corrupt_image"),
    "a JPEG without its end": (picture(1, form="JPEG")[:-2], "truncated_image"),
    "a JPEG of nothing but its start": (b"\xff\xd8\xff", "truncated_image"),
    "a JPEG that never starts its scan": (b"\xff\xd8" + b"\xff" * 1000, "truncated_image"),
    "a JPEG of 65,500 x 65,500": (jpeg(65_500, 65_500, b""), "too_many_pixels"),
    "a JPEG that does not say its size": (b"\xff\xd8\xff\xda\x00\x02\xff\xd9", "corrupt_image"),
    "a JPEG with a broken marker": (b"\xff\xd8\xff\xe0\x00\x04ab" + bytes(50), "corrupt_image"),
    "a JPEG whose scan is noise": (jpeg(64, 64, b"noise" * 20), STORED),
    "a WebP shorter than it says": (picture(1, form="WEBP")[:-20], "truncated_image"),
    "a WebP of 16,384 x 16,384": (webp(canvas(16_384, 16_384)), "too_many_pixels"),
    "a WebP without a container of 16,383 x 16,383": (webp(lossy(16_383, 16_383)), "too_many_pixels"),
    "a WebP whose picture is larger than its canvas": (webp(canvas(8, 8), lossy(16_383, 16_383)), "corrupt_image"),
    "a WebP chunk longer than the file": (webp(canvas(8, 8), b"VP8 \xff\xff\xff\x7f"), "truncated_image"),
    "a WebP without a picture": (webp(canvas(8, 8)), "corrupt_image"),
    "a WebP whose picture is noise": (webp(lossy(8, 8)), STORED),
    "a WebP animation without frames": (webp(canvas(8, 8, flags=2)), "corrupt_image"),
    "a WebP animation of 10,000 frames": (
        webp(canvas(8, 8, flags=2), *[frame(0, 0, 8, 8, lossy(8, 8))] * 10_000),
        "too_many_frames",
    ),
    "a WebP frame beyond its canvas": (
        webp(canvas(8, 8, flags=2), frame(4, 0, 8, 8, lossy(8, 8))),
        "corrupt_image",
    ),
    "a TIFF cut in its data": (encoded(Image.new("RGB", (64, 64)), "TIFF")[:400], "truncated_image"),
    "a TIFF of 50,000 x 50,000": (tiff(50_000, 50_000), "too_many_pixels"),
    "a BMP cut in its data": (bmp(64, 64), "truncated_image"),
    "a BMP of 50,000 x 50,000": (bmp(50_000, 50_000), "too_many_pixels"),
    "an ICO that lists what it lacks": (
        b"\x00\x00\x01\x00\x01\x00" + b"\x10\x10\x00\x00\x01\x00\x20\x00" + b"\xff" * 8,
        "not_an_image",
    ),
}
