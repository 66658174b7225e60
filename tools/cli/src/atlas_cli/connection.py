"""Requests to a gateway that may be away for a moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]
Tell = Callable[[str], None]

PAGE = 200
PAUSES_SECONDS = (0.2, 0.5, 1, 2, *[4] * 15)
"""Between tries at a gateway that is away: long enough for any part behind it to be started again."""

NO_SUCH_PATH = "http_404"
ELSEWHERE = "`make up` starts one on this machine, ATLAS_GATEWAY_URL names one that is elsewhere"


@dataclass(frozen=True)
class Gateway:
    """Where the gateway is, and the token that lets one write."""

    url: str
    token: str = ""


class GatewayError(Exception):
    """The gateway said no, or nothing, or could not do it; the text says which, in the gateway's words."""


class Connection:
    """Every method raises GatewayError where the gateway refuses or does not answer; `tell` hears of a wait for it."""

    def __init__(self, gateway: Gateway, transport: httpx.AsyncBaseTransport | None, tell: Tell) -> None:
        self._tell = tell
        self._url = gateway.url
        headers = {"Authorization": f"Bearer {gateway.token}"} if gateway.token else {}
        self._http = httpx.AsyncClient(
            base_url=f"{gateway.url.rstrip('/')}/v1", headers=headers, timeout=60, transport=transport
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def pages(self, path: str) -> AsyncIterator[Json]:
        """The items of a listing, over all its pages."""
        cursor = ""
        while True:
            page = await self.json("GET", path, params={"limit": PAGE} | ({"cursor": cursor} if cursor else {}))
            for item in page["items"]:
                yield item
            if not (cursor := page.get("next_cursor") or ""):
                return

    async def json(self, method: str, path: str, **arguments: Any) -> Json:
        answer = await self.request(method, path, **arguments)
        try:
            found: Json = answer.json()
        except ValueError as error:
            raise GatewayError(self._stranger(answer)) from error
        return found

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Asks again while the gateway is away, but never sends a change again that may have been made."""
        for attempt, pause in enumerate((*PAUSES_SECONDS, None)):
            try:
                response = await self._http.request(method, path, **arguments)
            except httpx.ConnectError as error:
                problem, again = f"no gateway answers at {self._url} ({error}); {ELSEWHERE}", True
            except httpx.TransportError as error:
                problem, again = f"the gateway at {self._url} broke off: {error}", method == "GET"
            else:
                if response.is_success:
                    return response
                problem, again = self._reason(response), response.status_code == 503
            if not again or pause is None:
                break
            if attempt == 0:
                self._tell(f"{problem}. Asking again for {sum(PAUSES_SECONDS):.0f} s.")
            await asyncio.sleep(pause)
        raise GatewayError(problem)

    def _reason(self, response: httpx.Response) -> str:
        """The detail of an RFC 9457 problem, and what the command may lack."""
        if not response.headers.get("content-type", "").startswith("application/problem+json"):
            return self._stranger(response)
        problem = response.json()
        if problem.get("reason") == NO_SUCH_PATH:
            return self._stranger(response)
        reason = f"{problem['title']}: {problem.get('detail', '')}"
        return f"{reason}; set ATLAS_GATEWAY_TOKEN to it" if response.status_code == 401 else reason

    def _stranger(self, response: httpx.Response) -> str:
        status = f"{response.status_code} {response.reason_phrase}"
        return f"{self._url} answered {status}, not as the gateway of a Sticker Atlas does; {ELSEWHERE}"
