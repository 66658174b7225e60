"""`python -m atlas_gateway`: the gateway."""

import asyncio

from atlas_common.begin import begin

from atlas_gateway.server import Settings, run


def main() -> None:
    with begin("gateway"):
        asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
