"""Every setting is documented, and nothing else is set."""

from pathlib import Path

import pytest
import yaml
from atlas_ops import reference
from atlas_ops.settings import groups

from .conftest import run
from .manifests import Overlay, containers

OF_COMPOSE = {"ATLAS_VERSION", "ATLAS_CPUS", "ATLAS_GATEWAY_PUBLISH", "ATLAS_MODEL_WEIGHTS"}
OF_THE_COMMAND_LINE = {"ATLAS_GATEWAY_URL"}


def test_every_setting_says_what_it_means() -> None:
    for group in groups():
        for setting in group.settings:
            assert setting.description, setting.name


def test_the_reference_lists_every_setting_as_it_is(root: Path) -> None:
    page = (root / "docs/configuration.md").read_text()
    assert page == reference.page(page, groups()), "run make docs"
    example = reference.example(groups())
    assert (root / ".env.example").read_text() == example, "run make docs"
    assert reference.KNOWN.read_text() == reference.known(example), "run make docs"


@pytest.mark.parametrize("override", ["docker-compose.local.yml", "docker-compose.gpu.yml"])
def test_compose_sets_only_settings_that_a_service_reads(override: str, known_settings: set[str]) -> None:
    config = run("docker-compose", "-f", "docker-compose.yml", "-f", override, "--profile", "*", "config")
    for name, service in yaml.safe_load(config)["services"].items():
        ours = {variable for variable in service.get("environment", {}) if variable.startswith("ATLAS_")}
        assert ours <= known_settings | OF_THE_COMMAND_LINE, name


def test_compose_reads_only_variables_that_the_example_lists(root: Path, known_settings: set[str]) -> None:
    variables = set(yaml.safe_load(run("docker-compose", "config", "--variables", "--format", "json")))
    assert variables <= known_settings | OF_COMPOSE
    example = (root / ".env.example").read_text()
    assert {variable for variable in variables if f"#{variable}=" not in example} == set()


@pytest.mark.parametrize("name", ["cpu", "gpu", "laptop"])
def test_kubernetes_sets_only_settings_that_a_service_reads(name: str, known_settings: set[str]) -> None:
    overlay = Overlay(name)
    for workload in overlay.workloads.values():
        entries = [entry["name"] for container in containers(workload) for entry in container.get("env", [])]
        assert {entry for entry in entries if entry.startswith("ATLAS_")} <= known_settings
    for settings in overlay.of_kind("ConfigMap"):
        assert {key for key in settings["data"] if key.startswith("ATLAS_")} <= known_settings
