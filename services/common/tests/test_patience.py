from contextlib import AsyncExitStack

import pytest
from atlas_common import patience
from atlas_common.errors import BrokenInvariant, Unavailable
from atlas_common.settings import ServeSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServeSettings):
    model_config = SettingsConfigDict(env_prefix="ATLAS_TEST_")

    listen: str = "unix:/nowhere"


class Parts:
    """A store that opens, and a queue that answers at the third call; what was closed, in order."""

    def __init__(self) -> None:
        self.calls = 0
        self.closed: list[int] = []

    async def make(self, stack: AsyncExitStack) -> str:
        self.calls += 1
        stack.callback(self.closed.append, self.calls)
        if self.calls < 3:
            raise Unavailable("no queue answers")
        return "service"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0)


async def test_what_is_made_at_last_is_closed_in_the_end_and_each_vain_try_at_once() -> None:
    parts = Parts()
    async with AsyncExitStack() as stack:
        assert await patience.patiently(parts.make, stack, Settings(), 60) == "service"
        assert parts.closed == [1, 2]
    assert parts.closed == [1, 2, 3]


async def test_patience_ends_with_the_reason_and_the_setting_to_change() -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(Unavailable, match=r"no queue answers .*ATLAS_TEST_START_SECONDS"):
            await patience.patiently(Parts().make, stack, Settings(), -1)


async def test_a_defect_is_not_waited_out() -> None:
    async def make(_: AsyncExitStack) -> None:
        raise BrokenInvariant("this store ignores conditional writes")

    async with AsyncExitStack() as stack:
        with pytest.raises(BrokenInvariant):
            await patience.patiently(make, stack, Settings(), 60)
