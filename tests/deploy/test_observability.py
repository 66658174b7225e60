"""Alerts and the dashboard ask for metrics that the code has, in queries that Prometheus understands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

METRIC = re.compile(r'(Counter|Gauge|Histogram)\(\s*"(atlas_\w+)"')
SUFFIXES = {"Counter": ("",), "Gauge": ("",), "Histogram": ("_bucket", "_sum", "_count")}
OF_OTHERS = {
    "up",
    "process_resident_memory_bytes",
    "DCGM_FI_DEV_GPU_UTIL",
    "minio_cluster_capacity_usable_free_bytes",
    "minio_cluster_capacity_usable_total_bytes",
}


@pytest.fixture(scope="module")
def metrics(root: Path) -> set[str]:
    """Every metric that a service makes, and those of other makers that are relied on."""
    sources = (file.read_text() for file in root.glob("services/*/src/**/*.py"))
    made = {(kind, name) for source in sources for kind, name in METRIC.findall(source)}
    return {name + suffix for kind, name in made for suffix in SUFFIXES[kind]} | OF_OTHERS


@pytest.fixture(scope="module")
def alerts(root: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load((root / "deploy/prometheus/alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def dashboard(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "deploy/grafana/dashboards/sticker-atlas.json").read_text())
    return found


def asked(query: str) -> Iterator[str]:
    """The metrics that a query asks for. Raises ValueError for what is no query."""
    names: list[str] = []

    def visit(node: object) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            names.append(node.name)
        return True

    promql_parser.walk(promql_parser.parse(query), visit)
    yield from names


def test_alerts_ask_for_metrics_that_exist(alerts: list[dict[str, Any]], metrics: set[str]) -> None:
    for alert in alerts:
        assert set(asked(alert["expr"])) <= metrics, alert["alert"]


def test_every_alert_says_what_is_wrong_and_has_a_runbook(alerts: list[dict[str, Any]], root: Path) -> None:
    headings = re.findall(r"^#+ (.+)$", (root / "docs/operations.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9-]", "", heading.lower().replace(" ", "-")) for heading in headings}
    for alert in alerts:
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md"
        assert anchor in anchors, alert["alert"]
        assert alert["annotations"]["summary"]
        assert alert["labels"]["severity"] in ("page", "ticket")


def test_the_dashboard_asks_for_metrics_that_exist(dashboard: dict[str, Any], metrics: set[str]) -> None:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            assert set(asked(target["expr"])) <= metrics, panel["title"]


def test_panels_have_their_own_place_and_number(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_prometheus_asks_the_ports_that_compose_has(root: Path) -> None:
    scraped = yaml.safe_load((root / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    services = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    targets = {target for job in scraped for config in job["static_configs"] for target in config["targets"]}
    for target in targets:
        assert target.partition(":")[0] in services
