"""The application: routes, errors and middleware around the parts it is given."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from atlas_gateway.answer_limit import AnswerLimit
from atlas_gateway.api import albums, crawls, curation, exports, health, images, runs, searches, status
from atlas_gateway.gallery import pages, workshop
from atlas_gateway.gallery.rendering import STATIC, load_templates
from atlas_gateway.heads import Heads
from atlas_gateway.middleware import BodyLimit, Watched
from atlas_gateway.parts import Parts
from atlas_gateway.problems import DOCUMENTED, MEDIA_TYPE, answer_with_problems
from atlas_gateway.settings import GatewaySettings

DESCRIPTION = """
The one door to a sticker atlas: crawl stickers, group them into albums, and read what came of it.

Reading needs nothing; writing needs `Authorization: Bearer` with the gateway's token. Listings are paged by opaque
cursors: pass `next_cursor` on as it came. Errors are `application/problem+json` and say what to do.
"""


class _Described(FastAPI):
    """Documents problems as `application/problem+json`; FastAPI gives them the media type of the answer."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            for operations in super().openapi()["paths"].values():
                for operation in operations.values():
                    if problem := operation["responses"].get("default"):
                        problem["content"] = {MEDIA_TYPE: next(iter(problem["content"].values()))}
        return super().openapi()


def create_app(settings: GatewaySettings, parts: Parts | None = None) -> FastAPI:
    """The ASGI application; what needs parts is refused for as long as `app.state.parts` is None."""
    app = _Described(
        title="Sticker Atlas",
        version=version("atlas-gateway"),
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # FastAPI's pages load their scripts from elsewhere
        redoc_url=None,
    )
    app.state.parts = parts
    app.state.templates = load_templates()
    v1 = APIRouter(prefix="/v1", responses=DOCUMENTED)
    for module in (crawls, images, runs, albums, searches, curation, status, exports):
        v1.include_router(module.router)
    app.include_router(v1)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.include_router(workshop.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    answer_with_problems(app)
    app.add_middleware(AnswerLimit, seconds=settings.answer_seconds)
    app.add_middleware(BodyLimit, size=settings.upload_bytes, flight=settings.flight_bytes)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(Watched)
    app.add_middleware(Heads)
    return app
