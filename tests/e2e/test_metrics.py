"""What alerts and the dashboard ask for is what running services show."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.test_observability import asked

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

DEPLOY = Path(__file__).parents[2] / "deploy"
OF_OTHERS = {"up", "DCGM_FI_DEV_GPU_UTIL"}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


def queries() -> Iterator[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    yield from (rule["expr"] for group in rules for rule in group["rules"])
    dashboard = json.loads((DEPLOY / "grafana/dashboards/sticker-atlas.json").read_text())
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))


async def shown(system) -> set[str]:
    """Names of the metrics of every service and of the store."""
    addresses = [value for name, value in system.installation.environment.items() if name.endswith("_METRICS_LISTEN")]
    urls = [f"http://{address}/metrics" for address in addresses]
    urls.append(f"{system.installation.environment['ATLAS_GATEWAY_URL']}/metrics")
    urls.append(f"{system.installation.environment['ATLAS_STORE_ENDPOINT']}/minio/v2/metrics/cluster")
    names: set[str] = set()
    async with httpx.AsyncClient() as client:
        for url in urls:
            for family in text_string_to_metric_families((await client.get(url)).text):
                names |= {family.name + suffix for suffix in SUFFIXES.get(family.type, ("",))}
    return names


async def test_alerts_and_the_dashboard_ask_for_what_running_services_show(system) -> None:
    found = await shown(system) | OF_OTHERS
    for query in queries():
        assert set(asked(query)) <= found, query
