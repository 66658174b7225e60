"""Jobs: the links of one host that travel in one message of the queue."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from atlas_crawler.model import Known, Link, LinkKind, Task, Validators


@dataclass(frozen=True, slots=True)
class Job:
    crawl_id: str
    tasks: tuple[Task, ...]

    def encode(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Job":
        job = json.loads(data)
        return cls(job["crawl_id"], tuple(map(_task, job["tasks"])))


def _task(fields: dict[str, Any]) -> Task:
    link, known = fields.pop("link"), fields.pop("known")
    return Task(
        Link(**link | {"kind": LinkKind(link["kind"])}),
        known=known and Known(known["sha256"], Validators(**known["validators"])),
        **fields,
    )
