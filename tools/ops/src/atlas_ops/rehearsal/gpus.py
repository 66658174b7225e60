"""`make k8s-gpu-test`: overlay gpu on a cluster with KEDA and GPU nodes, which may be pretended ones.

The queue is real and is filled and drained here; whether the pods run or are only said to run makes no difference to
where they are scheduled and how many they are.
"""

import argparse
import asyncio
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from atlas_common.queue import EMBED, Consumer, Puller, Queue
from atlas_common.settings import QueueSettings
from pydantic import SecretStr

from atlas_ops.rehearsal.cluster import KUBECTL, Cluster, KubectlFailed
from atlas_ops.rehearsal.figures import Figures
from atlas_ops.rehearsal.timeline import Moment, draw

CONSUMER = Consumer(EMBED, "embedding", "embed.image")
SECONDS_A_LOOK = 5
STICKERS_A_POD_SECOND = 150
AT_ONCE = 500
PATIENCE_SECONDS = 1500
PORT = 42220
PICTURE = Path("docs/images/gpu-pods.svg")
RESULT = Path("build/bench/k8s-gpu.json")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make k8s-gpu-test", description=__doc__)
    parser.add_argument("--stickers", type=int, default=160_000)
    arguments = parser.parse_args()
    cluster, figures, token = Cluster("sticker-atlas"), Figures(), secrets.token_hex(16)
    if not cluster.answers() or not cluster.get("nodes", "--selector", "nvidia.com/gpu.present=true"):
        raise SystemExit("NOT RUN: no cluster with nodes that carry nvidia.com/gpu.present=true answers")
    try:
        with figures.stage("rollout"):
            _install(cluster, token)
        moments, pods = asyncio.run(_fill_and_drain(cluster, token, arguments.stickers))
    finally:
        cluster.kubectl("delete", "namespace", cluster.namespace, "--wait")
    draw(moments, PICTURE)
    figures.add(**placement(cluster, pods))
    figures.add(most_pods=max(moment.pods for moment in moments), pods_left=moments[-1].pods)
    figures.add(minutes=round(moments[-1].seconds / 60, 1))
    figures.write(RESULT, {})


def _install(cluster: Cluster, token: str) -> None:
    """Of overlay gpu, embedding and what scales it; of overlay laptop, NATS on one server."""
    cluster.kubectl("apply", "--filename", "k8s/base/namespace.yaml")
    cluster.put_secret("atlas-store", ATLAS_STORE_ACCESS_KEY=token, ATLAS_STORE_SECRET_KEY=token)
    cluster.put_secret("atlas-queue", ATLAS_QUEUE_TOKEN=token)
    wanted = [
        *_rendered("gpu", ("Deployment", "ScaledObject"), "embedding"),
        *_rendered("laptop", ("StatefulSet", "Service"), "nats"),
    ]
    for kind in ("ServiceAccount", "PriorityClass"):
        wanted += _rendered("gpu", (kind,))
    wanted += [*_rendered("gpu", ("ConfigMap",)), *_rendered("laptop", ("ConfigMap",))]
    cluster.kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(wanted))
    cluster.rolled_out(["statefulset/nats"])


def _rendered(overlay: str, kinds: Iterable[str], name: str = "") -> list[dict[str, Any]]:
    text = subprocess.run([KUBECTL, "kustomize", f"k8s/overlays/{overlay}"], capture_output=True, check=True).stdout
    resources = yaml.safe_load_all(text)
    return [one for one in resources if one["kind"] in kinds and name in ("", one["metadata"]["name"])]


async def _fill_and_drain(cluster: Cluster, token: str, stickers: int) -> tuple[list[Moment], list[dict[str, Any]]]:
    """What was seen until no pod was left, and the pods when they were most."""
    moments: list[Moment] = []
    most: list[dict[str, Any]] = []
    async with _queue(cluster, token) as queue:
        puller = await queue.puller(CONSUMER)
        await _fill(queue, stickers)
        started = time.monotonic()
        while time.monotonic() - started < PATIENCE_SECONDS:
            pods = await asyncio.to_thread(_running, cluster)
            backlog = await queue.backlog(CONSUMER)
            moments.append(Moment(round(time.monotonic() - started), backlog.waiting, len(pods)))
            most = max(most, pods, key=len)
            if backlog.waiting == 0 and not pods and most:
                break
            await asyncio.gather(
                _drain(puller, len(pods) * STICKERS_A_POD_SECOND * SECONDS_A_LOOK), asyncio.sleep(SECONDS_A_LOOK)
            )
    return moments, most


@asynccontextmanager
async def _queue(cluster: Cluster, token: str) -> AsyncIterator[Queue]:
    command = ("--namespace", cluster.namespace, "port-forward", "service/nats", f"{PORT}:4222")
    forward = await asyncio.create_subprocess_exec(KUBECTL, *command, stdout=asyncio.subprocess.PIPE)
    try:
        if forward.stdout is not None:
            await forward.stdout.readline()  # kubectl says when it listens
        settings = QueueSettings(url=f"nats://127.0.0.1:{PORT}", token=SecretStr(token), replicas=1)
        queue = await Queue.connect(settings, "rehearsal")
        await queue.ensure_streams()
        yield queue
        await queue.close()
    finally:
        forward.terminate()
        await forward.wait()


async def _fill(queue: Queue, stickers: int) -> None:
    for start in range(0, stickers, AT_ONCE):
        some = range(start, min(start + AT_ONCE, stickers))
        await asyncio.gather(*(queue.publish(CONSUMER.subject, f"{number:064x}".encode()) for number in some))


async def _drain(puller: Puller, stickers: int) -> None:
    while stickers > 0:
        messages = await puller.take(min(stickers, AT_ONCE), wait=1)
        if not messages:
            return
        await asyncio.gather(*(message.done() for message in messages))
        stickers -= len(messages)


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
