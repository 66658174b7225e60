from pathlib import Path

import pytest
from atlas_cli.connection import Gateway, GatewayError
from atlas_cli.gateway import DEFAULT_URL, find_gateway


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "atlas.env"
    file.write_text("ATLAS_GATEWAY_URL=http://file\nATLAS_GATEWAY_TOKEN=from-file\n")
    assert find_gateway({}, file) == Gateway("http://file", "from-file")
    assert find_gateway({"ATLAS_GATEWAY_TOKEN": "from-env"}, file) == Gateway("http://file", "from-env")


def test_a_gateway_is_not_sent_the_token_of_another(tmp_path: Path) -> None:
    file = tmp_path / "atlas.env"
    file.write_text("ATLAS_GATEWAY_URL=http://file\nATLAS_GATEWAY_TOKEN=from-file\n")
    assert find_gateway({"ATLAS_GATEWAY_URL": "http://env"}, file) == Gateway("http://env", "")


@pytest.mark.parametrize("url", ["gateway", "ftp://gateway", "http://", "", "http://a b", "http://host:port"])
def test_an_address_that_is_none_is_refused_by_its_name(tmp_path: Path, url: str) -> None:
    with pytest.raises(GatewayError, match="ATLAS_GATEWAY_URL"):
        find_gateway({"ATLAS_GATEWAY_URL": url}, tmp_path / "missing")


@pytest.mark.parametrize("token", ["two words", "wröng", "one\n"])
def test_a_token_that_can_be_none_is_refused_by_its_name(tmp_path: Path, token: str) -> None:
    with pytest.raises(GatewayError, match="ATLAS_GATEWAY_TOKEN"):
        find_gateway({"ATLAS_GATEWAY_TOKEN": token}, tmp_path / "missing")


def test_without_either_it_is_at_its_usual_address(tmp_path: Path) -> None:
    assert find_gateway({}, tmp_path / "missing") == Gateway(DEFAULT_URL, "")
