"""A bucket in memory, and a bulletin that nobody reads."""

from atlas_common.errors import NotFound


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
