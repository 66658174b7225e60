"""The end of a process, in time even where a part keeps it waiting.

Nothing cancels a thread, and Python does not end before all of them have: a store that takes requests and never answers
holds each for minutes.
"""

import os
from threading import Timer

from atlas_common.logs import get_logger

CLOSING_SECONDS = 5.0
"""After the grace, for connections to be closed and for threads to come back."""
UNFINISHED = os.EX_TEMPFAIL
"""Exit code of a process that left work behind. It was not acknowledged: whoever takes it up does it again."""

log = get_logger(__name__)


def end_within(grace_seconds: float) -> None:
    """End the process with the code `UNFINISHED` unless it has ended `CLOSING_SECONDS` after its grace."""
    timer = Timer(grace_seconds + CLOSING_SECONDS, _leave, [grace_seconds + CLOSING_SECONDS])
    timer.daemon = True
    timer.start()


def _leave(seconds: float) -> None:
    log.error("ended_unfinished", seconds=seconds, exit_code=UNFINISHED)
    os._exit(UNFINISHED)
