from ipaddress import ip_network

import pytest
from atlas_crawler.web.addresses import AddressGuard, AddressRefused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "64:ff9b:1::7f00:1",
        "fec0::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    guard = AddressGuard([])
    assert not guard.allows(address)
    with pytest.raises(AddressRefused):
        guard.socket((0, 0, 0, "", (address, 80)))


def test_public_addresses_and_named_networks_are_allowed() -> None:
    assert AddressGuard([]).allows("1.1.1.1")
    assert AddressGuard([]).allows("2606:4700:4700::1111")
    assert AddressGuard([ip_network("127.0.0.0/8")]).allows("127.9.9.9")
