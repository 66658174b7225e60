"""The whole system with every part real, and pictures drawn for it."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from atlas_cli.client import AtlasClient
from atlas_cli.gateway import find_gateway
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.ports import Ports
from atlas_laptop.supervisor import Supervisor
from PIL import Image, ImageDraw

SIDE = 120

Draw = Callable[[ImageDraw.ImageDraw, random.Random], None]


def stripes(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for x in range(chance.randrange(12), SIDE, 24):
        draw.rectangle((x, 0, x + 11, SIDE), fill=(chance.randrange(60), chance.randrange(60), chance.randrange(60)))


def balls(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for _ in range(5):
        x, y = chance.randrange(SIDE - 40), chance.randrange(SIDE - 40)
        draw.ellipse((x, y, x + 40, y + 40), fill=(230, chance.randrange(60), 40))


def text(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for y in range(4, SIDE, 14):
        draw.text((4, y), "".join(chance.choices("abcdefgh mnopq", k=18)), fill="navy")


SERIES: Mapping[str, Draw] = {"stripes": stripes, "balls": balls, "text": text}


def _draw(series: str, seed: object) -> Image.Image:
    """A transparent picture of a series; the same seed draws the same picture."""
    image = Image.new("RGBA", (SIDE, SIDE))
    SERIES[series](ImageDraw.Draw(image), random.Random(f"{series} {seed}"))
    return image


@dataclass(frozen=True)
class System:
    """A running installation, the supervisor that keeps it so, and a client that may write."""

    installation: Installation
    supervisor: Supervisor
    client: AtlasClient


@pytest.fixture(scope="session")
def draw() -> Callable[[str, object], Image.Image]:
    """Draws a picture of a series; the same seed draws the same picture."""
    return _draw


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures of the tests' web sites are; the crawler may read it as a folder, too."""
    return tmp_path_factory.mktemp("site")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory, site_folder: Path) -> AsyncIterator[System]:
    data = tmp_path_factory.mktemp("data")
    settings = {
        "ATLAS_CRAWLER_ALLOW_NETWORKS": "127.0.0.0/8",
        "ATLAS_CRAWLER_FOLDERS": str(site_folder),
        "ATLAS_EMBEDDING_PIPELINE_RECONCILE_SECONDS": "5",
    }
    with Ports() as ports, installed(data, print, settings | measured(ports)) as installation:
        supervisor = Supervisor(parts(installation), installation.surroundings, data / "logs", print)
        gateway = find_gateway(installation.environment, data / "atlas.env")
        async with supervisor, AtlasClient(gateway) as client:
            yield System(installation, supervisor, client)


def measured(ports: Ports) -> dict[str, str]:
    """Where each service shows its metrics; the gateway does so where it listens."""
    services = ("modelserver", "crawler", "embedding", "clustering")
    return {f"ATLAS_{name.upper()}_METRICS_LISTEN": f"127.0.0.1:{ports.claim(9100)}" for name in services}


@pytest.fixture
def atlas(system: System) -> AtlasClient:
    return system.client
