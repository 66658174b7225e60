"""docs/hostile.md says what the tests prove, no more and no less."""

import re
from pathlib import Path

from .hostile_pictures import HOSTILE
from .hostile_web import ENDS

PAGE = Path(__file__).parents[3] / "docs/hostile.md"
ROW = re.compile(r"^\| (.+) \| `(\w+)` \|$", re.MULTILINE)


def test_the_page_lists_every_hostile_input_and_what_it_ends_as() -> None:
    pictures = [(name, end) for name, (_, end) in HOSTILE.items()]
    assert ROW.findall(PAGE.read_text()) == [*ENDS.items(), *pictures]
