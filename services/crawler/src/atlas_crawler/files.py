"""Files that the crawler may read: those under the folders that the settings name, and nothing else."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from atlas_crawler.model.exceptions import LinkFailed, too_large
from atlas_crawler.sources.locations import path_of


class Folders:
    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = tuple(root.resolve() for root in roots)

    def permitted(self, url: str) -> Path:
        """The path of a file: URL, links resolved. Raises `LinkFailed`."""
        path = path_of(url).resolve()
        if not any(path.is_relative_to(root) for root in self._roots):
            raise LinkFailed(
                "folder_refused",
                f"{path} is in none of the folders of ATLAS_CRAWLER_FOLDERS: start the crawler with it",
            )
        if not path.exists():
            raise LinkFailed("file_missing", f"there is no {path}")
        return path

    async def read(self, url: str, cap: int) -> bytes:
        """The bytes of a file of at most `cap` bytes."""

        def load() -> bytes:
            path = self.permitted(url)
            if not path.is_file():
                raise LinkFailed("file_missing", f"{path} is no file")
            with path.open("rb") as file:
                return file.read(cap + 1)

        try:
            content = await asyncio.to_thread(load)
        except OSError as error:
            raise LinkFailed("file_unreadable", str(error)) from None
        if len(content) > cap:
            raise too_large(cap)
        return content
