"""Settings of the crawler; all of them are environment variables ATLAS_CRAWLER_<NAME>."""

from pathlib import Path
from typing import Annotated

from atlas_common.settings import Address, EnvironmentSettings, ServeSettings
from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from atlas_crawler.model.crawls import Limits

PREFIX = SettingsConfigDict(env_prefix="ATLAS_CRAWLER_")
MIB = 1024 * 1024


class CrawlerSettings(ServeSettings):
    """How a replica listens, and how replicas share the work."""

    model_config = PREFIX

    listen: Address = Field("127.0.0.1:7101", description="Address for gRPC, host:port or unix:/path")
    lanes: int = Field(32, ge=1, le=1024, description="Queues that hosts are spread over; the same for all replicas")
    host_connections: int = Field(4, ge=2, description="Connections to one host at once, over all replicas")
    host_delay_seconds: float = Field(
        0, ge=0, le=300, description="Least time between two requests to one host, over all replicas"
    )
    links_per_job: int = Field(64, ge=1, le=256, description="Links of one host that travel in one message at most")
    jobs: int = Field(48, ge=1, description="Jobs that a replica works on at once")
    attempts: int = Field(4, ge=1, description="Tries at a link before its failure is recorded")
    ack_wait: float = Field(15, ge=1, description="Seconds after which the work of a lost replica goes to another")
    commit_seconds: float = Field(0.5, ge=0, description="Time in which results are gathered into one commit")
    oversee_seconds: float = Field(1, gt=0, description="Time between two looks for finished crawls and lost work")


class FetchSettings(EnvironmentSettings):
    """What may be fetched, and how patiently."""

    model_config = PREFIX

    contact: str = Field("", description="URL or mail address in the User-Agent, for people whose site is crawled")
    allow_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        (), description="Private networks that may be crawled, as CIDR with commas between; none by default"
    )
    folders: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Folders that file sources may read, with commas between; none by default"
    )
    connect_seconds: float = Field(10, gt=0, description="Time to connect")
    read_seconds: float = Field(20, gt=0, description="Longest silence within an answer")
    total_seconds: float = Field(60, gt=0, description="Time for one image or page")
    download_seconds: float = Field(3600, gt=0, description="Time for one archive or list")
    image_bytes: int = Field(20 * MIB, ge=1, description="Largest image")
    page_bytes: int = Field(10 * MIB, ge=1, description="Largest page, after decompression")
    download_bytes: int = Field(4096 * MIB, ge=1, description="Largest archive or list")
    downloads: int = Field(4, ge=1, description="Archives and lists on the disk at once; others wait")
    flight_bytes: int = Field(
        256 * MIB, ge=1, description="Bytes of images, pages and archives held in memory before fetching waits"
    )
    redirects: int = Field(5, ge=0, description="Redirects followed in a row")

    @field_validator("allow_networks", "folders", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value

    @property
    def user_agent(self) -> str:
        return f"StickerAtlas/0.1 (+{self.contact})" if self.contact else "StickerAtlas/0.1"


class PictureSettings(EnvironmentSettings):
    """What a picture may be, and what looking at it may cost."""

    model_config = PREFIX

    max_pixels: int = Field(50_000_000, ge=1, description="Largest width x height")
    max_frames: int = Field(2_000, ge=1, description="Most frames of an animation")
    decoders: int = Field(1, ge=1, description="Processes that look at large pictures and rare formats")
    decode_seconds: float = Field(10, gt=0, description="Time that one of them may take for a picture")
    decoder_bytes: int = Field(2048 * MIB, ge=256 * MIB, description="Address space of such a process")


class ZhihuSettings(EnvironmentSettings):
    """What a user of Zhihu gives to be read in their name."""

    model_config = PREFIX

    zhihu_url: str = Field("https://www.zhihu.com", description="Address of Zhihu")
    zhihu_cookie: SecretStr = Field(
        SecretStr(""), description="Your own Cookie header of zhihu.com, if it is to be sent"
    )
    zhihu_headers: dict[str, SecretStr] = Field({}, description="Other headers of yours to send, as a JSON object")


class OtherStoreSettings(EnvironmentSettings):
    """An S3 endpoint that crawls may read other buckets of."""

    model_config = PREFIX

    s3_endpoint: str = Field("", description="URL of the S3 endpoint that the source s3 reads; none by default")
    s3_region: str = Field("us-east-1", description="Region to sign requests for")
    s3_access_key: SecretStr = Field(
        SecretStr(""), description="Access key for that endpoint; empty for public buckets"
    )
    s3_secret_key: SecretStr = Field(SecretStr(""), description="Secret key for that endpoint")


class LimitSettings(EnvironmentSettings):
    """How far a crawl goes that names no limits, and how far any may go."""

    model_config = PREFIX

    default_depth: int = Field(3, ge=0, description="Links followed in a row unless the crawl says otherwise")
    default_pages: int = Field(1_000, ge=1, description="Pages read unless the crawl says otherwise")
    default_images: int = Field(100_000, ge=1, description="Images accepted unless the crawl says otherwise")
    most_pages: int = Field(1_000_000, ge=1, description="Pages that a crawl may ask for")
    most_images: int = Field(50_000_000, ge=1, description="Images that a crawl may ask for")

    def bound(self, asked: Limits) -> Limits:
        """The limits asked for, where zero means the default, within what any crawl may."""
        return Limits(
            depth=asked.depth or self.default_depth,
            pages=min(asked.pages or self.default_pages, self.most_pages),
            images=min(asked.images or self.default_images, self.most_images),
        )
