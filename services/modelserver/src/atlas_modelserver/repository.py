"""Keeps the newest version of each model loaded, as its folder changes."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from atlas_common.errors import NotFound
from atlas_common.logs import get_logger
from atlas_common.loops import first_of

from atlas_modelserver.loading import LoadedVersion
from atlas_modelserver.model import ModelRef, State, VersionStatus

log = get_logger(__name__)

Load = Callable[[Path], LoadedVersion]


class Repository:
    """Models in `root`, a folder each, with a folder for each version named by its number.

    A newer version is loaded beside the one in use, which then finishes what it has and goes. One that can't be loaded
    is tried again at every look, and leaves the one in use where it is.
    """

    def __init__(self, root: Path, names: Sequence[str], load: Load) -> None:
        self._root = root
        self._load = load
        self._serving: dict[str, LoadedVersion] = {}
        self._statuses: dict[str, dict[int, VersionStatus]] = {name: {} for name in names}

    async def watch(self, poll_seconds: float, stop: asyncio.Event) -> None:
        """Look for new versions until `stop` is set, then let the loaded ones finish."""
        while not stop.is_set():
            for name in self._statuses:
                await self.look(name)
            await first_of(stop, seconds=poll_seconds)
        for loaded in self._serving.values():
            await loaded.batcher.close()

    async def look(self, name: str) -> None:
        """Load the newest version of `name` unless it is loaded."""
        newest = max((int(folder.name) for folder in (self._root / name).glob("*") if folder.name.isdigit()), default=0)
        current = self._serving.get(name)
        if newest == 0 or (current and current.version == newest):
            return
        self._report(name, newest, State.LOADING)
        try:
            loaded = await asyncio.to_thread(self._load, self._root / name / str(newest))
        except Exception as error:  # an engine raises what it likes, and the version in use must stay
            log.error("model_not_loaded", model=name, version=newest, error=str(error))
            self._report(name, newest, State.END, str(error))
            return
        loaded.batcher.start()
        self._serving[name] = loaded
        self._report(name, newest, State.AVAILABLE)
        log.info("model_loaded", model=name, version=newest)
        if current:
            await current.batcher.close()
            self._report(name, current.version, State.END)

    def find(self, ref: ModelRef) -> LoadedVersion:
        """Raises `NotFound` unless that model is loaded in that version."""
        loaded = self._serving.get(ref.name)
        if loaded is None or ref.version not in (None, loaded.version):
            wanted = f"Latest({ref.name})" if ref.version is None else f"Specific({ref.name}, {ref.version})"
            raise NotFound(f"Servable not found for request: {wanted}", reason="model_not_found")
        return loaded

    def statuses(self, ref: ModelRef) -> list[VersionStatus]:
        """What is known of the versions of a model, newest first. Raises `NotFound` when that is nothing."""
        known = self._statuses.get(ref.name, {})
        wanted = [status for version, status in sorted(known.items(), reverse=True) if ref.version in (None, version)]
        if not wanted:
            version = "any versions" if ref.version is None else f"version {ref.version}"
            raise NotFound(f"Could not find {version} of model {ref.name}", reason="model_not_found")
        return wanted

    async def is_ready(self) -> bool:
        """Whether every model has a version that takes requests."""
        return self._serving.keys() == self._statuses.keys()

    def _report(self, name: str, version: int, state: State, error: str = "") -> None:
        self._statuses[name][version] = VersionStatus(version, state, error)
