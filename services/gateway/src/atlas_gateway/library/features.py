"""Stickers that look alike: vector search in the table of features."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from atlas_common.errors import Conflict, NotFound
from atlas_common.schemas import FEATURES, searched_output
from atlas_common.tables import Neighbour, Table, Tables, equal


@dataclass(frozen=True, slots=True)
class Found:
    """Neighbours, nearest first, and the model and output that were compared."""

    model: str
    space: str
    neighbours: list[Neighbour]


class Features:
    """Features of the stickers under each model."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._open: dict[str, Table] = {}

    async def count(self, model: str) -> int:
        """Stickers embedded with `model`."""
        try:
            return await asyncio.to_thread((await self._table(model)).count)
        except NotFound:
            return 0

    async def near_image(self, model: str, sha256: str, limit: int) -> Found:
        """Neighbours of a sticker. Raises `NotFound` when it has no features yet."""
        table = await self._table(model)
        space = _space(table.spec.schema.names)
        rows = (await asyncio.to_thread(table.read, [space], equal(sha256=sha256))).to_pylist()
        if not rows:
            raise NotFound(f"sticker {sha256} is not embedded with {model} yet", reason="not_embedded")
        others = f"sha256 != '{sha256}'"
        return Found(model, space, await asyncio.to_thread(table.nearest, space, rows[0][space], limit, others))

    async def near_vectors(self, model: str, features: Mapping[str, Sequence[float]], limit: int) -> Found:
        """Neighbours of a picture with these features."""
        table = await self._table(model)
        space = _space([name for name in table.spec.schema.names if name in features])
        return Found(model, space, await asyncio.to_thread(table.nearest, space, features[space], limit))

    async def _table(self, model: str) -> Table:
        if model not in self._open:
            self._open[model] = await asyncio.to_thread(self._tables.existing, f"{FEATURES}{model}")
        return self._open[model]


def _space(names: Collection[str]) -> str:
    space = searched_output(names)
    if space is None:
        raise Conflict(f"none of these features can be compared: {', '.join(names)}", reason="no_searched_output")
    return space
