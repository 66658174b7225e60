"""Variables that are named like settings and are none: misspelt, most likely, and without effect."""

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.resources import files

from atlas_common.logs import get_logger

PREFIX = "ATLAS_"
ALIKE = 0.8

log = get_logger(__name__)


def warn_of_unknown_settings(variables: Iterable[str]) -> None:
    """Log the variables that belong to no part, each with the nearest name there is; never what they hold.

    A service sees the settings of all others, too, so what is known is listed here: `make docs` writes the list.
    """
    known = files("atlas_common").joinpath("known_settings.txt").read_text().split()
    for name in sorted(variables):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)
            log.warning("unknown_setting", variable=name, nearest=next(iter(nearest), None))
