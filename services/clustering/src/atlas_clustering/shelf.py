"""Finds features in the tables `features_<model>`."""

from datetime import UTC, datetime

from atlas_common.errors import NotFound
from atlas_common.schemas import FEATURES, MODELS
from atlas_common.tables import Order, Table, Tables

from atlas_clustering.features import LanceFeatures

NEVER = datetime.min.replace(tzinfo=UTC)
KEPT_BYTES = 2**29
"""Features up to this size are kept in memory; larger ones are read anew, a block at a time, in every pass."""


class LanceShelf:
    """Every model's features at any version; workers of a cluster read them themselves, so there nothing is kept."""

    def __init__(self, tables: Tables, kept_bytes: int = KEPT_BYTES) -> None:
        self._tables = tables
        self._kept_bytes = kept_bytes

    def features(self, model: str, version: int) -> LanceFeatures:
        table = self._tables.existing(f"{FEATURES}{model}") if model else self._newest()
        return LanceFeatures(table, version or table.version(), self._kept_bytes)

    def complete(self) -> str:
        models: list[str] = self._tables.open(MODELS).read(["model"])["model"].to_pylist()
        return max(models, key=self._begun, default="")

    def _begun(self, model: str) -> datetime:
        """When its first sticker was embedded: features that were dropped since count as the oldest."""
        try:
            table = self._tables.existing(f"{FEATURES}{model}")
        except NotFound:
            return NEVER
        return _embedded(table, Order("embedded_at"))

    def _newest(self) -> Table:
        tables = [self._tables.existing(name) for name in self._tables.names() if name.startswith(FEATURES)]
        if not tables:
            raise NotFound("no sticker has features yet", reason="no_stickers")
        return max(tables, key=lambda table: _embedded(table, Order("embedded_at", descending=True)))


def _embedded(table: Table, order: Order) -> datetime:
    """When its first sticker in that order was embedded."""
    rows = table.first(1, [order], ["embedded_at"]).to_pylist()
    return rows[0]["embedded_at"] if rows else NEVER
