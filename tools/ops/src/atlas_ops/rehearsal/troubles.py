"""What operators and machines do to a cluster while it works. Each trouble ends when the system has got over it."""

from collections.abc import Callable

from atlas_ops.rehearsal.cluster import Cluster, kubectl

SERVICES = ("crawler", "embedding", "clustering", "gateway")
WORKLOADS = (*(f"deployment/{name}" for name in SERVICES), "statefulset/minio", "statefulset/nats")

UPGRADE = "k8s/rehearsal/next"

Trouble = Callable[[Cluster], None]


def every_pod_deleted_once(cluster: Cluster) -> None:
    for pod in cluster.get("pods", "--selector", "app.kubernetes.io/part-of=sticker-atlas"):
        if pod["status"]["phase"] == "Running":
            cluster.kubectl("delete", "pod", pod["metadata"]["name"], "--ignore-not-found")
            cluster.rolled_out(WORKLOADS)


def every_service_upgraded(cluster: Cluster) -> None:
    kubectl("apply", "--kustomize", UPGRADE)
    cluster.rolled_out(WORKLOADS)


def every_service_rolled_back(cluster: Cluster) -> None:
    for service in SERVICES:
        cluster.kubectl("rollout", "undo", f"deployment/{service}")
    cluster.rolled_out(WORKLOADS)


def embedding_scaled_out_and_in(cluster: Cluster) -> None:
    for replicas in (3, 1):
        cluster.kubectl("scale", "deployment/embedding", f"--replicas={replicas}")
        cluster.rolled_out(["deployment/embedding"])


def stores_restarted(cluster: Cluster) -> None:
    for store in ("minio", "nats"):
        cluster.kubectl("rollout", "restart", f"statefulset/{store}")
        cluster.rolled_out([f"statefulset/{store}"])


def queue_lost(cluster: Cluster) -> None:
    """Its server ends, and its volume with it."""
    cluster.kubectl("delete", "persistentvolumeclaim/data-nats-0", "--wait=false")
    cluster.kubectl("delete", "pod/nats-0")
    cluster.rolled_out(["statefulset/nats"])


TROUBLES: tuple[Trouble, ...] = (
    embedding_scaled_out_and_in,
    every_pod_deleted_once,
    every_service_upgraded,
    every_service_rolled_back,
    stores_restarted,
    queue_lost,
)
