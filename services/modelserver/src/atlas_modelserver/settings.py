"""Settings of the model server: environment variables that begin with ATLAS_MODELSERVER_."""

from pathlib import Path
from typing import Annotated, Any, Literal

from atlas_common.settings import Address, ServeSettings
from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict


class ModelServerSettings(ServeSettings):
    """Which models are served, by what engine, and in which batches."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_MODELSERVER_")

    listen: Address = Field(default="127.0.0.1:8500", description="Address for gRPC, host:port or unix:/path")
    models: Path = Field(default=Path("models"), description="Folder with a folder for each model")
    names: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("inception_v3",), description="Models to serve, with commas between"
    )
    poll_seconds: float = Field(default=2, gt=0, description="Time between looks for new versions")
    engine: Literal["openvino", "null"] = Field(
        default="openvino", description="What computes; null answers zeros at once, for benchmarks"
    )
    threads: int = Field(default=0, ge=0, description="Cores that the engine uses; 0: all")
    batch_sizes: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(1, 2, 4, 8), description="Batch sizes that the engine is given, with commas between"
    )
    batch_timeout_seconds: float = Field(default=0.005, ge=0, description="Longest wait for a batch to fill")
    queue_batches: int = Field(default=100, ge=1, description="Batches that may wait before callers are refused")
    parallel_batches: int = Field(
        default=2, ge=1, description="Batches that the engine computes at once, each on its share of the cores"
    )

    @field_validator("names", "batch_sizes", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value
