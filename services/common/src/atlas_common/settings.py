"""Settings that more than one service reads; all of them are environment variables."""

from typing import Annotated, Self

from pydantic import Field, ModelWrapValidatorHandler, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from atlas_common.errors import InvalidInput

HostPort = Annotated[str, StringConstraints(pattern=r":\d+$")]
Address = Annotated[str, StringConstraints(pattern=r"^unix:.|:\d+$")]


class InvalidSetting(InvalidInput):
    reason = "invalid_setting"


class EnvironmentSettings(BaseSettings):
    """Settings that name the variable where a value makes no sense. Raise `InvalidSetting`."""

    @model_validator(mode="wrap")
    @classmethod
    def _naming_variables(cls, values: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return validate(values)
        except ValidationError as error:
            prefix = cls.model_config["env_prefix"]
            wrong = (f"{prefix}{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
            raise InvalidSetting("; ".join(wrong)) from None  # whose text holds the values, which may be secrets


class StoreSettings(EnvironmentSettings):
    """Where objects and tables live: one bucket of an S3 endpoint."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_STORE_")

    endpoint: str = Field("http://127.0.0.1:9000", description="URL of the S3 endpoint")
    region: str = Field("us-east-1", description="Region to sign requests for")
    bucket: str = Field("atlas", min_length=3, description="Bucket that holds everything; made when it is missing")
    access_key: SecretStr = Field(SecretStr(""), description="S3 access key")
    secret_key: SecretStr = Field(SecretStr(""), description="S3 secret key")
    connections: int = Field(32, ge=1, description="Connections kept open to the endpoint")


class TableSettings(EnvironmentSettings):
    """How each service keeps the tables that it writes in good order."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_TABLES_")

    tidy_seconds: float = Field(3600, gt=0, description="Pause between joining small files and dropping old versions")
    keep_seconds: float = Field(604_800, gt=0, description="Age at which versions are dropped that no run is reading")


class QueueSettings(EnvironmentSettings):
    """How to reach NATS JetStream."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_QUEUE_")

    url: str = Field("nats://127.0.0.1:4222", description="URL of the NATS server, or several with commas between")
    token: SecretStr = Field(SecretStr(""), description="Token to log in with, if the server asks for one")
    replicas: int = Field(1, ge=1, le=5, description="Copies that the cluster keeps of each stream")


class LogSettings(EnvironmentSettings):
    """What is logged, and how."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_LOG_")

    level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least severe level that is written")
    format: str = Field("json", pattern="^(json|console)$", description="json for machines, console for people")


class TraceSettings(EnvironmentSettings):
    """Where traces go."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_TRACE_")

    endpoint: str = Field("", description="URL of an OpenTelemetry collector (OTLP over gRPC); empty: no traces")
    ratio: float = Field(1.0, ge=0, le=1, description="Share of the stickers and requests that are traced")


class ServeSettings(EnvironmentSettings):
    """Where a service listens. Each service sets its own prefix and port."""

    listen: Address = Field(description="Address for gRPC, host:port or unix:/path")
    metrics_listen: HostPort = Field(
        "127.0.0.1:0", description="Address for Prometheus metrics, host:port; port 0: any free"
    )
    connection_age_seconds: float = Field(
        60, gt=0, description="Longest life of a connection, so that callers come to know new replicas"
    )
    start_seconds: float = Field(
        600, gt=0, description="How long the service waits, alive but not ready, for the parts that it needs to start"
    )
    grace_seconds: float = Field(20, gt=0, description="Time for work under way to finish after SIGTERM")
