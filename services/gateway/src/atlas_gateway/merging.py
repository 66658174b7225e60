"""Whether albums can be put together."""

from collections import Counter
from collections.abc import Collection
from itertools import chain

from atlas_common.errors import Conflict

from atlas_gateway.parts import Parts


async def refuse_divided(parts: Parts, albums: Collection[str]) -> None:
    """Raises `Conflict` for albums that a split made, which stands, and would divide them again in the next run."""
    for split in parts.shelf.rulings.splits:
        album_of = await parts.library.stickers.albums_of([*chain(*split.groups)], parts.shelf.run_id)
        homes = {Counter(album_of.get(image) for image in group).most_common(1)[0][0] for group in split.groups}
        if len(split.groups) == 1:
            homes.add(split.album_id)
        if len(homes.intersection(albums)) > 1:
            raise Conflict(
                f"decision {split.decision_id} keeps these albums apart: revoke it first", reason="kept_apart"
            )
