"""`make k8s-gpu-test`: overlay gpu on a cluster with KEDA and GPU nodes, which may be pretended ones.

The queue is real, three servers with a volume each, and is filled and drained here while one server after the other is
killed; whether the embedding pods run or are only said to run makes no difference to where they are scheduled and how
many they are.
"""

import argparse
import asyncio
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from atlas_ops.rehearsal.cluster import KUBECTL, Cluster, KubectlFailed
from atlas_ops.rehearsal.figures import Figures
from atlas_ops.rehearsal.forwarded_queue import CONSUMER, backlog, drain, fill, forwarded_queue
from atlas_ops.timeline import Moment, draw

SECONDS_A_LOOK = 5
STICKERS_A_POD_SECOND = 150
PATIENCE_SECONDS = 1500
PICTURE = Path("docs/images/gpu-pods.svg")
RESULT = Path("build/bench/k8s-gpu.json")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make k8s-gpu-test", description=__doc__)
    parser.add_argument("--stickers", type=int, default=160_000)
    parser.add_argument("--nats", default="", help="image of NATS, for clusters that reach no hub")
    arguments = parser.parse_args()
    cluster, figures, token = Cluster("sticker-atlas"), Figures(), secrets.token_hex(16)
    if not cluster.answers() or not cluster.get("nodes", "--selector", "nvidia.com/gpu.present=true"):
        raise SystemExit("NOT RUN: no cluster with nodes that carry nvidia.com/gpu.present=true answers")
    try:
        with figures.stage("rollout"):
            _install(cluster, token, arguments.nats)
        seen = asyncio.run(_fill_and_drain(cluster, token, arguments.stickers))
    finally:
        cluster.kubectl("delete", "namespace", cluster.namespace, "--wait")
    draw({"embedding": seen.moments}, PICTURE)
    figures.add(**placement(cluster, seen.most_pods))
    figures.add(most_pods=len(seen.most_pods), pods_left=seen.moments[-1].pods)
    figures.add(minutes=round(seen.moments[-1].seconds / 60, 1))
    figures.add(queue_lost=arguments.stickers - len(seen.ids), queue_again=seen.taken - len(seen.ids))
    figures.write(RESULT, {})


@dataclass(slots=True)
class Seen:
    """`most_pods`: the pods when they were most. `taken`: how often a sticker was taken off the queue, as `ids`."""

    moments: list[Moment] = field(default_factory=list)
    most_pods: list[dict[str, Any]] = field(default_factory=list)
    ids: set[bytes] = field(default_factory=set)
    taken: int = 0


def _install(cluster: Cluster, token: str, nats: str) -> None:
    """Of overlay gpu, NATS, embedding and what scales it."""
    cluster.kubectl("apply", "--filename", "k8s/base/namespace.yaml")
    cluster.put_secret("atlas-store", ATLAS_STORE_ACCESS_KEY=token, ATLAS_STORE_SECRET_KEY=token)
    cluster.put_secret("atlas-queue", ATLAS_QUEUE_TOKEN=token)
    wanted = [
        *_rendered("gpu", ("Deployment", "ScaledObject"), "embedding"),
        *_rendered("gpu", ("StatefulSet", "Service"), "nats"),
        *_rendered("gpu", ("ServiceAccount", "PriorityClass", "ConfigMap")),
    ]
    for server in (one for one in wanted if one["kind"] == "StatefulSet" and nats):
        server["spec"]["template"]["spec"]["containers"][0]["image"] = nats
    cluster.kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(wanted))
    cluster.rolled_out(["statefulset/nats"])


def _rendered(overlay: str, kinds: Iterable[str], name: str = "") -> list[dict[str, Any]]:
    text = subprocess.run([KUBECTL, "kustomize", f"k8s/overlays/{overlay}"], capture_output=True, check=True).stdout
    resources = yaml.safe_load_all(text)
    return [one for one in resources if one["kind"] in kinds and name in ("", one["metadata"]["name"])]


async def _fill_and_drain(cluster: Cluster, token: str, stickers: int) -> Seen:
    """What was seen until no pod was left; a server of the queue is killed while it fills, another while it drains."""
    seen = Seen()
    async with forwarded_queue(cluster, token) as queue:
        puller = await queue.puller(CONSUMER)
        await asyncio.gather(fill(queue, stickers), _kill(cluster, "nats-1"))
        started = time.monotonic()
        killing = asyncio.create_task(_kill(cluster, "nats-2", after=60))
        while time.monotonic() - started < PATIENCE_SECONDS:
            pods = await asyncio.to_thread(_running, cluster)
            waiting = await backlog(queue)
            seen.moments.append(Moment(round(time.monotonic() - started), waiting, len(pods)))
            seen.most_pods = max(seen.most_pods, pods, key=len)
            if waiting == 0 and not pods and seen.most_pods:
                break
            share = len(pods) * STICKERS_A_POD_SECOND * SECONDS_A_LOOK
            ids, _ = await asyncio.gather(drain(puller, share), asyncio.sleep(SECONDS_A_LOOK))
            seen.ids.update(ids)
            seen.taken += len(ids)
        await killing
    return seen


async def _kill(cluster: Cluster, server: str, after: float = 5) -> None:
    """As the loss of a node would: without a word to the others."""
    await asyncio.sleep(after)
    await asyncio.to_thread(cluster.kubectl, "delete", "pod", server, "--grace-period=0", "--force")


def _running(cluster: Cluster) -> list[dict[str, Any]]:
    try:
        pods = cluster.get("pods", "--selector", "app.kubernetes.io/name=embedding")
    except KubectlFailed:
        return []
    return [pod for pod in pods if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]]


def placement(cluster: Cluster, pods: list[dict[str, Any]]) -> dict[str, float]:
    """How evenly the pods are spread, and how many are where none should be."""
    nodes = {node["metadata"]["name"]: node["metadata"]["labels"] for node in cluster.get("nodes")}
    gpu_nodes = {name for name, labels in nodes.items() if labels.get("nvidia.com/gpu.present") == "true"}
    by_node = Counter(dict.fromkeys(gpu_nodes, 0))
    by_node.update(pod["spec"]["nodeName"] for pod in pods)
    by_zone = Counter({nodes[name].get("topology.kubernetes.io/zone", ""): 0 for name in gpu_nodes})
    for pod in pods:
        by_zone[nodes[pod["spec"]["nodeName"]].get("topology.kubernetes.io/zone", "")] += 1
    return {
        "pods_off_gpu_nodes": sum(count for name, count in by_node.items() if name not in gpu_nodes),
        "gpus_a_pod": max((_gpus(pod) for pod in pods), default=0),
        "skew_over_nodes": max(by_node.values()) - min(by_node.values()),
        "skew_over_zones": max(by_zone.values()) - min(by_zone.values()),
    }


def _gpus(pod: dict[str, Any]) -> int:
    spec = pod["spec"]
    containers = [*spec["containers"], *spec.get("initContainers", [])]
    return sum(int(one["resources"].get("limits", {}).get("nvidia.com/gpu", 0)) for one in containers)


if __name__ == "__main__":
    main()
