import json

import pytest
from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings
from atlas_common.unknown_settings import warn_of_unknown_settings


def warned_of(capsys: pytest.CaptureFixture[str], *variables: str) -> dict[str, str | None]:
    """The variables that a warning names, each with the name that it says is nearest."""
    configure_logs("crawler", LogSettings())
    warn_of_unknown_settings(variables)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {(line["event"], line["level"]) for line in lines} <= {("unknown_setting", "warning")}
    return {line["variable"]: line["nearest"] for line in lines}


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("ATLAS_EMBEDDING_MODEL_BACTH", "ATLAS_EMBEDDING_MODEL_BATCH"),
        ("ATLAS_EMBEDING_MODEL_BATCH", "ATLAS_EMBEDDING_MODEL_BATCH"),
        ("ATLAS_STORE_ACCESKEY", "ATLAS_STORE_ACCESS_KEY"),
        ("atlas_queue_tokn", "ATLAS_QUEUE_TOKEN"),
    ],
)
def test_a_misspelt_setting_is_named_with_what_was_meant(
    misspelt: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert warned_of(capsys, misspelt) == {misspelt: meant}


def test_what_is_like_no_setting_is_named_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert warned_of(capsys, "ATLAS_MOUNTAINS") == {"ATLAS_MOUNTAINS": None}


def test_settings_of_any_part_and_variables_of_others_are_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    ours = ("ATLAS_CRAWLER_LISTEN", "ATLAS_MODELSERVER_ENGINE", "ATLAS_GATEWAY_URL", "ATLAS_VERSION", "atlas_log_level")
    assert warned_of(capsys, *ours, "HOME", "MY_ATLAS") == {}
