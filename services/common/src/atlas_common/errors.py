"""What can go wrong, said once.

AtlasError
├── InvalidInput        the caller must change the request
├── NotFound            no such thing
├── Conflict            the thing is in a state that forbids this
├── NotPermitted        the caller may not do this
├── Unavailable         a part does not answer; trying again later may help
└── BrokenInvariant     a defect, ours or of a part we rely on

Use cases raise these. `interceptors` turns them into gRPC statuses, the gateway into problem+json: one place each.
"""


class AtlasError(Exception):
    """Base of every error that the project raises on purpose.

    `reason` is a short constant in snake_case that people can filter and count by; the message says what happened and
    what to do about it.
    """

    reason = "error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or type(self).reason


class InvalidInput(AtlasError):
    reason = "invalid_input"


class NotFound(AtlasError):
    reason = "not_found"


class Conflict(AtlasError):
    reason = "conflict"


class NotPermitted(AtlasError):
    reason = "not_permitted"


class Unavailable(AtlasError):
    reason = "unavailable"


class BrokenInvariant(AtlasError):
    reason = "broken_invariant"
