"""Jobs: the links of one host that travel in one message of the queue."""

from dataclasses import dataclass

from atlas_common.errors import AtlasError
from pydantic import TypeAdapter, ValidationError

from atlas_crawler.model.links import Task

REST_SECONDS = 5.0
"""A job whose host wants to be left alone keeps its place this long, then goes to the end."""


class NoJob(AtlasError):
    reason = "no_job"


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
        """Raises `NoJob`."""
        try:
            return JOBS.validate_json(data)
        except ValidationError as error:
            raise NoJob(f"a message that is no job: {error}") from error


JOBS = TypeAdapter(Job)
