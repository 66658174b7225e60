import json
import logging

import pytest
from atlas_common.logs import configure_logs, get_logger
from atlas_common.settings import LogSettings


def test_a_log_line_is_json_with_the_service_and_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("crawler", LogSettings(level="info", format="json"))
    get_logger("crawl").info("image_stored", sha256="ab")
    get_logger("crawl").debug("not_written")
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "image_stored"
    assert (line["service"], line["level"], line["sha256"]) == ("crawler", "info", "ab")


def test_a_library_s_warning_comes_in_the_same_format(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("crawler", LogSettings(level="info", format="json"))
    logging.getLogger("somelib").warning("careful")
    assert json.loads(capsys.readouterr().err)["event"] == "careful"


def test_a_traceback_for_people_tells_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("crawler", LogSettings(level="info", format="console"))

    def log_in(token: str) -> None:
        raise ValueError("refused")

    try:
        log_in("".join(["swo", "rdfish"]))
    except ValueError:
        get_logger("crawl").exception("login_failed")
    written = capsys.readouterr().err
    assert "ValueError: refused" in written
    assert "swordfish" not in written
