"""A small web site on loopback for the crawler: a front page, a page a series, the pictures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

PAGES = web.AppKey("pages", dict[str, str])


@asynccontextmanager
async def sticker_site(folder: Path) -> AsyncIterator[str]:
    """Serves `folder`, one page for each folder in it, for as long as the block runs; gives the front page's URL."""
    site = web.Application()
    site[PAGES] = _pages(folder)
    site.add_routes([web.static("/stickers", folder), web.get("/{path:.*}", _page)])
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


async def _page(request: web.Request) -> web.Response:
    html = request.app[PAGES].get(request.path)
    if html is None:
        raise web.HTTPNotFound
    return web.Response(text=html, content_type="text/html")


def _pages(folder: Path) -> dict[str, str]:
    """HTML by path."""
    series = sorted(child for child in folder.iterdir() if child.is_dir())
    links = "".join(f'<li><a href="/series/{quote(one.name)}">{escape(one.name)}</a>\n' for one in series)
    return {"/": _html("Sticker packs", f"<ul>\n{links}</ul>")} | {
        f"/series/{one.name}": _html(one.name, "".join(map(_picture, sorted(one.iterdir())))) for one in series
    }


def _picture(file: Path) -> str:
    return f'<img src="/stickers/{quote(file.parent.name)}/{quote(file.name)}" alt="{escape(file.stem)}">\n'


def _html(title: str, body: str) -> str:
    return f"<!doctype html>\n<title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n{body}"
