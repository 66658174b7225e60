"""Tables kept in good order by the service that writes them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from random import SystemRandom

from atlas_common.loops import every, first_of
from atlas_common.schemas import TableSpec
from atlas_common.settings import TableSettings
from atlas_common.tables.database import Tables


class Upkeep:
    """Tidies some tables now and then; a loop beside a server."""

    def __init__(self, tables: Tables, specs: Sequence[TableSpec], settings: TableSettings) -> None:
        self._tables = tables
        self._specs = specs
        self._settings = settings

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy after a pause, and again after each, until `stop` is set.

        The first pause is of random length, so that replicas take turns.
        """
        await first_of(stop, seconds=SystemRandom().uniform(0.0, self._settings.tidy_seconds))
        await every(self._settings.tidy_seconds, partial(asyncio.to_thread, self.tidy), stop)

    def tidy(self) -> None:
        """Tidy each of the tables. Raises `Unavailable`."""
        for spec in self._specs:
            self._tables.open(spec).tidy(timedelta(seconds=self._settings.keep_seconds))
