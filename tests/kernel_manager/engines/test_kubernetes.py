"""Kernels as pods: the pods against the client's own models, the engine against a small API server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kernel_manager.engines.base import EngineAway, EngineRefused
from kernel_manager.engines.kubernetes import pods
from kernel_manager.engines.kubernetes.engine import KubernetesEngine
from kernel_manager.engines.kubernetes.pods import Cluster
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Started
from tests.support.kernels import Placed, Reports, placement
from tests.support.kubernetes import PYTHON, FakeCluster, fake_cluster
from tests.support.sites import endpoint, until_phase

pytestmark = pytest.mark.kernel

BIG = HardwareClass(
    "big", "Big", "kubernetes", cpus=1.5, memory_mib=4096, disk_mib=1000, gpus=1, max_life_s=3600,
    options={"node_selector": {"pool": "gpu"}, "runtime_class": "gvisor", "image": "example.org/cuda:1"},
)  # fmt: skip
PLAIN = HardwareClass("plain", "Plain", "kubernetes")
WHERE = Cluster("notebooks", "example.org/commonbook:1", projects_claim="projects", projects_path="/data/p")


async def as_the_client_understands(told: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return what is left of `told` after Kubernetes' own generated models have read it."""
    from kubernetes_asyncio import client

    answer = SimpleNamespace(data=json.dumps(told))
    api = client.ApiClient(client.Configuration())
    try:
        plain: dict[str, Any] = api.sanitize_for_serialization(api.deserialize(answer, kind))
    finally:
        await api.close()
    return plain


@pytest.mark.parametrize("hardware", [PLAIN, BIG], ids=["plain", "big"])
async def test_the_published_models_know_every_field_of_a_pod_and_its_secret(hardware: HardwareClass) -> None:
    pod = pods.pod("k1", "site", hardware, WHERE, "PEM")
    assert await as_the_client_understands(pod, "V1Pod") == pod
    secret = pods.secret("k1", "site", "{}")
    assert await as_the_client_understands(secret, "V1Secret") == secret


async def test_a_field_that_is_not_kubernetes_does_not_pass_the_models() -> None:
    pod = pods.pod("k1", "site", PLAIN, WHERE, "PEM")
    pod["spec"]["restartPolizy"] = "Never"
    assert await as_the_client_understands(pod, "V1Pod") != pod


def test_a_pod_has_no_rights_and_no_secrets_in_plain_sight() -> None:
    pod = pods.pod("k1", "site", BIG, WHERE, "PEM")
    described = pod["spec"]
    [container] = described["containers"]
    assert described["automountServiceAccountToken"] is False
    assert described["restartPolicy"] == "Never", "a second start would be a second kernel"
    assert described["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & described.keys()
    assert not [volume for volume in described["volumes"] if "hostPath" in volume]
    assert "token" not in json.dumps(pod).lower().replace("automountserviceaccounttoken", "")


def test_limits_become_resources() -> None:
    pod = pods.pod("k1", "site", BIG, WHERE, "")
    limits = {"cpu": "1500m", "memory": "4096Mi", "ephemeral-storage": "1000Mi", "nvidia.com/gpu": "1"}
    assert pod["spec"]["containers"][0]["resources"] == {"limits": limits, "requests": limits}
    assert pod["spec"]["activeDeadlineSeconds"] == 3600
    assert pod["spec"]["nodeSelector"] == {"pool": "gpu"}
    assert pod["spec"]["runtimeClassName"] == "gvisor"


def test_an_option_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(EngineRefused, match="has the option 'privileged'"):
        pods.pod("k1", "site", replace(PLAIN, options={"privileged": True}), WHERE, "")


@pytest.mark.parametrize(
    ("status", "phase", "words"),
    [
        ({"phase": "Pending"}, "queued", "Waiting for a node."),
        (
            {"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available."}
            ]},
            "queued",
            "Waiting for a node: 0/3 nodes are available.",
        ),
        (
            {"phase": "Pending", "containerStatuses": [
                {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
            ]},
            "queued",
            "The image cannot be fetched (ImagePullBackOff). It is tried again; or ask an admin.",
        ),
        ({"phase": "Running"}, "running", ""),
        (
            {"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled"}}}]},
            "ended",
            "The pod was ended: it used more memory than its machine size has.",
        ),
        ({"phase": "Failed", "reason": "Evicted", "message": "The node was low on disk."}, "ended",
         "The pod has failed: The node was low on disk."),
        ({"phase": "Unknown"}, "queued", "Waiting for a node."),
    ],
)  # fmt: skip
def test_where_a_pod_stands_is_a_phase_and_a_sentence(status: Any, phase: str, words: str) -> None:
    found = pods.status_of({"status": status})
    assert (found.phase, found.reason) == (phase, words)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[FakeCluster]:
    async with fake_cluster(tmp_path) as cluster:
        yield cluster


