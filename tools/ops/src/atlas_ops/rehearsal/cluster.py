"""The cluster that KUBECONFIG names, through kubectl."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KUBECTL = str(Path(sys.executable).parent / "kubectl")


class KubectlFailed(Exception):
    """kubectl said no; the text is what it said."""


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """What kubectl prints, in no namespace in particular. Raises `KubectlFailed`."""
    done = subprocess.run([KUBECTL, *arguments], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KubectlFailed(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Cluster:
    """One namespace of the cluster."""

    namespace: str

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints. Raises `KubectlFailed`."""
        return kubectl("--namespace", self.namespace, *arguments, stdin=stdin)

    def get(self, *what: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", *what, "--output", "json"))["items"]
        return items

    def answers(self) -> bool:
        try:
            self.kubectl("get", "--raw", "/readyz")
        except KubectlFailed:
            return False
        return True

    def put_secret(self, name: str, **values: str) -> None:
        """Make the Secret, or leave the one that is there."""
        literals = (f"--from-literal={key}={value}" for key, value in values.items())
        manifest = self.kubectl("create", "secret", "generic", name, *literals, "--dry-run=client", "--output", "yaml")
        self.kubectl("apply", "--filename", "-", stdin=manifest)

    def rolled_out(self, workloads: Iterable[str], seconds: int = 300) -> None:
        """Return once every one of `kind/name` runs as it is described."""
        for workload in workloads:
            self.kubectl("rollout", "status", workload, f"--timeout={seconds}s")

    def restarts(self) -> dict[str, int]:
        """How often containers were started again, by pod; only those that were."""
        return {
            pod["metadata"]["name"]: count
            for pod in self.get("pods")
            if (count := sum(status["restartCount"] for status in _statuses(pod)))
        }

    def unchanged_by(self, kustomization: str) -> bool:
        """True when applying the kustomization would change nothing."""
        command = [KUBECTL, "diff", "--kustomize", kustomization]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def address_of_node(self) -> str:
        """An address of a node where its node ports answer."""
        addresses = [one for node in self.get("nodes") for one in node["status"].get("addresses", [])]
        return str(next(one["address"] for one in addresses if one["type"] == "InternalIP"))


def _statuses(pod: dict[str, Any]) -> list[dict[str, Any]]:
    status = pod["status"]
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
