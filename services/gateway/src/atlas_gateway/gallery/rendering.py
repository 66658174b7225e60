"""Templates, and how figures read on a page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.templating import Jinja2Templates

from atlas_gateway.gallery import charts
from atlas_gateway.parts import found

STATIC = Path(__file__).parent / "static"

Render = Callable[..., Response]


def load_templates() -> Jinja2Templates:
    environment = Environment(
        loader=PackageLoader("atlas_gateway.gallery"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "moment": moment,
        "duration": duration,
        "words": words,
        "percent": percent,
        "short": short,
    }
    environment.globals |= {
        "version": version("atlas-gateway"),
        "line": charts.line,
        "profile": charts.profile,
        "hills": charts.hills,
    }
    return Jinja2Templates(env=environment)


def render(request: Request, template: str, code: int = 200, **context: Any) -> Response:
    """The page that a template makes of `context`."""
    templates: Jinja2Templates = request.app.state.templates
    parts = found(request)
    atlas = parts.shelf.current if parts else None
    return templates.TemplateResponse(request, template, {"atlas": atlas, **context}, code)


def _render(request: Request) -> Render:
    return lambda template, **context: render(request, template, **context)


Show = Annotated[Render, Depends(_render)]


def number(value: float) -> str:
    """1234567 reads 1 234 567, with thin spaces; 0.12345 reads 0.123."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{value:.3g}"


def percent(share: float) -> str:
    return f"{share:.0%}"


def moment(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%d %H:%M UTC") if when else "–"


def duration(seconds: float) -> str:
    """125 reads 0:02:05."""
    return str(timedelta(seconds=round(seconds))) if seconds else "–"


def short(identifier: str) -> str:
    """The first characters, by which people tell runs apart; links carry the whole."""
    return identifier[:8]


def words(name: str) -> str:
    """`http_404` reads http 404."""
    return name.replace("_", " ")
