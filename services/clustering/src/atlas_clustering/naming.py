"""Names suggested for albums: the word that their stickers were seen with, and other stickers were not."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

CLEAR = 0.3
"""The least agreement (F1) of a word's stickers with an album's for it to name the album."""
LONGEST = 4
"""Characters of a Chinese word at most."""
KEPT_WORDS = 2_000
"""Words counted for an album; the rarest make room for new ones."""

_WORD = re.compile(r"[^\W\d_][^\W_]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_HASH = re.compile(r"[0-9a-f]{16,}")
_ENDINGS = frozenset({"gif", "jpeg", "jpg", "png", "webp"})


def suggested(seen: Iterable[tuple[str, str]], albums: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A name for each album that has a clear one, no two the same.

    seen: stickers, and a text that each was seen with. albums: the stickers of each. A word agrees with an album by the
    harmonic mean of how many of the album's texts hold it, and how many of the texts that hold it are the album's
    (C. J. van Rijsbergen, "Information Retrieval", 1979).
    """
    album_of = {sticker: album for album, stickers in albums.items() for sticker in stickers}
    texts: Counter[str] = Counter()
    everywhere: Counter[str] = Counter()
    inside: dict[str, Counter[str]] = {album: Counter() for album in albums}
    for sticker, text in seen:
        if (album := album_of.get(sticker)) is not None:
            found = words(text)
            texts[album] += 1
            everywhere.update(found)
            inside[album].update(found)
            if len(inside[album]) > 2 * KEPT_WORDS:
                inside[album] = Counter(dict(inside[album].most_common(KEPT_WORDS)))
    ranked = sorted(
        (-2 * count / (texts[album] + everywhere[word]), -len(word), word, album)
        for album, counts in inside.items()
        for word, count in counts.items()
    )
    return _distinct((album, word) for agreement, _, word, album in ranked if -agreement >= CLEAR)


def words(text: str) -> frozenset[str]:
    """The words of a text in lower case; of Chinese, which has no spaces, each run of 2 to 4 characters."""
    lower = text.lower()
    chinese = {
        run[start : start + length]
        for run in _CHINESE.findall(lower)
        for length in range(2, LONGEST + 1)
        for start in range(len(run) - length + 1)
    }
    others = {word for word in _WORD.findall(_CHINESE.sub(" ", lower)) if not _HASH.fullmatch(word)}
    return frozenset(chinese | others - _ENDINGS)


def _distinct(ranked: Iterator[tuple[str, str]]) -> dict[str, str]:
    names: dict[str, str] = {}
    taken: set[str] = set()
    for album, word in ranked:
        if album not in names and word not in taken:
            names[album] = word
            taken.add(word)
    return names
