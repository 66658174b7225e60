"""`make k8s-hpa-test`: the plain autoscaler on what `make k8s-test K8S_KEEP=1` left running.

Stickers are crawled; embedding must become more pods from the load of its processors, and one again when it is done.
"""

import argparse
import asyncio
import base64
import time
from collections.abc import Sequence
from pathlib import Path

import yaml
from atlas_cli.client import AtlasClient
from atlas_cli.connection import Gateway

from atlas_ops.rehearsal import journey
from atlas_ops.rehearsal.cluster import Cluster
from atlas_ops.rehearsal.figures import Figures
from atlas_ops.rehearsal.kubernetes import AUTOSCALED, NODE_PORT, SITE_ADDRESS
from atlas_ops.timeline import Moment, draw

SCALER = Path("k8s/components/hpa/autoscaler.yaml")
PICTURE = Path("docs/images/hpa-pods.svg")
RESULT = Path("build/bench/k8s-hpa.json")
SECONDS_A_LOOK = 5
PATIENCE_SECONDS = 1200


def main() -> None:
    parser = argparse.ArgumentParser(prog="make k8s-hpa-test", description=__doc__)
    parser.add_argument("--most", type=int, default=3, help="pods that the nodes have room for")
    arguments = parser.parse_args()
    cluster, figures = Cluster("sticker-atlas"), Figures()
    if not cluster.answers() or not cluster.get("deployments"):
        raise SystemExit("NOT RUN: no cluster answers on which make k8s-test K8S_KEEP=1 has left an installation")
    _apply(cluster, arguments.most)
    try:
        moments = asyncio.run(_watch(cluster))
    finally:
        cluster.kubectl("delete", "horizontalpodautoscaler", "embedding")
    draw({"embedding": moments}, PICTURE)
    figures.add(most_pods=max(moment.pods for moment in moments), pods_left=moments[-1].pods)
    figures.add(backlog_left=moments[-1].backlog, minutes=round(moments[-1].seconds / 60, 1))
    figures.write(RESULT, {})


def _apply(cluster: Cluster, most: int) -> None:
    """The autoscaler as shipped, held to so many pods."""
    scaler = yaml.safe_load(SCALER.read_text())
    scaler["spec"]["maxReplicas"] = most
    cluster.kubectl("apply", "--filename", "-", stdin=yaml.safe_dump(scaler))


async def _watch(cluster: Cluster) -> Sequence[Moment]:
    """What was seen from the start of a crawl until there was one pod again."""
    moments: list[Moment] = []
    async with AtlasClient(_gateway(cluster)) as client:
        await client.start_crawl({"kind": "web", "location": f"{SITE_ADDRESS}/{AUTOSCALED}/"})
        started = time.monotonic()
        while (seconds := time.monotonic() - started) < PATIENCE_SECONDS:
            left = await journey.left(client)
            pods = await asyncio.to_thread(cluster.get, "pods", "--selector", "app.kubernetes.io/name=embedding")
            running = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
            moments.append(Moment(round(seconds), left.stickers, len(running)))
            done = left == journey.Left(0, 0)
            if done and len(running) == 1 and max(moment.pods for moment in moments) > 1:
                break
            await asyncio.sleep(SECONDS_A_LOOK)
    return moments


def _gateway(cluster: Cluster) -> Gateway:
    token = cluster.kubectl("get", "secret", "atlas-gateway", "--output", "jsonpath={.data.ATLAS_GATEWAY_TOKEN}")
    return Gateway(f"http://{cluster.address_of_node()}:{NODE_PORT}", base64.b64decode(token).decode())


if __name__ == "__main__":
    main()
