"""Keyset pagination: a page goes on after the sort key of the row that the page before ended with.

Unlike an offset, that costs the same on every page and neither skips nor repeats a row when others are added.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from atlas_common.tables import Order, Table, quoted

from atlas_gateway import cursors


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a table in an order; its columns together must tell any two rows apart and be among `columns`."""

    table: Table
    order: tuple[Order, ...]
    columns: tuple[str, ...]

    async def page(self, conditions: Sequence[str], limit: int, cursor: str) -> tuple[list[dict[str, Any]], str | None]:
        """At most `limit` rows that meet all conditions, and the cursor of the next page. Raises `InvalidCursor`."""
        if cursor:
            conditions = [*conditions, self._after(cursors.decode(cursor, len(self.order)))]
        where = " AND ".join(conditions) or None
        found = await asyncio.to_thread(self.table.first, limit, self.order, self.columns, where)
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows, self._cursor(rows[-1]) if len(rows) == limit else None

    def _cursor(self, row: dict[str, Any]) -> str:
        key = (row[by.column] for by in self.order)
        return cursors.encode([part.isoformat() if isinstance(part, datetime) else part for part in key])

    def _after(self, position: cursors.Position) -> str:
        """`(a, b) > (x, y)`, written out because each column has its own direction."""
        literals = [_literal(self.table.spec.schema.field(by.column).type, part) for by, part in self._parts(position)]
        steps, equals = [], ""
        for by, literal in zip(self.order, literals, strict=True):
            steps.append(f"{equals}{by.column} {'<' if by.descending else '>'} {literal}")
            equals += f"{by.column} = {literal} AND "
        return "(" + " OR ".join(f"({step})" for step in steps) + ")"

    def _parts(self, position: cursors.Position) -> list[tuple[Order, str | float | None]]:
        return list(zip(self.order, position, strict=True))


def _literal(kind: pa.DataType, part: str | float | None) -> str:
    """Raises `InvalidCursor` for what no value of this kind can be."""
    match part:
        case None:
            return "NULL"
        case str() if pa.types.is_timestamp(kind):
            return f"timestamp '{_moment(part)}'"
        case str() if pa.types.is_string(kind):
            return quoted(part)
        case float() if pa.types.is_floating(kind):
            return repr(part)
        case float() if pa.types.is_integer(kind) and part.is_integer() and abs(part) < 2 ** (kind.bit_width - 1):
            return str(int(part))
        case _:
            raise cursors.InvalidCursor


def _moment(part: str) -> str:
    try:
        return datetime.fromisoformat(part).isoformat()
    except ValueError as error:
        raise cursors.InvalidCursor from error
