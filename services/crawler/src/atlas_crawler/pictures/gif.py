"""The container of GIF (GIF89a specification)."""

from struct import unpack_from

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.limits import PictureLimits

SIGNATURES = (b"GIF87a", b"GIF89a")
EXTENSION, FRAME, TRAILER = 0x21, 0x2C, 0x3B
GRAPHIC_CONTROL = 0xF9
MOST_CODE_BITS = 11  # codes have 12 bits at most, one more than what they stand for at first


def read_gif(content: bytes, limits: PictureLimits) -> Picture:
    width, height, flags = unpack_from("<HHB", content, 6)
    limits.check_size(width, height)
    at, frames, alpha = 13 + _palette(flags), 0, False
    while at < len(content) and content[at] != TRAILER:
        if content[at] == EXTENSION:
            alpha |= content[at + 1] == GRAPHIC_CONTROL and bool(content[at + 3] & 1)
            at = _after_blocks(content, at + 2)
        elif content[at] == FRAME:
            frames += 1
            limits.check_frames(frames)
            at = _after_frame(content, at + 1, limits)
        else:
            raise LinkFailed("corrupt_image", "a GIF block of unknown kind")
    if not frames:
        raise LinkFailed("truncated_image", "a GIF without frames")
    return Picture("gif", width, height, frames, alpha)


def _after_frame(content: bytes, at: int, limits: PictureLimits) -> int:
    left, top, width, height, flags = unpack_from("<HHHHB", content, at)
    limits.check_size(left + width, top + height)  # a canvas grows with its frames
    data = at + 9 + _palette(flags)
    if content[data] > MOST_CODE_BITS:
        raise LinkFailed("corrupt_image", f"a GIF frame with codes for {content[data]} bits")
    return _after_blocks(content, data + 1)


def _palette(flags: int) -> int:
    """Bytes of the palette that follows, if any."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while length := content[at]:
        at += length + 1
    return at + 1
