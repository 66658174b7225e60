from traceback import format_exception

import pytest
from atlas_common.settings import InvalidSetting, LogSettings, StoreSettings


def test_a_value_that_makes_no_sense_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_STORE_CONNECTIONS", "0")
    monkeypatch.setenv("ATLAS_STORE_BUCKET", "a")
    with pytest.raises(InvalidSetting, match=r"ATLAS_STORE_BUCKET: .* 3 characters; ATLAS_STORE_CONNECTIONS: .* 1"):
        StoreSettings()


def test_a_value_that_makes_sense_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_LOG_LEVEL", "debug")
    assert LogSettings().level == "debug"


def test_a_refusal_tells_no_value_which_may_be_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_LOG_LEVEL", "swordfish")
    with pytest.raises(InvalidSetting) as caught:
        LogSettings()
    assert "swordfish" not in "".join(format_exception(caught.value))
