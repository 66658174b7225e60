"""Variables that are named like settings and are none: misspelt, most likely, and without effect."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.resources import files

from atlas_common.logs import get_logger

PREFIX = "ATLAS_"
ALIKE = 0.8

log = get_logger(__name__)


def warn_of_unknown_settings(variables: Iterable[str]) -> None:
    """Log the variables that belong to no part, each with the nearest name there is; never what they hold."""
    for name, nearest in unknown_settings(variables):
        log.warning("unknown_setting", variable=name, nearest=nearest)


def unknown_settings(variables: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """The variables that belong to no part, each with the nearest name there is, if any is near.

    A service sees the settings of all others, too, so what is known is listed: `make docs` writes the list.
    """
    known = files("atlas_common").joinpath("known_settings.txt").read_text().split()
    for name in sorted(variables):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            yield name, next(iter(get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)), None)
