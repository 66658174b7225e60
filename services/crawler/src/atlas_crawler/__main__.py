"""`python -m atlas_crawler`: the crawler."""

import os

import uvloop
from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces
from atlas_common.unknown_settings import warn_of_unknown_settings

from atlas_crawler.server import Settings, run


def main() -> None:
    configure_logs("crawler", LogSettings())
    warn_of_unknown_settings(os.environ)
    configure_traces("crawler", TraceSettings())
    uvloop.run(run(Settings()))


if __name__ == "__main__":
    main()
