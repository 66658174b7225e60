"""`make k8s-test`: overlay laptop on a real cluster, used and disturbed; every sticker must end in one place."""

import argparse
import asyncio
import secrets
import shlex
import subprocess
from pathlib import Path

from atlas_cli.client import AtlasClient
from atlas_cli.connection import Gateway

from atlas_ops.rehearsal import journey
from atlas_ops.rehearsal.cluster import Cluster, kubectl
from atlas_ops.rehearsal.engine import build_image, build_next_image
from atlas_ops.rehearsal.figures import Figures
from atlas_ops.rehearsal.readers import reading
from atlas_ops.rehearsal.stickers import Site, lay_out
from atlas_ops.rehearsal.troubles import TROUBLES, WORKLOADS

KUSTOMIZATION = "k8s/rehearsal/now"
UPGRADED = ("crawler", "embedding", "clustering", "gateway", "modelserver")
IMAGES = (*UPGRADED, "export", "minio", "nats", "site", "model")
FIRST = "first"
AUTOSCALED = "autoscaled"
"""A page that `make k8s-hpa-test` crawls."""
FIRST_STICKERS = 60
CRAWL_DELAY = 0.1
SITE = Path("build/rehearsal/site")
MODEL = Path("models/inception_v3")
RESULT = Path("build/bench/k8s.json")
NODE_PORT = 30080
SITE_ADDRESS = "http://site.sticker-site:8000"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make k8s-test", description=__doc__)
    parser.add_argument("--docker", default="docker")
    parser.add_argument("--load", required=True, help="command that brings images from the engine to the nodes")
    parser.add_argument("--stickers", type=int, default=500, help="for each trouble")
    parser.add_argument("--keep", type=int, default=0, help="1: leave everything running")
    arguments = parser.parse_args()
    cluster, figures = Cluster("sticker-atlas"), Figures()
    if not cluster.answers():
        raise SystemExit("NOT RUN: no Kubernetes cluster answers; set KUBECONFIG to one that may be used for tests")
    pages = (*(trouble.__name__ for trouble in TROUBLES), AUTOSCALED)
    site = lay_out(SITE, {FIRST: FIRST_STICKERS} | dict.fromkeys(pages, arguments.stickers), CRAWL_DELAY)
    with figures.stage("images"):
        _bring_images(arguments.docker, shlex.split(arguments.load))
    token = secrets.token_hex(16)
    try:
        with figures.stage("rollout"):
            _install(cluster, token)
        asyncio.run(_rehearse(cluster, site, token, figures))
        kubectl("apply", "--kustomize", KUSTOMIZATION)
        figures.add(changed_by_second_apply=int(not cluster.unchanged_by(KUSTOMIZATION)))
    finally:
        figures.write(RESULT, {"kubernetes": _version(cluster)})
        if not arguments.keep:
            with figures.stage("removal"):
                kubectl("delete", "--kustomize", KUSTOMIZATION, "--wait")


def _bring_images(docker: str, load: list[str]) -> None:
    """Site, model and what to upgrade to become images here; the others come from `make images`."""
    build_image(docker, "site", SITE)
    build_image(docker, "model", MODEL)
    for name in UPGRADED:
        build_next_image(docker, name)
    tags = [*(f"{name}:dev" for name in IMAGES), *(f"{name}:next" for name in UPGRADED)]
    subprocess.run([*load, *(f"sticker-atlas/{tag}" for tag in tags)], check=True)


def _install(cluster: Cluster, token: str) -> None:
    cluster.kubectl("apply", "--filename", "k8s/base/namespace.yaml")
    cluster.put_secret("atlas-store", ATLAS_STORE_ACCESS_KEY="atlas", ATLAS_STORE_SECRET_KEY=secrets.token_hex(16))
    cluster.put_secret("atlas-queue", ATLAS_QUEUE_TOKEN=secrets.token_hex(16))
    cluster.put_secret("atlas-gateway", ATLAS_GATEWAY_TOKEN=token)
    kubectl("apply", "--kustomize", KUSTOMIZATION)
    cluster.rolled_out(WORKLOADS, seconds=900)
    Cluster("sticker-site").rolled_out(["deployment/site"])


async def _rehearse(cluster: Cluster, site: Site, token: str, figures: Figures) -> None:
    outside = f"http://{cluster.address_of_node()}:{NODE_PORT}"
    before, crawled = cluster.restarts(), site.all_digests - site.digests[AUTOSCALED]
    async with AtlasClient(Gateway(outside, token)) as client:
        with figures.stage("first_albums"):
            await journey.crawl(client, f"{SITE_ADDRESS}/{FIRST}/")
            await journey.all_embedded(client, FIRST_STICKERS)
            await journey.albums_made(client)
        crawls, left = [], []
        with reading(cluster, outside, "http://gateway", "sticker-atlas/gateway:dev") as met:
            for trouble in TROUBLES:
                page = f"{SITE_ADDRESS}/{trouble.__name__}/"
                crawls.append(await client.start_crawl({"kind": "web", "location": page}))
                with figures.stage(trouble.__name__):
                    await asyncio.to_thread(trouble, cluster)
                left.append(await journey.left(client))
            with figures.stage("last_albums"):
                for crawl in crawls:
                    await journey.finished_crawl(client, crawl["crawl_id"])
                await journey.all_embedded(client, len(crawled))
                await journey.albums_made(client)
        found = await journey.audit(client, crawled)
    figures.add(least_left_to_crawl=min(one.links for one in left))
    figures.add(least_left_to_embed=min(one.stickers for one in left))
    figures.add(stickers=len(crawled), albums=found.albums, lost=found.lost, doubled=found.doubled)
    figures.add(reads=met.reads, retried_reads=met.retried, failed_reads=met.failed, longest_wait=met.longest_wait)
    unexplained = {pod: count for pod, count in cluster.restarts().items() if count > before.get(pod, 0)}
    figures.add(restarts_at_start=sum(before.values()), restarts_unexplained=sum(unexplained.values()))


def _version(cluster: Cluster) -> str:
    return (
        cluster.kubectl("version", "--output", "yaml")
        .partition("serverVersion")[2]
        .partition("gitVersion: ")[2]
        .split()[0]
    )


if __name__ == "__main__":
    main()
