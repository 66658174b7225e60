"""Decisions of people: the append-only table `curation`."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from atlas_common.errors import Conflict, NotFound
from atlas_common.tables import Order, Table, equal

from atlas_gateway.atlas import Rulings, Split
from atlas_gateway.library.listing import Listing
from atlas_gateway.model.curation import Decision, NewDecision
from atlas_gateway.model.resource import Page

COLUMNS = ("decision_id", "kind", "album_id", "arguments", "decided_at")
NEWEST_FIRST = (Order("decided_at", descending=True), Order("decision_id"))


class Curation:
    """Records decisions, and tells which of them stand. All but `page` block."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._newest = Listing(table, NEWEST_FIRST, COLUMNS)

    def version(self) -> int:
        return self._table.version()

    def record(self, new: NewDecision) -> Decision:
        """Add a decision.

        Raises `NotFound` when it revokes one that nobody took, `Conflict` when it revokes a revoke.
        """
        arguments = new.model_dump(exclude={"kind", "album_id"})
        if new.kind == "revoke":
            self._require_revocable(new.decision_id)
        row = {
            "decision_id": uuid.uuid4().hex,
            "kind": new.kind,
            "album_id": getattr(new, "album_id", None),
            "arguments": json.dumps(arguments, ensure_ascii=False),
            "decided_at": datetime.now(UTC),
        }
        self._table.insert([row])
        return _decision(row)

    def _require_revocable(self, decision_id: str) -> None:
        kinds = self._table.read(["kind"], equal(decision_id=decision_id))["kind"].to_pylist()
        if not kinds:
            raise NotFound(f"there is no decision {decision_id}", reason="no_such_decision")
        if kinds == ["revoke"]:
            raise Conflict(f"{decision_id} is a revoke: take the decision anew that it took back", reason="is_a_revoke")

    async def page(self, limit: int, cursor: str, revokes: bool = True) -> Page[Decision]:
        """Decisions, the newest first, with or without those that took others back."""
        rows, next_cursor = await self._newest.page([] if revokes else ["kind != 'revoke'"], limit, cursor)
        return Page(items=[_decision(row) for row in rows], next_cursor=next_cursor)

    def revoked(self) -> frozenset[str]:
        """Ids of the decisions that were taken back."""
        revokes = self._table.read(["arguments"], equal(kind="revoke"))["arguments"].to_pylist()
        return frozenset(json.loads(arguments)["decision_id"] for arguments in revokes)

    def rulings(self, removed: frozenset[str]) -> Rulings:
        """What the decisions that stand come to, with the stickers `removed` by takedowns."""
        decisions = [_decision(row) for row in self._table.read(COLUMNS).to_pylist()]
        revoked = {decision.arguments["decision_id"] for decision in decisions if decision.kind == "revoke"}
        names: dict[str, str] = {}
        hidden: set[str] = set()
        excluded: set[tuple[str, str]] = set()
        splits: list[Split] = []
        for decision in sorted(decisions, key=lambda decision: decision.decided_at):
            if decision.album_id is None or decision.decision_id in revoked:
                continue
            album_id, arguments = decision.album_id, decision.arguments
            match decision.kind:
                case "name":
                    names[album_id] = arguments["name"]
                case "hide":
                    hidden.add(album_id)
                case "split":
                    splits.append(Split(decision.decision_id, album_id, arguments["groups"]))
                case "exclude":
                    excluded |= {(album_id, image) for image in arguments["images"]}
                case "pin":
                    excluded -= {(album_id, image) for image in arguments["images"]}
        return Rulings(names, frozenset(hidden), frozenset(excluded), removed, splits)


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(**(row | {"arguments": json.loads(row["arguments"] or "{}")}))
