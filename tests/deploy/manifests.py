"""A rendered overlay, and what the checks ask it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from .conftest import run

Resource = dict[str, Any]

NAME = "app.kubernetes.io/name"
WORKLOADS = ("Deployment", "StatefulSet", "Job")


@dataclass(frozen=True)
class Overlay:
    """What `kubectl kustomize` makes of k8s/overlays/<name>."""

    name: str

    @cached_property
    def resources(self) -> list[Resource]:
        rendered = yaml.safe_load_all(run("kubectl", "kustomize", f"k8s/overlays/{self.name}"))
        return list(rendered)

    def of_kind(self, *kinds: str) -> list[Resource]:
        return [resource for resource in self.resources if resource["kind"] in kinds]

    def names(self, kind: str) -> set[str]:
        return {resource["metadata"]["name"] for resource in self.of_kind(kind)}

    @cached_property
    def workloads(self) -> dict[str, Resource]:
        """Workloads by the name that their pods carry."""
        return {pod_labels(workload)[NAME]: workload for workload in self.of_kind(*WORKLOADS)}

    def selected(self, selector: dict[str, Any]) -> set[str]:
        """Names of the workloads whose pods a selector matches."""
        return {name for name, workload in self.workloads.items() if matches(selector, pod_labels(workload))}


def pod(workload: Resource) -> dict[str, Any]:
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def pod_labels(workload: Resource) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def containers(workload: Resource) -> list[dict[str, Any]]:
    return [*pod(workload).get("initContainers", []), *pod(workload)["containers"]]


def ports(workload: Resource) -> dict[str, int]:
    found = (port for container in containers(workload) for port in container.get("ports", []))
    return {port["name"]: port["containerPort"] for port in found}


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    listed = selector.get("matchExpressions", [])
    return wanted and all(labels.get(one["key"]) in one["values"] for one in listed if one["operator"] == "In")


def values(node: object, key: str) -> Iterator[Any]:
    """Every value under the key, anywhere in a resource."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(node, list):
        for entry in node:
            yield from values(entry, key)
