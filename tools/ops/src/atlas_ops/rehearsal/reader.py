"""A reader of the gallery who never stops: `python reader.py URL`, until SIGTERM. Prints what it met, as JSON.

It runs on this machine and, as text, inside the cluster: so it needs nothing but Python's library.
"""

import http.client
import json
import signal
import sys
import time
import urllib.error
import urllib.request

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.2

met: dict[str, float] = {"reads": 0, "retried": 0, "failed": 0, "longest_wait": 0}


class Stopped(Exception):
    pass


def stop(*_: object) -> None:
    raise Stopped


def read(url: str) -> bytes:
    """The answer, asked for again after the time that the gateway names, or a second, while patience lasts."""
    started = time.monotonic()
    met["reads"] += 1
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                content: bytes = answer.read()
        except urllib.error.HTTPError as error:
            pause, problem = float(error.headers.get("Retry-After") or 1), f"status {error.code}"
            mendable = error.code >= 500 or error.code == 429
        except (OSError, http.client.HTTPException) as error:
            pause, problem, mendable = 1.0, repr(error), True
        else:
            break
        if not mendable or time.monotonic() - started + pause > PATIENCE_SECONDS:
            met["failed"] += 1
            print(f"{url}: {problem}", file=sys.stderr, flush=True)
            return b"{}"
        time.sleep(pause)
    waited = time.monotonic() - started
    met["retried"] += waited > 1
    met["longest_wait"] = max(met["longest_wait"], round(waited, 1))
    return content


def look_around(gateway: str) -> None:
    for album in json.loads(read(f"{gateway}/v1/albums?limit=3")).get("items", []):
        for member in json.loads(read(f"{gateway}/v1/albums/{album['album_id']}/members?limit=2")).get("items", []):
            read(f"{gateway}/v1/images/{member['sha256']}/thumbnail")


def main(gateway: str) -> None:
    signal.signal(signal.SIGTERM, stop)
    try:
        while True:
            look_around(gateway)
            time.sleep(PAUSE_SECONDS)
    except Stopped:
        print(json.dumps(met), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
