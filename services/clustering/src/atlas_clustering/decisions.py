"""Decisions of people in the table `curation`, which the gateway writes."""

import json
from collections.abc import Iterable, Mapping, Set
from typing import Any

from atlas_common.schemas import CURATION
from atlas_common.tables import Tables

from atlas_clustering.rulings import Rulings, Split


class LanceDecisions:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def rulings(self) -> Rulings:
        """What the decisions that were not revoked come to."""
        rows = self._tables.open(CURATION).read().to_pylist()
        return rulings_of(sorted(rows, key=lambda row: (row["decided_at"], row["decision_id"])))


def rulings_of(decisions: Iterable[Mapping[str, Any]]) -> Rulings:
    """Rows of the table, the oldest first; of two decisions about one thing the later holds."""
    rows = [dict(row, arguments=json.loads(row["arguments"] or "{}")) for row in decisions]
    revoked = {row["arguments"].get("decision_id") for row in rows if row["kind"] == "revoke"}
    names: dict[str, str] = {}
    merges: dict[str, str] = {}
    splits: list[Split] = []
    pins: dict[str, str] = {}
    exclusions: dict[str, frozenset[str]] = {}
    for row in rows:
        album, arguments = row["album_id"], row["arguments"]
        if row["decision_id"] in revoked:
            continue
        match row["kind"]:
            case "name":
                names[album] = arguments["name"]
            case "merge":
                merges = _merged(merges, {*arguments["albums"]} - {album}, album)
            case "split":
                splits.append(Split(album, [frozenset(group) for group in arguments["groups"]]))
            case "pin":
                pins |= dict.fromkeys(arguments["images"], album)
                exclusions |= {
                    sticker: exclusions.get(sticker, frozenset()) - {album} for sticker in arguments["images"]
                }
            case "exclude":
                for sticker in arguments["images"]:
                    exclusions[sticker] = exclusions.get(sticker, frozenset()) | {album}
                    if pins.get(sticker) == album:
                        del pins[sticker]
    return Rulings(names, merges, splits, pins, exclusions)


def _merged(merges: Mapping[str, str], others: Set[str], album: str) -> dict[str, str]:
    """With others put into the album; if that was to end in one of them itself, it no longer goes anywhere."""
    way = [album]
    while way[-1] in merges:
        way.append(merges[way[-1]])
    kept = {one: into for one, into in merges.items() if one != album or others.isdisjoint(way)}
    return kept | dict.fromkeys(others, album)
