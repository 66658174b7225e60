"""One installation: a data folder, and the environment that tells each part where the others are."""

import fcntl
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from atlas_common.unknown_settings import unknown_settings

from atlas_laptop.credentials import load_secrets, write_environment
from atlas_laptop.errors import FolderInUse
from atlas_laptop.minio import Tell, find_minio
from atlas_laptop.ports import Ports
from atlas_laptop.process import Surroundings

ROOT = Path(__file__).resolve().parents[4]
"""The repository: commands in the Procfile name files relative to it."""

SERVICES = {"modelserver": 8500, "crawler": 7101, "embedding": 7102, "clustering": 7103, "gateway": 8080}
USUAL_PORTS = {"nats": 4222, **SERVICES}
MINIO_PORT = 9000
STORE = "ATLAS_STORE_ENDPOINT"


@dataclass(frozen=True)
class Installation:
    """What its parts are started with."""

    data: Path
    surroundings: Surroundings

    @property
    def environment(self) -> Mapping[str, str]:
        return self.surroundings.environment

    @property
    def invitation(self) -> str:
        """Where the gallery is, and what it asks whoever wants to change anything."""
        return (
            f"The gallery is at {self.environment['ATLAS_GATEWAY_URL']}/ until you press Ctrl-C. "
            f"To change anything there, give it the ATLAS_GATEWAY_TOKEN of {self.data / 'secrets.env'}."
        )


@contextmanager
def installed(data: Path, tell: Tell, settings: dict[str, str] | None = None) -> Iterator[Installation]:
    """Claims the folder and a port for each part until the block ends; `settings` go to every part.

    Where they name a store, that one is used, and no MinIO is run. Settings in the environment that are none are told.

    Raises:
        FolderInUse: another installation has claimed the folder.
    """
    for name, nearest in unknown_settings(os.environ):
        tell(f"{name} is no setting and does nothing{f': is {nearest} meant?' if nearest else ''}")
    data.mkdir(parents=True, exist_ok=True)
    with Ports() as ports, (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(f"Sticker Atlas already runs on {data}") from error
        own = _environment(data, ports)
        if STORE not in (settings or {}):
            own |= _minio(data, find_minio(tell), ports, own)
        own |= settings or {}
        write_environment(data / "atlas.env", own)
        yield Installation(data, Surroundings(ROOT, os.environ | own))


def _environment(data: Path, ports: Ports) -> dict[str, str]:
    port = {part: ports.claim(usual) for part, usual in USUAL_PORTS.items()}
    address = {part: f"127.0.0.1:{port[part]}" for part in port}
    return load_secrets(data / "secrets.env") | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "LANCE_LOG": "error",  # as in the image: training an index warns a thousand times
        "NATS_FOLDER": str(data / "nats"),
        "NATS_PORT": str(port["nats"]),
        **{f"ATLAS_{part.upper()}_LISTEN": address[part] for part in SERVICES},
        **{f"ATLAS_GATEWAY_{part.upper()}": address[part] for part in ("crawler", "embedding", "clustering")},
        "ATLAS_EMBEDDING_MODEL_SERVER": address["modelserver"],
        "ATLAS_GATEWAY_URL": f"http://{address['gateway']}",
        "ATLAS_QUEUE_URL": f"nats://{address['nats']}",
    }


def _minio(data: Path, program: Path, ports: Ports, own: Mapping[str, str]) -> dict[str, str]:
    address = f"127.0.0.1:{ports.claim(MINIO_PORT)}"
    return {
        "PATH": os.pathsep.join([str(program.parent), own["PATH"]]),
        "MINIO_ADDRESS": address,
        "MINIO_BROWSER": "off",
        "MINIO_FOLDER": str(data / "minio"),
        "MINIO_PROMETHEUS_AUTH_TYPE": "public",
        "MINIO_ROOT_USER": own["ATLAS_STORE_ACCESS_KEY"],
        "MINIO_ROOT_PASSWORD": own["ATLAS_STORE_SECRET_KEY"],
        STORE: f"http://{address}",
    }
