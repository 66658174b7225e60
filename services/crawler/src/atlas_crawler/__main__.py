"""Run the crawler: python -m atlas_crawler"""

import uvloop
from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings

from atlas_crawler.server import Settings, run


def main() -> None:
    configure_logs("crawler", LogSettings())  # type: ignore[call-arg]
    uvloop.run(run(Settings()))


if __name__ == "__main__":
    main()
