"""The parts of an installation: the Procfile's commands, each with its probe."""

from collections.abc import Collection
from functools import partial

from atlas_laptop.installation import ROOT, SERVICES, Installation
from atlas_laptop.probes import (
    model_works,
    queue_settings,
    queue_works,
    service_works,
    store_settings,
    store_works,
)
from atlas_laptop.procfile import read_procfile
from atlas_laptop.supervisor import Part, Probe


def parts(installation: Installation, names: Collection[str] | None = None) -> list[Part]:
    """The parts with these names, or all, in the order in which they start; no MinIO where another store is used."""
    probes = _probes(installation)
    elsewhere = set() if "MINIO_FOLDER" in installation.environment else {"minio"}
    return [
        Part(name, command, probes[name])
        for name, command in read_procfile(ROOT / "Procfile").items()
        if name not in elsewhere and (names is None or name in names)
    ]


def _probes(installation: Installation) -> dict[str, Probe]:
    environment = installation.environment
    address = {service: environment[f"ATLAS_{service.upper()}_LISTEN"] for service in SERVICES}
    return {
        "minio": partial(store_works, store_settings(environment)),
        "nats": partial(queue_works, queue_settings(environment)),
        "modelserver": partial(model_works, address["modelserver"]),
        "crawler": partial(service_works, address["crawler"]),
        "embedding": partial(service_works, address["embedding"]),
        "clustering": partial(service_works, address["clustering"]),
        "gateway": partial(service_works, f"{environment['ATLAS_GATEWAY_URL']}/readyz"),
    }
