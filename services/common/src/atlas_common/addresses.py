"""Addresses on the web: one spelling for each, and what lies at some of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from yarl import URL


def canonical(address: str) -> str:
    """One spelling for one address: host in lower case, no default port, `/` for no path, escapes where needed.

    Raises `ValueError`.
    """
    url = _parsed(address)
    if url.absolute:
        url = url.with_path(url.raw_path, encoded=True, keep_query=True, keep_fragment=True)
    return str(url)


def host_of(address: str) -> str:
    """The host that an address names, in the letters of its name on the wire; empty where it names none."""
    try:
        return (_parsed(address).raw_host or "").lower().rstrip(".")
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Places:
    """Some addresses, and some sites with all that lies on them and on their subdomains."""

    addresses: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()

    @classmethod
    def named(cls, addresses: Iterable[str] = (), sites: Iterable[str] = ()) -> Self:
        """However the addresses and the sites, which are names of hosts, are spelt."""
        hosts = frozenset(host_of(f"http://{site}") for site in sites)
        return cls(frozenset(map(_spelt, addresses)), hosts - {""})

    def cover(self, address: str) -> bool:
        return (bool(self.addresses) and _spelt(address) in self.addresses) or self._on_a_site(address)

    def _on_a_site(self, address: str) -> bool:
        if not self.sites:
            return False
        labels = host_of(address).split(".")
        return any(".".join(labels[start:]) in self.sites for start in range(len(labels)))


def _parsed(address: str) -> URL:
    try:
        return URL(address)
    except IndexError:  # of brackets around no host
        raise ValueError(f"{address!r} names no host") from None


def _spelt(address: str) -> str:
    try:
        return canonical(address)
    except ValueError:  # in a list that somebody gave; it names what it names
        return address