@pytest.fixture
async def engine(cluster: FakeCluster) -> AsyncIterator[KubernetesEngine]:
    engine = KubernetesEngine(
        Cluster("notebooks", "image", python=PYTHON), kubeconfig=cluster.kubeconfig, context="tests"
    )
    yield engine
    await engine.close()


async def test_a_pods_kernel_runs_is_interrupted_and_is_found_and_ended(
    cluster: FakeCluster, engine: KubernetesEngine, tmp_path: Path
) -> None:
    handle = await engine.submit(placement(tmp_path, hardware=PLAIN))
    here, reports = Placed(engine, handle, await endpoint(engine, handle)), Reports()
    client = await here.attach(reports)
    client.execute("a", "print(6 * 7)\nwhile True: pass")
    await reports.first(Started)
    await reports.until(lambda: reports.text("a") == "42\n")
    await client.interrupt()
    assert (await reports.finished("a")).ename == "KeyboardInterrupt"
    assert (await engine.status(handle)).phase == "running"
    assert await engine.list("tests") == [handle]
    assert await engine.list("somebody else") == []
    with pytest.raises(EngineRefused, match="placed already"):
        await engine.submit(placement(tmp_path, hardware=PLAIN))
    await engine.cancel(handle)
    assert (cluster.pods, cluster.secrets) == ({}, {})
    assert (await engine.status(handle)).phase == "ended"
    assert await reports.lost() == "gone"
    await engine.cancel(handle)


async def test_a_pod_without_a_node_says_why_and_can_be_cancelled(
    cluster: FakeCluster, engine: KubernetesEngine, tmp_path: Path
) -> None:
    cluster.hold = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    handle = await engine.submit(placement(tmp_path, hardware=PLAIN))
    why = await until_phase(engine, handle, "queued")
    assert why == "Waiting for a node: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
    await engine.cancel(handle)
    assert (cluster.pods, cluster.secrets) == ({}, {})


async def test_a_refusal_is_said_in_the_apis_words_and_leaves_no_secret(
    cluster: FakeCluster, engine: KubernetesEngine, tmp_path: Path
) -> None:
    cluster.refuse = (403, "exceeded quota: team, requested: memory=4Gi")
    with pytest.raises(EngineRefused, match="exceeded quota: team") as refused:
        await engine.submit(placement(tmp_path, hardware=PLAIN))
    assert not isinstance(refused.value, EngineAway)
    assert cluster.secrets == {}


async def test_an_api_that_is_silent_proves_nothing(
    cluster: FakeCluster, engine: KubernetesEngine, tmp_path: Path
) -> None:
    cluster.hold = "no room"
    handle = await engine.submit(placement(tmp_path, hardware=PLAIN))
    cluster.is_silent = True
    status = await engine.status(handle)
    assert (status.phase, "does not answer" in status.reason) == ("queued", True)
    with pytest.raises(EngineAway):
        await engine.list("tests")
    cluster.is_silent = False
    assert "no room" in (await engine.status(handle)).reason


async def test_without_a_cluster_the_refusal_says_so(tmp_path: Path) -> None:
    engine = KubernetesEngine(WHERE, kubeconfig=str(tmp_path / "none"))
    with pytest.raises(EngineRefused, match="No Kubernetes cluster is known here"):
        await engine.submit(placement(tmp_path, hardware=PLAIN))
    await asyncio.sleep(0)
