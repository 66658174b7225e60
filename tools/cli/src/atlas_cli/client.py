"""What the gateway's REST API is asked for."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from types import TracebackType
from typing import Any

import httpx

from atlas_cli.connection import Connection, Gateway, Json, Tell

WATCH_SECONDS = 0.5


class AtlasClient:
    """Every method raises GatewayError where the gateway refuses or does not answer; `tell` hears of a wait for it."""

    def __init__(
        self, gateway: Gateway, transport: httpx.AsyncBaseTransport | None = None, tell: Tell = lambda _: None
    ) -> None:
        self._gateway = Connection(gateway, transport, tell)

    async def __aenter__(self) -> "AtlasClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._gateway.close()

    async def start_crawl(self, source: Mapping[str, Any]) -> Json:
        return await self._gateway.json("POST", "/crawls", json={"source": source})

    def crawls(self) -> AsyncIterator[Json]:
        return self._gateway.pages("/crawls")

    async def crawl(self, crawl_id: str) -> Json:
        return await self._gateway.json("GET", f"/crawls/{crawl_id}")

    def watch_crawl(self, crawl_id: str) -> AsyncIterator[Json]:
        """The crawl again and again until it ends; its final state comes last."""
        return self._watch(f"/crawls/{crawl_id}", {"finished", "failed", "cancelled"})

    async def change_crawl(self, crawl_id: str, verb: str) -> Json:
        """`verb`: pause, resume or cancel."""
        return await self._gateway.json("POST", f"/crawls/{crawl_id}:{verb}")

    async def retry_crawl(self, crawl_id: str, reasons: Sequence[str]) -> Json:
        """Failed links of a crawl: those with the reasons given, or all."""
        return await self._gateway.json("POST", f"/crawls/{crawl_id}:retry", json={"reasons": reasons})

    async def retry_embedding(self, reasons: Sequence[str]) -> Json:
        """Stickers that could not be embedded: those with the reasons given, or all."""
        return await self._gateway.json("POST", "/embedding:retry", json={"reasons": reasons})

    async def upload(self, name: str, content: bytes) -> Json:
        return await self._gateway.json("POST", "/images", files={"file": (name, content)})

    async def search(self, name: str, content: bytes) -> Json:
        """Stickers and albums that look like a picture, which is not stored."""
        return await self._gateway.json("POST", "/search", files={"file": (name, content)})

    async def image(self, sha256: str) -> Json:
        return await self._gateway.json("GET", f"/images/{sha256}")

    async def content(self, sha256: str) -> bytes:
        return (await self._gateway.request("GET", f"/images/{sha256}/content")).content

    async def thumbnail(self, sha256: str) -> bytes:
        return (await self._gateway.request("GET", f"/images/{sha256}/thumbnail")).content

    async def start_run(self, spec: Mapping[str, Any]) -> Json:
        return await self._gateway.json("POST", "/runs", json=spec)

    async def run(self, run_id: str) -> Json:
        return await self._gateway.json("GET", f"/runs/{run_id}")

    def watch_run(self, run_id: str) -> AsyncIterator[Json]:
        """The run again and again until it ends; its final state comes last."""
        return self._watch(f"/runs/{run_id}", {"published", "failed", "cancelled"})

    def runs(self) -> AsyncIterator[Json]:
        return self._gateway.pages("/runs")

    def albums(self) -> AsyncIterator[Json]:
        return self._gateway.pages("/albums")

    def members(self, album_id: str) -> AsyncIterator[Json]:
        return self._gateway.pages(f"/albums/{album_id}/members")

    def outliers(self) -> AsyncIterator[Json]:
        return self._gateway.pages("/outliers")

    async def decide(self, decision: Mapping[str, Any]) -> Json:
        """Records what a person decides about an album."""
        return await self._gateway.json("POST", "/curation", json=decision)

    async def status(self) -> Json:
        return await self._gateway.json("GET", "/status")

    async def watch_embedding(self) -> AsyncIterator[Json]:
        """The status again and again until every stored sticker has features or a recorded failure."""
        while True:
            status = await self.status()
            yield status
            if status["embedded"] + sum(status["embedding_failed"].values()) >= status["stored"]:
                return
            await asyncio.sleep(WATCH_SECONDS)

    async def served(self, run_id: str) -> Json:
        """The status once the gateway shows the albums of this run."""
        while (status := await self.status())["run_id"] != run_id:  # noqa: ASYNC110  no event crosses HTTP
            await asyncio.sleep(WATCH_SECONDS)
        return status

    async def _watch(self, path: str, final: Collection[str]) -> AsyncIterator[Json]:
        while True:
            thing = await self._gateway.json("GET", path)
            yield thing
            if thing["state"] in final:
                return
            await asyncio.sleep(WATCH_SECONDS)
