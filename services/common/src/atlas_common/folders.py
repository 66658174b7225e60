"""Folders in the bucket: `python -m atlas_common.folders upload FOLDER PREFIX`, or `download PREFIX FOLDER`.

A folder is there once its list of files is, which is written last: nobody reads one that is half uploaded.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from atlas_common.errors import AtlasError, BrokenInvariant, NotFound, Unavailable
from atlas_common.logs import configure_logs, get_logger
from atlas_common.settings import LogSettings, StoreSettings
from atlas_common.store import ObjectStore

LIST = "files.json"
PAUSE_SECONDS = 2

log = get_logger(__name__)


class Objects(Protocol):
    """What is asked of the store."""

    async def put(self, key: str, content: bytes, content_type: str = ...) -> None: ...
    async def get(self, key: str) -> bytes: ...


async def upload(store: Objects, folder: Path, prefix: str) -> None:
    """Put every file of the folder under the prefix."""
    digests = {}
    for name, content in _files(folder):
        digests[name] = hashlib.sha256(content).hexdigest()
        await store.put(f"{prefix}/{name}", content)
    await store.put(f"{prefix}/{LIST}", json.dumps(digests).encode(), "application/json")
    log.info("folder_uploaded", prefix=prefix, files=len(digests))


async def download(store: Objects, prefix: str, folder: Path) -> None:
    """Write the folder under the prefix to disk.

    Raises `NotFound` when it has not been uploaded, and `BrokenInvariant` when a file is not what was uploaded.
    """
    digests: dict[str, str] = json.loads(await store.get(f"{prefix}/{LIST}"))
    for name, digest in digests.items():
        content = await store.get(f"{prefix}/{name}")
        if hashlib.sha256(content).hexdigest() != digest:
            raise BrokenInvariant(f"{prefix}/{name} is not the file that was uploaded", reason="file_altered")
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    log.info("folder_downloaded", prefix=prefix, files=len(digests))


async def _when_possible(work: Callable[[], Awaitable[None]]) -> None:
    """Do the work once the store answers and has what the work needs."""
    while True:
        try:
            return await work()
        except (NotFound, Unavailable) as error:
            log.info("waiting_for_store", error=str(error))
            await asyncio.sleep(PAUSE_SECONDS)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


async def _run(*words: str) -> None:
    store = ObjectStore(StoreSettings())
    match words:
        case ("upload", folder, prefix):
            await _when_possible(store.prepare)
            await _when_possible(partial(upload, store, Path(folder), prefix))
        case ("download", prefix, folder):
            await _when_possible(partial(download, store, prefix, Path(folder)))
        case _:
            raise SystemExit(__doc__)


def main() -> None:
    configure_logs("folders", LogSettings())
    try:
        asyncio.run(_run(*sys.argv[1:]))
    except AtlasError as error:
        log.error("failed", reason=error.reason, error=str(error))
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
