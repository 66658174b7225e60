"""Every overlay of k8s/, rendered and checked without a cluster."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from .conftest import LONGEST_END_SECONDS
from .manifests import Overlay, containers, pod, pod_labels, ports, values

OVERLAYS = ("cpu", "gpu", "laptop")
VERSIONS = ("1.35", "1.36", "1.37")
OF_OPERATORS = {"ScaledObject"}
BROUGHT_SECRETS = {"atlas-store", "atlas-queue", "atlas-gateway", "gateway-tls"}
HARDENED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


@pytest.fixture(scope="module", params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> Overlay:
    return Overlay(request.param)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_meets_the_strict_schema(overlay: Overlay, version: str) -> None:
    for resource in overlay.resources:
        if resource["kind"] not in OF_OPERATORS:
            kubernetes_validate.validate(resource, version, strict=True)


def test_pods_meet_pod_security_restricted_and_hold_no_token(overlay: Overlay) -> None:
    for name, workload in overlay.workloads.items():
        spec = pod(workload)
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in containers(workload):
            assert container["securityContext"] == HARDENED, f"{name}/{container['name']}"


def test_every_container_asks_for_what_it_needs_and_is_held_to_a_limit_of_memory(overlay: Overlay) -> None:
    for name, workload in overlay.workloads.items():
        for container in containers(workload):
            resources = container["resources"]
            assert {"cpu", "memory"} <= set(resources["requests"]), f"{name}/{container['name']}"
            assert "memory" in resources["limits"], f"{name}/{container['name']}"


def test_services_select_pods_and_name_their_ports(overlay: Overlay) -> None:
    for service in overlay.of_kind("Service"):
        name = service["metadata"]["name"]
        assert overlay.selected({"matchLabels": service["spec"]["selector"]}) == {name}
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            known = ports(overlay.workloads[name])
            assert target in known or target in known.values(), f"{name}: {target}"


def test_probes_ask_ports_that_are_there(overlay: Overlay) -> None:
    for name, workload in overlay.workloads.items():
        known = ports(workload)
        for kind in ("grpc", "httpGet", "tcpSocket"):
            for probe in values(pod(workload), kind):
                assert probe["port"] in known or probe["port"] in known.values(), f"{name}: {probe}"


def test_what_keeps_running_has_all_three_probes(overlay: Overlay) -> None:
    for name, workload in overlay.workloads.items():
        lasting = [
            c for c in containers(workload) if c.get("restartPolicy") == "Always" or c in pod(workload)["containers"]
        ]
        for container in lasting if workload["kind"] != "Job" else []:
            probes = {"startupProbe", "readinessProbe", "livenessProbe"}
            assert probes <= set(container), f"{name}/{container['name']}"


def test_every_reference_leads_somewhere(overlay: Overlay) -> None:
    for workload in overlay.workloads.values():
        spec = pod(workload)
        assert spec["serviceAccountName"] in overlay.names("ServiceAccount")
        assert spec["priorityClassName"] in overlay.names("PriorityClass")
        maps = [*values(spec, "configMapRef"), *values(spec, "configMap")]
        assert {reference["name"] for reference in maps} <= overlay.names("ConfigMap")
        secrets = [*values(spec, "secretRef"), *values(spec, "secretKeyRef")]
        assert {reference["name"] for reference in secrets} <= BROUGHT_SECRETS
        mounted = {mount["name"] for mounts in values(spec, "volumeMounts") for mount in mounts}
        claims = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
        assert mounted == {volume["name"] for volume in spec.get("volumes", [])} | claims
    for scaler in overlay.of_kind("HorizontalPodAutoscaler", "ScaledObject"):
        assert scaler["spec"]["scaleTargetRef"]["name"] in overlay.names("Deployment")
    for ingress in overlay.of_kind("Ingress"):
        assert {service["name"] for service in values(ingress, "service")} == {"gateway"}
        assert ingress["spec"]["tls"]


def test_the_manual_names_secrets_and_namespaces_as_the_manifests_do(overlay: Overlay, root: Path) -> None:
    manual = (root / "docs/operations.md").read_text()
    settings = (root / "docs/configuration.md").read_text()
    references = [*values(overlay.resources, "secretRef"), *values(overlay.resources, "secretKeyRef")]
    for secret in {reference["name"] for reference in references}:
        assert f"secret generic {secret} " in manual
        assert f"`{secret}`" in settings
    selectors = values(overlay.of_kind("NetworkPolicy"), "namespaceSelector")
    ours = {"kube-system", *overlay.names("Namespace")}
    for namespace in {selector["matchLabels"]["kubernetes.io/metadata.name"] for selector in selectors} - ours:
        assert f"`{namespace}`" in manual


@pytest.fixture
def on_top(root: Path, tmp_path: Path) -> Callable[[str], Overlay]:
    """An operator's own overlay on that for processors."""

    def overlay(kustomization: str) -> Overlay:
        shipped = os.path.relpath(root / "k8s", tmp_path)
        (tmp_path / "kustomization.yaml").write_text(f"resources: [{shipped}/overlays/cpu]\n{kustomization}")
        return Overlay(os.path.relpath(tmp_path, root / "k8s/overlays"))

    return overlay


def test_a_setting_changes_services_but_not_the_job_which_kubernetes_would_refuse(
    on_top: Callable[[str], Overlay],
) -> None:
    own = on_top("configMapGenerator: [{name: atlas, namespace: sticker-atlas, behavior: merge, literals: [A=b]}]")
    shipped = Overlay("cpu")
    assert own.workloads["model"] == shipped.workloads["model"]
    assert own.workloads["gateway"] != shipped.workloads["gateway"]


