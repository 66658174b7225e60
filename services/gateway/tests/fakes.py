"""A bucket in memory, a bulletin that nobody reads, and eyes for pictures."""

from atlas_common.errors import InvalidInput, NotFound


def look_at(content: bytes) -> None:
    """As the crawler and embedding do, which take no text for a picture."""
    if content.startswith(b"text"):
        raise InvalidInput("this is no picture", reason="not_an_image")


class Bucket:
    """Objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound(f"{key} is not in the store")
        return self.objects[key]

    async def remove(self, key: str) -> None:
        self.objects.pop(key, None)


class Bulletin:
    """Counts announcements."""

    def __init__(self) -> None:
        self.announced = 0

    async def announce(self) -> None:
        self.announced += 1
