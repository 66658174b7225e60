"""WebDataset shards: tar files in which members with the same name but for the ending belong together."""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import groupby

from atlas_common.errors import InvalidInput

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import too_large
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.archive import Member, Sample, parts_of, tar_members
from atlas_crawler.sources.locations import as_url
from atlas_crawler.sources.source import NO_OPTIONS, Found, Page, Reader

MOST_SHARDS = 100_000
ASIDE = frozenset({"txt", "json", "cls"})
BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")


class WebDataset:
    """Location: one shard, or several as in `shard-{0000..0099}.tar`."""

    options = NO_OPTIONS

    def start(self, origin: Origin) -> Iterable[Link]:
        return [Link(as_url(location), LinkKind.PAGE) for location in expanded(origin.location)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        async with reader.open(page) as path:
            samples = samples_of(tar_members(path, reader.largest_image), reader.largest_image)
            async for part in parts_of(samples, page, reader):
                yield part


def expanded(location: str) -> Iterator[str]:
    """The locations that a range in braces stands for; leading zeros are kept."""
    match = BRACES.search(location)
    if match is None:
        yield location
        return
    first, last = int(match[1]), int(match[2])
    if last - first >= MOST_SHARDS:
        raise InvalidInput(f"more than {MOST_SHARDS} shards", reason="bad_location")
    for number in range(first, last + 1):
        yield f"{location[: match.start()]}{number:0{len(match[1])}}{location[match.end() :]}"


def samples_of(members: Iterator[Member], most: int) -> Iterator[Sample]:
    """Caption and images of each sample; images that would make it larger than `most` bytes come as failures."""
    for _, sample in groupby(members, key=lambda member: member[0].partition(".")[0]):
        caption, size = "", 0
        images: list[Member] = []
        for name, content in sample:
            ending = name.rpartition(".")[2].lower()
            if ending not in ASIDE:
                size += len(content) if isinstance(content, bytes) else 0
                images.append((name, content if size <= most else too_large(most)))
            elif isinstance(content, bytes):
                caption = _caption(ending, content) or caption
        yield caption, images


def _caption(ending: str, content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    if ending != "json":
        return text.strip() if ending == "txt" else ""
    try:
        fields = json.loads(text)
    except ValueError:
        return ""
    return str(fields.get("caption") or fields.get("title") or "") if isinstance(fields, dict) else ""
