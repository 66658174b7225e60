"""`python -m atlas_crawler`: the crawler."""

import uvloop
from atlas_common.begin import begin

from atlas_crawler.server import Settings, run


def main() -> None:
    with begin("crawler"):
        uvloop.run(run(Settings()))


if __name__ == "__main__":
    main()
