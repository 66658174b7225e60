"""docker-compose.yml and its overrides, as Compose itself understands them."""

from typing import Any

import pytest
import yaml

from .conftest import LONGEST_END_SECONDS, run

COMPOSE = "docker-compose.yml"
VARIANTS = {
    "plain": [COMPOSE],
    "local": [COMPOSE, "docker-compose.local.yml"],
    "gpu": [COMPOSE, "docker-compose.gpu.yml"],
}


@pytest.fixture(scope="module", params=VARIANTS)
def services(request: pytest.FixtureRequest) -> dict[str, Any]:
    files = [argument for file in VARIANTS[request.param] for argument in ("-f", file)]
    config = yaml.safe_load(run("docker-compose", *files, "--profile", "*", "config"))
    found: dict[str, Any] = config["services"]
    return found


def test_every_service_is_hardened_and_limited(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service.get("read_only"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert service["restart"], name


def test_services_end_before_they_are_killed(services: dict[str, Any]) -> None:
    for name in ("crawler", "embedding", "clustering", "gateway"):
        assert float(services[name]["stop_grace_period"].removesuffix("s")) > LONGEST_END_SECONDS


def test_what_the_crawler_downloads_is_not_held_in_its_memory(services: dict[str, Any]) -> None:
    assert not services["crawler"].get("tmpfs")
    assert "/tmp" in {volume["target"] for volume in services["crawler"]["volumes"]}


def test_a_service_starts_after_what_it_needs_is_healthy(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert services[needed].get("healthcheck"), f"{name} waits for {needed}, which has no health check"


def test_addresses_in_settings_name_services(services: dict[str, Any]) -> None:
    for name in ("crawler", "embedding", "clustering", "gateway"):
        for variable, value in services[name]["environment"].items():
            host = str(value).rpartition("://")[2].partition(":")[0]
            if ":" in str(value) and host != "0.0.0.0":
                assert host in services, f"{name}: {variable}={value}"


def test_nothing_but_the_gateway_and_the_dashboards_is_published_and_only_on_loopback(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"gateway", "prometheus", "grafana", "jaeger"}
    assert all(port["host_ip"] == "127.0.0.1" for ports in published.values() for port in ports)


def test_images_of_others_are_pinned_to_a_version(services: dict[str, Any]) -> None:
    for name, service in services.items():
        image, _, tag = service["image"].partition(":")
        if not image.startswith("sticker-atlas/"):
            assert tag[:1].isdigit() or tag[:2] == "v3", name
