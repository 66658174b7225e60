from pathlib import Path

from atlas_cli.connection import Gateway
from atlas_cli.gateway import DEFAULT_URL, find_gateway


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "atlas.env"
    file.write_text("ATLAS_GATEWAY_URL=http://file\nATLAS_GATEWAY_TOKEN=from-file\n")
    assert find_gateway({"ATLAS_GATEWAY_URL": "http://env"}, file) == Gateway("http://env", "from-file")


def test_without_either_it_is_at_its_usual_address(tmp_path: Path) -> None:
    assert find_gateway({}, tmp_path / "missing") == Gateway(DEFAULT_URL, "")
