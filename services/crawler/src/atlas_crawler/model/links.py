"""Links, and the tries at them."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

LONGEST_TITLE = 1000
SURROGATE = re.compile("[\ud800-\udfff]")


class LinkKind(StrEnum):
    PAGE = "page"  # to be read for more links
    IMAGE = "image"  # to be fetched
    PART = "part"  # an image inside its page (a member of an archive), stored while the page is read


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a crawl has accepted, and where it was found."""

    url: str
    kind: LinkKind
    page_url: str = ""
    title: str = ""
    author: str = ""
    depth: int = 0

    def storable(self) -> "Link":
        """With no halves of surrogate pairs, which JSON lets pass, and no title that is longer than one may be."""
        texts = (self.url, self.page_url, self.title[:LONGEST_TITLE], self.author[:LONGEST_TITLE])
        url, page_url, title, author = (SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text) for text in texts)
        return replace(self, url=url, page_url=page_url, title=title, author=author)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a crawl made of links: those that it did not know yet, and the addresses of those beyond its limits."""

    fresh: list[Link]
    refused: frozenset[str]


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask later whether something has changed."""

    etag: str = ""
    last_modified: str = ""


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier crawl found at an address."""

    sha256: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class Task:
    """One try at a link. `at` is where redirects have led so far; `hops` counts them."""

    link: Link
    at: str
    hops: int = 0
    attempt: int = 1
    known: Known | None = None

    @classmethod
    def first(cls, link: Link, known: Known | None = None) -> "Task":
        return cls(link, link.url, known=known)

    def moved(self, to: str) -> "Task":
        return replace(self, at=to, hops=self.hops + 1)

    def again(self) -> "Task":
        return replace(self, attempt=self.attempt + 1)
