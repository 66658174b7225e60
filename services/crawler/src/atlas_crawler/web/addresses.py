"""Which addresses may be connected to: public ones, and private networks that the settings name.

The check is made on the socket about to connect, after name resolution, so that a name that resolves differently a
moment later (DNS rebinding) or a redirect to a private address meets it too.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

NAT64 = ip_network("64:ff9b::/96")
IPV6_UNICAST = ip_network("2000::/3")
"""All of IPv6 that is given out (RFC 4291); `is_global` also lets pass what was once meant for sites or for IPv4."""


class AddressRefused(OSError):
    TEXT = "this address is not public"


class AddressGuard:
    def __init__(self, allowed: Sequence[IPv4Network | IPv6Network]) -> None:
        self._allowed = allowed

    def allows(self, address: str) -> bool:
        found = _embedded(ip_address(address.partition("%")[0]))
        given_out = found.version == 4 or found in IPV6_UNICAST
        public = given_out and found.is_global and not found.is_multicast
        return public or any(found in network for network in self._allowed)

    def socket(self, info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        """The socket to connect to an address with. Raises `AddressRefused`."""
        family, kind, protocol, _, address = info
        if not self.allows(str(address[0])):
            raise AddressRefused(AddressRefused.TEXT)
        return socket.socket(family, kind, protocol)


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one that stands for it (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
