"""A kernel as a pod, and a pod's state in our words. Pure: dicts as the API's JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel_manager import soundness
from kernel_manager.engines.base import EngineRefused, Status
from kernel_manager.hardware import HardwareClass

PORT = 8888
SPEC_FOLDER = "/run/commonbook"
KERNELS = "/kernels"
OWNER, KERNEL, CERTIFICATE = "commonbook/owner", "commonbook/kernel", "commonbook/certificate"

GRACE_S = 10

OPTIONS = soundness.OPTIONS["kubernetes"].keys()
"""What a hardware class may ask for beside its own fields."""

_NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where pods go. `image` has Commonbook and ipykernel; its `python` runs supervisor and kernel.

    `projects_claim` is a volume that this server and all pods share, mounted at `projects_path`; without it
    a kernel's files end with its pod.
    """

    namespace: str
    image: str
    python: str = "python3"
    projects_claim: str = ""
    projects_path: str = ""
    service_account: str = ""
    runtime_class: str = ""


def pod_name(kernel: str) -> str:
    """Return how the pod of a kernel is called, and its secret as well."""
    return f"kernel-{kernel.lower()}"


def secret(kernel: str, owner: str, spec: str) -> dict[str, Any]:
    """Return the secret through which the supervisor gets its spec, which holds its token and key."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": pod_name(kernel), "labels": {OWNER: owner, KERNEL: kernel}},
        "type": "Opaque",
        "stringData": {"spec.json": spec},
    }


def pod(
    kernel: str, owner: str, hardware: HardwareClass, cluster: Cluster, certificate: str
) -> dict[str, Any]:
    """Return the pod of a kernel; raises `EngineRefused` for options that there are not.

    The pod is the kernel's sandbox: no rights, no host, no account of the cluster.
    """
    unknown = sorted(hardware.options.keys() - OPTIONS)
    if unknown:
        raise EngineRefused(
            f"The machine size {hardware.label!r} has the option {unknown[0]!r}, which is none of "
            f"{', '.join(sorted(OPTIONS))}. Ask an admin to correct it."
        )
    mounts = [
        {"name": "spec", "mountPath": SPEC_FOLDER, "readOnly": True},
        {"name": "kernels", "mountPath": KERNELS},
    ]
    volumes: list[dict[str, Any]] = [
        {"name": "spec", "secret": {"secretName": pod_name(kernel), "defaultMode": 0o440}},
        {"name": "kernels", "emptyDir": {}},
    ]
    if cluster.projects_claim:
        mounts.append({"name": "projects", "mountPath": cluster.projects_path})
        volumes.append({"name": "projects", "persistentVolumeClaim": {"claimName": cluster.projects_claim}})
    container: dict[str, Any] = {
        "name": "kernel",
        "image": str(hardware.options.get("image", cluster.image)),
        "command": [cluster.python, "-I", "-m", "kernel_manager.engines.kubernetes.inside"],
        "args": [f"{SPEC_FOLDER}/spec.json", f"{KERNELS}/{kernel}"],
        "env": [
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "HOME", "value": KERNELS},
        ],
        "ports": [{"name": "supervisor", "containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "resources": _resources(hardware),
        "volumeMounts": mounts,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    described: dict[str, Any] = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": GRACE_S,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }
    if cluster.service_account:
        described["serviceAccountName"] = cluster.service_account
    runtime_class = hardware.options.get("runtime_class", cluster.runtime_class)
    if runtime_class:
        described["runtimeClassName"] = str(runtime_class)
    if hardware.options.get("node_selector"):
        selector = dict(hardware.options["node_selector"])
        described["nodeSelector"] = {str(name): str(value) for name, value in selector.items()}
    if hardware.max_life_s is not None:
        described["activeDeadlineSeconds"] = hardware.max_life_s
    annotations = {"annotations": {CERTIFICATE: certificate}} if certificate else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod_name(kernel),
            "labels": {OWNER: owner, KERNEL: kernel, "app.kubernetes.io/managed-by": "commonbook"},
            **annotations,
        },
        "spec": described,
    }


def status_of(told: Mapping[str, Any]) -> Status:
    """Return where a pod stands."""
    said = told.get("status") or {}
    node = (told.get("spec") or {}).get("nodeName")
    container: Mapping[str, Any] = next(iter(said.get("containerStatuses") or []), {})
    state = container.get("state") or {}
    match said.get("phase"):
        case "Succeeded":
            return Status("ended", "The pod has ended.", node)
        case "Failed":
            return Status("ended", _failure(said, state.get("terminated") or {}), node)
        case "Running":
            return Status("running", node=node)
        case _:
            return _pending(said, state.get("waiting") or {}, node)


def is_ready(told: Mapping[str, Any]) -> bool:
    """Whether the supervisor's port answers."""
    conditions = (told.get("status") or {}).get("conditions") or []
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def refusal(status: int, message: str) -> str:
    """Return in a sentence why the API would not."""
    why = message.strip().rstrip(".") or f"status {status}"
    return f"Kubernetes refused the kernel: {why}. Choose another machine, or ask an admin."


def _pending(said: Mapping[str, Any], waiting: Mapping[str, Any], node: str | None) -> Status:
    for condition in said.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            why = str(condition.get("message") or condition.get("reason") or "no node has room")
            return Status("queued", f"Waiting for a node: {why.rstrip('.')}.")
    reason = str(waiting.get("reason") or "")
    if reason in _NO_IMAGE:
        why = str(waiting.get("message") or reason).rstrip(".")
        return Status(
            "queued", f"The image cannot be fetched ({why}). It is tried again; or ask an admin.", node
        )
    return Status("starting", node=node) if node else Status("queued", "Waiting for a node.")


def _failure(said: Mapping[str, Any], terminated: Mapping[str, Any]) -> str:
    if terminated.get("reason") == "OOMKilled":
        return "The pod was ended: it used more memory than its machine size has."
    if said.get("reason") == "DeadlineExceeded":
        return "The pod was ended: it had reached its longest life."
    why = said.get("message") or said.get("reason") or terminated.get("message") or terminated.get("reason")
    return f"The pod has failed: {str(why or 'Kubernetes does not say why').rstrip('.')}."


def _resources(hardware: HardwareClass) -> dict[str, Any]:
    limits: dict[str, str] = {}
    if hardware.cpus is not None:
        limits["cpu"] = f"{math.ceil(hardware.cpus * 1000)}m"
    if hardware.memory_mib is not None:
        limits["memory"] = f"{hardware.memory_mib}Mi"
    if hardware.disk_mib is not None:
        limits["ephemeral-storage"] = f"{hardware.disk_mib}Mi"
    if hardware.gpus:
        limits[str(hardware.options.get("gpu_resource", "nvidia.com/gpu"))] = str(hardware.gpus)
    return {"limits": limits, "requests": dict(limits)} if limits else {}
