"""The fixtures' parts are real and work, and an application finds in them what it relies on."""

import pytest
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_laptop.probes import queue_works, store_works

pytestmark = pytest.mark.contract


async def test_a_store_keeps_what_it_is_given(s3: StoreSettings) -> None:
    await store_works(s3)


async def test_the_queue_acknowledges_a_message(nats: QueueSettings) -> None:
    await queue_works(nats)
