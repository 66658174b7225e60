"""What is raised where a link is not had at once."""

from atlas_common.errors import AtlasError

from atlas_crawler.model.links import Known


class LinkFailed(AtlasError):
    """A link that cannot be had. `retry`: another try may go better, after `wait` seconds where the host said so."""

    def __init__(self, reason: str, message: str = "", *, retry: bool = False, wait: float = 0) -> None:
        super().__init__(message or reason, reason=reason)
        self.retry = retry
        self.wait = wait


def too_large(most: int) -> LinkFailed:
    """The failure of what has more than `most` bytes."""
    return LinkFailed("too_large", f"more than {most} bytes")


class NotYet(Exception):
    """The host wants to be left alone for another `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not for another {seconds:.0f} s")
        self.seconds = seconds


class NotModified(Exception):
    """What was asked for is still what is known."""

    def __init__(self, known: Known) -> None:
        super().__init__(known.sha256)
        self.known = known


class Moved(Exception):
    """What was asked for is elsewhere; `to` is absolute."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to
