"""Settings of the embedding service; all of them are environment variables."""

from atlas_common.settings import Address, EnvironmentSettings, ServeSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class EmbeddingSettings(ServeSettings):
    """Where the embedding service listens."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_EMBEDDING_")

    listen: Address = Field("127.0.0.1:7102", description="Address for gRPC, host:port or unix:/path")


class ModelSettings(EnvironmentSettings):
    """The model that embeds, and the TensorFlow Serving that runs it."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_EMBEDDING_MODEL_")

    server: str = Field("127.0.0.1:8500", description="Address of TensorFlow Serving, host:port or unix:/path")
    name: str = Field("inception_v3", description="Name that the model is served under")
    version: int = Field(0, ge=0, description="Version to use; 0: the newest when the service starts")
    digest: str = Field("", pattern="^[0-9a-f]*$", description="First digits that the weights' SHA-256 must have")
    outputs: list[str] = Field([], description="Outputs to keep, as a JSON list; empty: all of them")
    predict_seconds: float = Field(60, gt=0, description="Deadline of a prediction, its retries included")
    batch: int = Field(32, ge=1, description="Most frames a prediction; the server's largest allowed batch size")
    batch_seconds: float = Field(0.05, ge=0, description="How long a frame waits for others to fill its batch")
    in_flight: int = Field(3, ge=1, description="Predictions under way at once")


class PictureSettings(EnvironmentSettings):
    """How pictures are decoded."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_EMBEDDING_PICTURE_")

    workers: int = Field(2, ge=1, description="Processes that decode")
    seconds: float = Field(20, gt=0, description="A picture that takes longer is given up and its process ended")
    max_pixels: int = Field(50_000_000, ge=1, description="Pictures with more pixels a frame are refused")
    max_frames: int = Field(2_000, ge=1, description="Frames after this one are left out")
    thumbnail_side: int = Field(
        192, ge=16, le=299, description="Longest side of a thumbnail in pixels; JPEGs are decoded no larger than 299"
    )
    thumbnail_bytes: int = Field(
        32_768, ge=0, description="A sticker of no more bytes, and no longer sides, is its own thumbnail"
    )
    animated_pixels: int = Field(250_000, ge=0, description="Thumbnails of animations with more pixels stand still")


class PipelineSettings(EnvironmentSettings):
    """How much is under way at once."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_EMBEDDING_PIPELINE_")

    lane: str = Field(
        "image",
        pattern="^[a-z0-9_-]+$",
        description="Lane of the queue: image for new stickers, another name to embed all anew with another model",
    )
    in_flight: int = Field(192, ge=1, description="Pictures between the queue and the network at once")
    flight_bytes: int = Field(
        268_435_456, ge=1, description="Bytes of pictures held in memory before getting more waits"
    )
    rows: int = Field(1024, ge=1, description="Most rows an insert")
    rows_seconds: float = Field(2, gt=0, description="How long a row waits for others to fill its insert")
    attempts: int = Field(4, ge=1, description="Tries after which a picture that keeps failing is given up")
    reconcile_seconds: float = Field(300, gt=0, description="Pause between two searches for forgotten pictures")
