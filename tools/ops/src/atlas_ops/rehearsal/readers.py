"""Readers of the gallery while things go wrong: one on this machine, one inside the cluster."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from atlas_ops.rehearsal.cluster import Cluster

SCRIPT = Path(__file__).with_name("reader.py").read_text()
POD = "reader"
HARDENED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}


class Met:
    """What the readers met, once they have stopped."""

    def __init__(self) -> None:
        self.reads = self.retried = self.failed = 0
        self.longest_wait = 0.0

    def add(self, report: str) -> None:
        met = json.loads(report.splitlines()[-1])
        self.reads += met["reads"]
        self.retried += met["retried"]
        self.failed += met["failed"]
        self.longest_wait = max(self.longest_wait, met["longest_wait"])


@contextmanager
def reading(cluster: Cluster, outside: str, inside: str, image: str) -> Iterator[Met]:
    """Two readers for as long as the block runs, at the gateway's address outside and inside the cluster."""
    met = Met()
    cluster.kubectl("apply", "--filename", "-", stdin=json.dumps(_pod(inside, image)))
    with subprocess.Popen([sys.executable, "-c", SCRIPT, outside], stdout=subprocess.PIPE, text=True) as reader:
        try:
            yield met
        finally:
            reader.terminate()
            met.add(reader.communicate()[0])
    cluster.kubectl("exec", POD, "--", "python", "-c", "import os; os.kill(1, 15)")
    cluster.kubectl("wait", f"pod/{POD}", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s")
    met.add(cluster.kubectl("logs", POD))
    cluster.kubectl("delete", "pod", POD)


def _pod(gateway: str, image: str) -> dict[str, object]:
    container = {"name": POD, "image": image, "command": ["python", "-c", SCRIPT, gateway], "securityContext": HARDENED}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }
