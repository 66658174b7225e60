import json

import pytest
from atlas_common.begin import begin
from atlas_common.errors import Unavailable


def test_a_service_that_can_not_go_on_says_why_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, begin("crawler"):
        raise Unavailable("the store does not answer")
    line = json.loads(capsys.readouterr().err)
    assert (line["service"], line["reason"], line["error"]) == ("crawler", "unavailable", "the store does not answer")
    assert ended.value.code == 1


def test_a_service_does_not_begin_with_a_setting_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_TRACE_RATIO", "7")
    with pytest.raises(SystemExit), begin("crawler"):
        pytest.fail("it began")


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), begin("crawler"):
        raise ZeroDivisionError