def test_an_s3_service_takes_the_place_of_minio(on_top: Callable[[str], Overlay], root: Path, tmp_path: Path) -> None:
    own = on_top(f"components: [{os.path.relpath(root / 'k8s/components/external-s3', tmp_path)}]")
    assert "minio" not in own.workloads
    (store,) = [settings for settings in own.of_kind("ConfigMap") if settings["metadata"]["name"] == "store"]
    assert store["data"]["ATLAS_STORE_ENDPOINT"].startswith("https://")


def test_selectors_of_budgets_and_spreads_match_their_own_pods(overlay: Overlay) -> None:
    for budget in overlay.of_kind("PodDisruptionBudget"):
        assert overlay.selected(budget["spec"]["selector"]) == {budget["metadata"]["name"]}
    for name, workload in overlay.workloads.items():
        for constraint in pod(workload).get("topologySpreadConstraints", []):
            assert overlay.selected(constraint["labelSelector"]) == {name}
            assert constraint["nodeTaintsPolicy"] == "Honor"


def test_a_workload_that_is_scaled_does_not_say_how_many_it_is(overlay: Overlay) -> None:
    scaled = {
        scaler["spec"]["scaleTargetRef"]["name"]
        for scaler in overlay.of_kind("HorizontalPodAutoscaler", "ScaledObject")
    }
    for deployment in overlay.of_kind("Deployment"):
        assert ("replicas" in deployment["spec"]) == (deployment["metadata"]["name"] not in scaled)


def test_images_carry_a_version(overlay: Overlay) -> None:
    for image in {image for workload in overlay.workloads.values() for image in values(workload, "image")}:
        repository, _, tag = image.partition(":")
        assert repository.startswith("sticker-atlas/") or re.match(r"\d+\.\d+\.\d+", tag), image


def test_the_model_is_there_before_it_is_served(overlay: Overlay) -> None:
    assert [container["name"] for container in pod(overlay.workloads["embedding"])["initContainers"]] == [
        "model",
        "serving",
    ]


def test_gpu_pods_go_to_gpu_nodes_and_hold_one_each() -> None:
    spec = pod(Overlay("gpu").workloads["embedding"])
    (serving,) = [container for container in spec["initContainers"] if container["name"] == "serving"]
    assert serving["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert spec["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert {toleration["key"] for toleration in spec["tolerations"]} == {"nvidia.com/gpu"}
    keys = [constraint["topologyKey"] for constraint in spec["topologySpreadConstraints"]]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]


Arrow = tuple[str, str, int]
"""From, to, port."""


def test_policies_allow_the_arrows_that_the_settings_draw_and_no_others(overlay: Overlay) -> None:
    drawn = _arrows_of_settings(overlay)
    assert _arrows_of_policies(overlay, "egress", "to") == drawn
    assert _arrows_of_policies(overlay, "ingress", "from") == drawn


def _arrows_of_settings(overlay: Overlay) -> set[Arrow]:
    """Addresses in the environment that name a workload, and NATS' own routes."""
    maps = {m["metadata"]["name"]: m.get("data", {}) for m in overlay.of_kind("ConfigMap")}
    arrows = {("nats", "nats", 6222)}
    for name, workload in overlay.workloads.items():
        for container in containers(workload):
            shared = (maps[s["configMapRef"]["name"]] for s in container.get("envFrom", []) if "configMapRef" in s)
            own = {entry["name"]: entry.get("value", "") for entry in container.get("env", [])}
            for value in (*own.values(), *(value for settings in shared for value in settings.values())):
                address = re.search(r"([a-z][a-z0-9-]*):(\d+)$", str(value))
                if address and address[1] in overlay.workloads:
                    arrows.add((name, address[1], int(address[2])))
    without_queue = {("model", "nats", 4222)}  # shares the settings but not the secret of the queue
    return arrows - without_queue


def _arrows_of_policies(overlay: Overlay, direction: str, peers: str) -> set[Arrow]:
    """Arrows between our own pods, as the policies of one direction allow them."""
    arrows = set()
    for policy in overlay.of_kind("NetworkPolicy"):
        for rule in policy["spec"].get(direction, []):
            for peer in rule[peers]:
                here = overlay.selected(policy["spec"]["podSelector"])
                there = overlay.selected(peer["podSelector"]) if "podSelector" in peer else set()
                ends = [(a, b) if direction == "egress" else (b, a) for a in here for b in there]
                arrows |= {(a, b, port["port"]) for a, b in ends for port in rule["ports"]}
    return arrows


def test_policies_of_the_outside_reach_ports_that_are_there(overlay: Overlay) -> None:
    known: set[Any] = {port for workload in overlay.workloads.values() for port in ports(workload).values()}
    for policy in overlay.of_kind("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            assert {port["port"] for port in rule["ports"]} <= known, policy["metadata"]["name"]


def test_nothing_is_allowed_unless_a_policy_says_so(overlay: Overlay) -> None:
    (closed,) = [
        p for p in overlay.of_kind("NetworkPolicy") if not p["spec"].get("ingress") and not p["spec"].get("egress")
    ]
    assert closed["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_pods_stop_within_the_grace_that_their_service_takes(overlay: Overlay) -> None:
    for name in ("crawler", "embedding", "clustering", "gateway"):
        given = pod(overlay.workloads[name])["terminationGracePeriodSeconds"]
        before = 5  # the gateway's preStop
        assert given > before + LONGEST_END_SECONDS
        assert given > 2 * 20, "see grace_seconds in the settings"
        assert pod_labels(overlay.workloads[name])["app.kubernetes.io/part-of"] == "sticker-atlas"
