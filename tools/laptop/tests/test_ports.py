from pathlib import Path

import pytest
from atlas_laptop.ports import Ports

pytestmark = pytest.mark.enable_socket


def test_two_installations_never_get_the_same_port(tmp_path: Path) -> None:
    with Ports(tmp_path) as one, Ports(tmp_path) as other:
        usual = one.claim(28_080)
        assert other.claim(usual) != usual


def test_a_port_given_back_can_be_claimed_again(tmp_path: Path) -> None:
    with Ports(tmp_path) as one:
        usual = one.claim(28_080)
    with Ports(tmp_path) as other:
        assert other.claim(usual) == usual
