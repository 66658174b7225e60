"""What can go wrong on a laptop, said so that the person in front of it can act."""


class LaptopError(Exception):
    """Base of every error below; its text is shown to the user as it is."""


class PartMissing(LaptopError):
    """A program that a part needs is neither on PATH nor in a package."""


class BuildFailed(LaptopError):
    """A part could not be built from its source."""


class PartNotReady(LaptopError):
    """A part did not do its work within the time allowed."""


class FolderInUse(LaptopError):
    """Another installation runs on the same data folder."""


class DemoFailed(LaptopError):
    """The system did not do what the demo shows."""
