"""Pictures as they leave: with a type that no browser takes for anything else, and kept by caches for good."""

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


def picture(sha256: str, content: bytes) -> Response:
    """The bytes, or 304 where the client has them; a file to save where they are no picture that browsers show."""
    kind = media_type(content)
    headers = {
        "ETag": f'"{sha256}"',
        "Cache-Control": FOREVER,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline" if kind else f'attachment; filename="{sha256}"',
    }
    return Response(content, 200, headers, kind or "application/octet-stream")


def known(request: Request, sha256: str) -> bool:
    """True when the client has the picture already."""
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
