"""Settings of the clustering service."""

from atlas_common.settings import Address, ServeSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class ClusteringSettings(ServeSettings):
    """How the clustering service works."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_CLUSTERING_")

    listen: Address = Field("127.0.0.1:7103", description="Address for gRPC, host:port or unix:/path")
    threads: int = Field(0, ge=0, description="Threads that compute; 0: one a core")
    dask: str = Field(
        "", description="Address of a Dask scheduler whose workers read and compare blocks; empty: threads"
    )
    stale_seconds: float = Field(
        30, gt=0, description="A run of which nothing was heard for so long is taken over by any replica"
    )
    look_seconds: float = Field(15, gt=0, description="How often to look for stickers and runs that no event told of")
