"""What people decide about albums. Decisions are only ever added; a later run respects all that stand."""

import re
from collections import Counter
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from atlas_gateway.model.resource import Identifier, Resource, Sha256

TAKEDOWN_VALUES = {
    "image": ("[0-9a-f]{64}", "the SHA-256 of a sticker"),
    "url": (r"(?i:https?)://\S+", "an address such as https://stickers.example/cat.png"),
    "site": (r"[\w-]+(\.[\w-]+)*\.?", "the name of a host such as stickers.example"),
}
"""Of each kind of takedown, what its value looks like: as a pattern, and to people."""

Images = Annotated[list[Sha256], Field(min_length=1, max_length=1000)]


class _About(Resource):
    album_id: Identifier

    def albums_meant(self) -> list[str]:
        return [self.album_id]


class NameAlbum(_About):
    """Call the album by this name from now on. Shown at once."""

    kind: Literal["name"]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class MergeAlbums(_About):
    """Put other albums into this one, in the next run."""

    kind: Literal["merge"]
    albums: Annotated[list[Identifier], Field(min_length=1, max_length=100)]

    @field_validator("albums")
    @classmethod
    def _are_others(cls, albums: list[str], found: ValidationInfo) -> list[str]:
        if found.data.get("album_id") in albums:
            raise ValueError("an album is merged with others, not with itself")
        return albums

    def albums_meant(self) -> list[str]:
        return [self.album_id, *self.albums]


class SplitAlbum(_About):
    """Keep these groups of the album's stickers apart, in every later run; they can be merged once this is revoked."""

    kind: Literal["split"]
    groups: Annotated[list[Images], Field(min_length=1, max_length=100)]

    @field_validator("groups")
    @classmethod
    def _share_nothing(cls, groups: list[list[str]]) -> list[list[str]]:
        twice = [image for image, count in Counter(chain(*groups)).items() if count > 1]
        if twice:
            raise ValueError(f"a sticker can be in one group only, but {twice[0]} comes again")
        return groups


class HideAlbum(_About):
    """Leave the album out of listings. Done at once."""

    kind: Literal["hide"]


class PinImages(_About):
    """Keep these stickers in the album, in every later run."""

    kind: Literal["pin"]
    images: Images


class ExcludeImages(_About):
    """These stickers are not in this album: gone from it at once, and kept out by every later run."""

    kind: Literal["exclude"]
    images: Images


class Revoke(Resource):
    """Take an earlier decision back."""

    kind: Literal["revoke"]
    decision_id: Identifier

    def albums_meant(self) -> list[str]:
        return []


NewDecision = Annotated[
    NameAlbum | MergeAlbums | SplitAlbum | HideAlbum | PinImages | ExcludeImages | Revoke, Field(discriminator="kind")
]


class Decision(Resource):
    """A decision as it was recorded."""

    decision_id: str
    kind: str
    album_id: str | None
    arguments: dict[str, Any]
    decided_at: datetime


class NewTakedown(Resource):
    """What must go, and never come back."""

    kind: Literal["image", "url", "site"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    """A SHA-256; a URL of a picture or page, however it is spelt; or a host name, which covers its subdomains."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]

    @field_validator("value")
    @classmethod
    def _is_of_its_kind(cls, value: str, found: ValidationInfo) -> str:
        kind = found.data.get("kind")
        if kind:
            pattern, wanted = TAKEDOWN_VALUES[kind]
            if not re.fullmatch(pattern, value):
                raise ValueError(f"this is no {kind}: give {wanted}")
        return value


class Takedown(NewTakedown):
    """A takedown as it was recorded."""

    decided_at: datetime


class TakenDown(Takedown):
    """A takedown, and what it came to."""

    stickers: int
    """How many stickers it removed; where it is none although some were seen there, look at the value."""
