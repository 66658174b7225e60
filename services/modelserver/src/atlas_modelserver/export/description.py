"""What is written beside a SavedModel to say what it is: `model.json`."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PREPROCESSING = "p2"
"""Names how a picture becomes a tensor before the model sees it (docs/models.md); another way gets another name."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """A model and what its features depend on.

    name: names the features' table. weights, origin, licence: whose weights they are. digest: SHA-256 of the weights.
    outputs: dimensions of each output's vector.
    """

    name: str
    weights: str
    origin: str
    licence: str
    preprocessing: str
    digest: str
    outputs: dict[str, int]

    @property
    def identity(self) -> str:
        """Name and digest in one. The SavedModel has a signature of this name, so that a client can check it."""
        return f"{self.name}@{self.digest[:12]}"

    def write(self, folder: Path) -> None:
        content = {**dataclasses.asdict(self), "identity": self.identity}
        (folder / "model.json").write_text(json.dumps(content, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The description in `folder`; None for a SavedModel from elsewhere, which has none."""
        if not (folder / "model.json").exists():
            return None
        content = json.loads((folder / "model.json").read_text())
        return cls(**{field.name: content[field.name] for field in dataclasses.fields(cls)})
