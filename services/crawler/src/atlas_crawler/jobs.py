"""Jobs: the links of one host that travel in one message of the queue."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from atlas_crawler.model.links import Task

REST_SECONDS = 5.0
"""A job whose host wants to be left alone keeps its place this long, then goes to the end."""


@dataclass(frozen=True, slots=True)
class Job:
    """Tries at links of one crawl and one lane."""

    crawl_id: str
    tasks: tuple[Task, ...]

    def encode(self) -> bytes:
        """As JSON."""
        return JOBS.dump_json(self)

    @classmethod
    def decode(cls, data: bytes) -> "Job":
        return JOBS.validate_json(data)


JOBS = TypeAdapter(Job)
