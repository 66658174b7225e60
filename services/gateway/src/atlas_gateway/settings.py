"""Settings of the gateway; all of them are environment variables."""

import re

from atlas_common.settings import EnvironmentSettings, HostPort
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

SENDABLE = re.compile("[!-~]*")


class GatewaySettings(EnvironmentSettings):
    """Where the gateway listens, whom it asks, and who may write."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_GATEWAY_")

    listen: HostPort = Field("127.0.0.1:8080", description="Address for HTTP, host:port")
    crawler: str = Field("127.0.0.1:7101", description="Address of the crawler's gRPC server")
    embedding: str = Field("127.0.0.1:7102", description="Address of the embedding service's gRPC server")
    clustering: str = Field("127.0.0.1:7103", description="Address of the clustering service's gRPC server")
    token: SecretStr = Field(SecretStr(""), description="Token that lets its bearer write; empty: nobody may write")
    upload_bytes: int = Field(32 * 1024 * 1024, gt=0, description="Largest request body that is taken")
    flight_bytes: int = Field(
        64 * 1024 * 1024, gt=0, description="Bytes of request bodies held in memory at once; who sends more is put off"
    )
    answer_seconds: float = Field(
        30, gt=0, description="How long a request waits for its answer to begin, before it is told that a part is away"
    )
    refresh_seconds: float = Field(5, gt=0, description="How often to look for changes that no event announced")
    start_seconds: float = Field(
        600, gt=0, description="How long the gateway waits, alive but not ready, for the store to answer at its start"
    )
    grace_seconds: float = Field(10, gt=0, description="Time for requests under way to finish after SIGTERM")

    @field_validator("token")
    @classmethod
    def _can_be_sent(cls, token: SecretStr) -> SecretStr:
        if not SENDABLE.fullmatch(token.get_secret_value()):
            raise ValueError("an HTTP header carries no spaces and only ASCII: `openssl rand -hex 32` makes a good one")
        return token
