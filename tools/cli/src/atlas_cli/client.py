"""A client of the gateway's REST API."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

Json = dict[str, Any]

PAGE = 200

WATCH_SECONDS = 0.5
PAUSES_SECONDS = (0.2, 0.5, 1, 2, *[4] * 15)
"""Between tries at a gateway that is away: long enough for any part behind it to be started again."""


@dataclass(frozen=True)
class Gateway:
    """Where the gateway is, and the token that lets one write."""

    url: str
    token: str = ""


class GatewayError(Exception):
    """The gateway said no, or nothing; the text says which, in the gateway's words."""


class AtlasClient:
    """Every method raises GatewayError where the gateway refuses or does not answer."""

    def __init__(self, gateway: Gateway, transport: httpx.AsyncBaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {gateway.token}"} if gateway.token else {}
        self._http = httpx.AsyncClient(
            base_url=f"{gateway.url.rstrip('/')}/v1", headers=headers, timeout=60, transport=transport
        )

    async def __aenter__(self) -> "AtlasClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def start_crawl(self, source: Mapping[str, Any]) -> Json:
        return await self._json("POST", "/crawls", json={"source": source})

    async def crawl(self, crawl_id: str) -> Json:
        return await self._json("GET", f"/crawls/{crawl_id}")

    def watch_crawl(self, crawl_id: str) -> AsyncIterator[Json]:
        """The crawl again and again until it ends; its final state comes last."""
        return self._watch(f"/crawls/{crawl_id}", {"finished", "failed", "cancelled"})

    async def change_crawl(self, crawl_id: str, verb: str) -> Json:
        """`verb`: pause, resume or cancel."""
        return await self._json("POST", f"/crawls/{crawl_id}:{verb}")

    async def retry_crawl(self, crawl_id: str, reasons: Sequence[str]) -> Json:
        """Failed links of a crawl: those with the reasons given, or all."""
        return await self._json("POST", f"/crawls/{crawl_id}:retry", json={"reasons": reasons})

    async def retry_embedding(self, reasons: Sequence[str]) -> Json:
        """Stickers that could not be embedded: those with the reasons given, or all."""
        return await self._json("POST", "/embedding:retry", json={"reasons": reasons})

    async def upload(self, name: str, content: bytes) -> Json:
        return await self._json("POST", "/images", files={"file": (name, content)})

    async def search(self, name: str, content: bytes) -> Json:
        """Stickers and albums that look like a picture, which is not stored."""
        return await self._json("POST", "/search", files={"file": (name, content)})

    async def image(self, sha256: str) -> Json:
        return await self._json("GET", f"/images/{sha256}")

    async def content(self, sha256: str) -> bytes:
        return (await self._request("GET", f"/images/{sha256}/content")).content

    async def thumbnail(self, sha256: str) -> bytes:
        return (await self._request("GET", f"/images/{sha256}/thumbnail")).content

    async def start_run(self, spec: Mapping[str, Any]) -> Json:
        return await self._json("POST", "/runs", json=spec)

    async def run(self, run_id: str) -> Json:
        return await self._json("GET", f"/runs/{run_id}")

    def watch_run(self, run_id: str) -> AsyncIterator[Json]:
        """The run again and again until it ends; its final state comes last."""
        return self._watch(f"/runs/{run_id}", {"published", "failed", "cancelled"})

    def runs(self) -> AsyncIterator[Json]:
        return self._pages("/runs")

    def albums(self) -> AsyncIterator[Json]:
        return self._pages("/albums")

    def members(self, album_id: str) -> AsyncIterator[Json]:
        return self._pages(f"/albums/{album_id}/members")

    def outliers(self) -> AsyncIterator[Json]:
        return self._pages("/outliers")

    async def decide(self, decision: Mapping[str, Any]) -> Json:
        """Records what a person decides about an album."""
        return await self._json("POST", "/curation", json=decision)

    async def status(self) -> Json:
        return await self._json("GET", "/status")

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
            thing = await self._json("GET", path)
            yield thing
            if thing["state"] in final:
                return
            await asyncio.sleep(WATCH_SECONDS)

    async def _pages(self, path: str) -> AsyncIterator[Json]:
        cursor = ""
        while True:
            page = await self._json("GET", path, params={"limit": PAGE} | ({"cursor": cursor} if cursor else {}))
            for item in page["items"]:
                yield item
            if not (cursor := page.get("next_cursor") or ""):
                return

    async def _json(self, method: str, path: str, **arguments: Any) -> Json:
        answer: Json = (await self._request(method, path, **arguments)).json()
        return answer

    async def _request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Asks again while the gateway is away, but never sends a change again that may have been made."""
        for pause in (*PAUSES_SECONDS, None):
            try:
                response = await self._http.request(method, path, **arguments)
            except httpx.ConnectError as error:
                problem, again = f"the gateway at {self._http.base_url} does not answer: {error}", True
            except httpx.TransportError as error:
                problem, again = f"the gateway at {self._http.base_url} broke off: {error}", method == "GET"
            else:
                if response.is_success:
                    return response
                problem, again = f"{method} {path}: {_reason(response)}", response.status_code == 503
            if not again or pause is None:
                break
            await asyncio.sleep(pause)
        raise GatewayError(problem)


def _reason(response: httpx.Response) -> str:
    """The detail of an RFC 9457 problem, else the status line."""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        problem = response.json()
        return f"{problem['title']}: {problem.get('detail', '')}"
    return f"{response.status_code} {response.reason_phrase}"
