"""Downloads one file over a line that may break."""

import hashlib
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from atlas_common.errors import BrokenInvariant, Unavailable
from atlas_common.logs import get_logger

CHUNK_BYTES = 1 << 20
ATTEMPTS = 5

log = get_logger(__name__)


class Opened(Protocol):
    """A body being read: `offset` is where in the file it starts, `total` the length of the whole file in bytes."""

    offset: int
    total: int
    body: BinaryIO


Open = Callable[[int], Opened]
"""Opens the file at an offset; the answer may start at 0 all the same. Raises OSError."""


class HttpBody:
    """An HTTP answer, partial where the server knows ranges."""

    def __init__(self, url: str, offset: int, timeout: float) -> None:
        request = urllib.request.Request(url, headers={"Range": f"bytes={offset}-"} if offset else {})  # noqa: S310
        self.body: BinaryIO = urllib.request.urlopen(request, timeout=timeout)  # noqa: S310 our own URLs only
        partial = self.body.status == 206
        self.offset = offset if partial else 0
        self.total = self.offset + int(self.body.headers.get("Content-Length") or 0)


def download(open_at: Open, target: Path, md5: str) -> None:
    """Write the file to `target`, going on where an earlier attempt, or an earlier process, broke off.

    Raises:
        Unavailable: the source does not answer, or broke off five times.
        BrokenInvariant: the file's MD5 is not `md5`; the file is removed.
    """
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _go_on(open_at, part)
            break
        except OSError as error:
            if attempt == ATTEMPTS or not part.exists():
                raise Unavailable(f"could not download {target.name}: {error}", reason="download_failed") from error
            log.warning("download_broke_off", file=target.name, attempt=attempt, error=str(error))
    found = hashlib.md5(part.read_bytes(), usedforsecurity=False).hexdigest()
    if found != md5:
        part.unlink()
        raise BrokenInvariant(f"{target.name} has the MD5 {found}, not the published {md5}", reason="digest_differs")
    part.replace(target)


def _go_on(open_at: Open, part: Path) -> None:
    opened = open_at(part.stat().st_size if part.exists() else 0)
    with opened.body, part.open("r+b" if opened.offset else "wb") as out:
        out.seek(opened.offset)
        while chunk := opened.body.read(CHUNK_BYTES):
            out.write(chunk)
            log.info("downloading", file=part.stem, percent=round(100 * out.tell() / max(opened.total, 1)))
        if out.tell() < opened.total:
            raise ConnectionError(f"{out.tell()} of {opened.total} bytes came")
