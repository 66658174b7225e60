"""`make docs`: writes docs/configuration.md's tables, .env.example and the list of known names from the settings."""

import re
from collections.abc import Iterator
from pathlib import Path

from atlas_ops.settings import Group, groups

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs/configuration.md"
EXAMPLE = ROOT / ".env.example"
KNOWN = ROOT / "services/common/src/atlas_common/known_settings.txt"
TABLES = re.compile(r"(?<=<!-- tables: make docs -->\n).*(?=<!-- end of tables -->)", re.DOTALL)

COMPOSE = """\
# Settings for docker compose: copy to .env and uncomment what you change. docs/configuration.md explains.
# Written by make docs.

# -- docker compose itself
# Address that the gateway is published on
#ATLAS_GATEWAY_PUBLISH=127.0.0.1:8080
# Tag of the images that the project builds
#ATLAS_VERSION=dev
# Cores that TensorFlow Serving and clustering may use, each
#ATLAS_CPUS=2
# Weights of the model: auto, imagenet, nsfwjs
#ATLAS_MODEL_WEIGHTS=auto

# -- the atlas command
# Address of the gateway
#ATLAS_GATEWAY_URL=http://127.0.0.1:8080
"""


def page(current: str, found: list[Group]) -> str:
    """The page with its tables written anew."""
    tables = "".join(_table(group) for group in found)
    return TABLES.sub(lambda _: f"\n{tables}", current)


def example(found: list[Group]) -> str:
    return COMPOSE + "".join(_lines(group) for group in found)


def known(example: str) -> str:
    """Every variable that the example lists, one a line."""
    return "".join(f"{name}\n" for name in sorted(re.findall(r"^#(ATLAS_\w+)=", example, re.MULTILINE)))


def _table(group: Group) -> str:
    rows = "".join(
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} | {setting.description} |\n"
        for setting in group.settings
    )
    return f"### {_owner(group)}: {group.title}\n\n| variable | default | meaning |\n|---|---|---|\n{rows}\n"


def _lines(group: Group) -> str:
    def lines() -> Iterator[str]:
        yield f"\n# -- {_owner(group)}: {group.title}\n"
        for setting in group.settings:
            yield f"# {setting.description}\n#{setting.name}={setting.default}\n"

    return "".join(lines())


def _owner(group: Group) -> str:
    package = group.package.removeprefix("atlas_")
    return "every service" if package == "common" else package


def main() -> None:
    found = groups()
    PAGE.write_text(page(PAGE.read_text(), found))
    EXAMPLE.write_text(example(found))
    KNOWN.write_text(known(example(found)))


if __name__ == "__main__":
    main()
