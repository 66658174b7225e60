"""What every command of this package does alike: prints for people, and ends with a code for scripts."""

import asyncio
import sys
from collections.abc import Callable, Coroutine

from atlas_cli.connection import GatewayError
from atlas_common.errors import AtlasError
from rich.console import Console

from atlas_laptop.errors import LaptopError
from atlas_laptop.stopping import cancel_on_signals

Command = Callable[[Console], Coroutine[None, None, None]]


def run(command: Command) -> None:
    """Runs the command; ends with 1 and a sentence where it failed, with 130 where a signal broke it off."""
    try:
        asyncio.run(_run(command))
    except (AtlasError, GatewayError, LaptopError) as error:
        sys.exit(str(error))
    except asyncio.CancelledError:
        sys.exit(130)


async def _run(command: Command) -> None:
    cancel_on_signals()
    await command(Console(highlight=False, markup=False, soft_wrap=True))
