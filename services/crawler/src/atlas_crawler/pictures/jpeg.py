"""The container of JPEG (ITU-T T.81, annex B)."""

from struct import unpack_from

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.limits import PictureLimits

SIGNATURE = b"\xff\xd8\xff"
END = b"\xff\xd9"
START_OF_SCAN = 0xDA
STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])  # markers without a length
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read_jpeg(content: bytes, limits: PictureLimits) -> Picture:
    at, width, height = 2, 0, 0
    while (marker := _marker(content, at)) != START_OF_SCAN:
        if marker == 0xFF:  # fills
            at += 1
        elif marker in STANDALONE:
            at += 2
        else:
            if marker in FRAME_HEADERS:
                height, width = unpack_from(">HH", content, at + 5)
                limits.check_size(width, height)
            at += 2 + int(unpack_from(">H", content, at + 2)[0])
    if not width:
        raise LinkFailed("corrupt_image", "a JPEG that does not say its size")
    if content.rfind(END, at) < 0:
        raise LinkFailed("truncated_image", "a JPEG without its end marker")
    return Picture("jpeg", width, height, 1, alpha=False)


def _marker(content: bytes, at: int) -> int:
    if content[at] != 0xFF:
        raise LinkFailed("corrupt_image", "a JPEG segment does not start with a marker")
    return content[at + 1]
