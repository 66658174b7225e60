"""Pictures as they leave: with a type that no browser takes for anything else, and how long caches may keep them."""

from collections.abc import Mapping

from fastapi import Request, Response

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
    "image/avif": ".avif",
}
FOREVER = "public, max-age=31536000, immutable"
A_MINUTE = "public, max-age=60"
LIGHT_BYTES = 32 * 1024
"""A sticker of no more bytes does as its own thumbnail, whether or not it gets one."""


def picture(sha256: str, content: bytes) -> Response:
    """The bytes, for good."""
    return _shown(sha256, content, {"ETag": f'"{sha256}"', "Cache-Control": FOREVER})


def stand_in(sha256: str, content: bytes) -> Response:
    """A sticker in the place of its thumbnail: for a minute if it is large, since the thumbnail may come."""
    if len(content) <= LIGHT_BYTES:
        return picture(sha256, content)
    return _shown(sha256, content, {"Cache-Control": A_MINUTE})


def _shown(sha256: str, content: bytes, caching: Mapping[str, str]) -> Response:
    """A picture to look at; a file to save where the bytes are no picture that browsers show."""
    kind = media_type(content)
    headers = {
        **caching,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline" if kind else f'attachment; filename="{sha256}"',
    }
    return Response(content, 200, headers, kind or "application/octet-stream")


def known(request: Request, sha256: str) -> bool:
    """Whether the client has the picture already."""
    tags = request.headers.get("if-none-match", "")
    return f'"{sha256}"' in tags or tags.strip() == "*"


def not_modified(sha256: str) -> Response:
    return Response(status_code=304, headers={"ETag": f'"{sha256}"', "Cache-Control": FOREVER})


def media_type(content: bytes) -> str | None:
    """What the bytes are, whatever they were called; None for what is no picture that browsers show."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), None)
