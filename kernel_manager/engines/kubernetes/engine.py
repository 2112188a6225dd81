"""Places supervisors as pods, through the asynchronous client that is generated from Kubernetes' own API.

This server must reach the pods' addresses. No cluster has run this: it is tested against a small API server
of the tests' own, which runs the pods as processes, and its pods against the client's models.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Sequence
from dataclasses import asdict, replace
from pathlib import PurePosixPath
from typing import Any

from kernel_manager.engines.base import (
    Endpoint,
    EngineAway,
    EngineRefused,
    Handle,
    NotReady,
    Placement,
    Status,
)
from kernel_manager.engines.certificates import new_certificate
from kernel_manager.engines.kubernetes import pods
from kernel_manager.engines.kubernetes.pods import CERTIFICATE, KERNEL, KERNELS, OWNER, PORT, Cluster
from kernel_manager.engines.specs import spec_of
from kernel_manager.hardware import HardwareClass

CALL_LIMIT_S = 20.0
CANCEL_LIMIT_S = 30.0
CANCEL_POLL_S = 0.2

AWAY = "The Kubernetes API does not answer now."


class KubernetesEngine:
    """`kubeconfig` and `context` say which cluster; without them, that in which this server is a pod."""

    name = "kubernetes"

    def __init__(self, cluster: Cluster, *, kubeconfig: str = "", context: str = "") -> None:
        self._cluster = cluster
        self._kubeconfig = kubeconfig
        self._context = context
        self._core: Any = None

    async def classes(self) -> Sequence[HardwareClass]:
        """Return none: a pod without limits is nothing to offer."""
        return ()

    async def submit(self, placement: Placement) -> Handle:
        """Make the secret and the pod."""
        certificate = await new_certificate()
        cluster, kernel, owner = self._cluster, placement.kernel_id, placement.owner
        if not cluster.projects_claim:
            placement = replace(placement, folder=f"{KERNELS}/files")
        # The pod is the sandbox, and inside it there is none.
        placement = replace(
            placement, python=placement.hardware.python or cluster.python, uid=None, allow_unsandboxed=True
        )
        spec = spec_of(placement, port=PORT, certificate=certificate)
        pod = pods.pod(kernel, owner, placement.hardware, cluster, certificate.public)
        core = await self._api()
        secret = pods.secret(kernel, owner, json.dumps(asdict(spec)))
        await self._call(core.create_namespaced_secret(cluster.namespace, secret))
        try:
            await self._call(core.create_namespaced_pod(cluster.namespace, pod))
        except EngineRefused:
            await self._remove_secret(pods.pod_name(kernel))
            raise
        return self._handle(kernel, certificate.public)

    async def status(self, handle: Handle) -> Status:
        """Return where the pod stands. An API that does not answer proves nothing."""
        try:
            told = await self._read(handle)
        except EngineAway as away:
            return Status("queued", f"{away} It is asked again.")
        if told is None:
            return Status("ended", "The pod is gone.")
        return pods.status_of(told)

    async def signal(self, handle: Handle, signum: int) -> None:
        """End the pod: a pod can be sent no other signal than those of its end."""
        grace_s = 0 if signum == 9 else pods.GRACE_S
        core = await self._api()
        await self._forgive_404(
            core.delete_namespaced_pod(handle["pod"], handle["namespace"], grace_period_seconds=grace_s)
        )

    async def cancel(self, handle: Handle) -> None:
        """Delete pod and secret, and wait until the pod is gone; by force if it takes too long."""
        loop = asyncio.get_running_loop()
        await self.signal(handle, 15)
        end = loop.time() + CANCEL_LIMIT_S
        while await self._read(handle) is not None:
            if loop.time() > end:
                await self.signal(handle, 9)
                break
            await asyncio.sleep(CANCEL_POLL_S)
        await self._remove_secret(handle["pod"])

    async def list(self, owner: str) -> Sequence[Handle]:
        """Return the pods of `owner` that have not ended."""
        core = await self._api()
        found = await self._call(
            core.list_namespaced_pod(self._cluster.namespace, label_selector=f"{OWNER}={owner}")
        )
        handles = []
        for told in self._plain(found)["items"]:
            if pods.status_of(told).phase != "ended":
                metadata = told["metadata"]
                pinned = (metadata.get("annotations") or {}).get(CERTIFICATE)
                handles.append(self._handle(metadata["labels"][KERNEL], pinned))
        return handles

    async def endpoint(self, handle: Handle) -> Endpoint:
        """Return the pod's address once its port answers."""
        told = await self._read(handle)
        address = ((told or {}).get("status") or {}).get("podIP")
        if told is None or not address or not pods.is_ready(told):
            raise NotReady("The kernel's pod is still starting.")
        return Endpoint(address, PORT, handle["certificate"])

    async def close(self) -> None:
        """Hang up."""
        if self._core is not None:
            await self._core.api_client.close()
            self._core = None

    async def _read(self, handle: Handle) -> dict[str, Any] | None:
        core = await self._api()
        found = await self._forgive_404(core.read_namespaced_pod(handle["pod"], handle["namespace"]))
        return None if found is None else self._plain(found)

    async def _remove_secret(self, name: str) -> None:
        core = await self._api()
        await self._forgive_404(core.delete_namespaced_secret(name, self._cluster.namespace))

    async def _api(self) -> Any:
        if self._core is None:
            try:
                # It takes seconds, in which nobody else is to wait.
                client, config = await asyncio.to_thread(_client)
            except ImportError:
                raise EngineRefused(
                    "The client of Kubernetes is not installed: ask an admin for commonbook[kubernetes]."
                ) from None
            settings = client.Configuration()
            try:
                if self._kubeconfig:
                    await config.load_kube_config(
                        self._kubeconfig, self._context or None, client_configuration=settings
                    )
                else:
                    from_inside: Any = config.load_incluster_config
                    from_inside(client_configuration=settings)
            except (config.ConfigException, OSError) as failure:
                why = str(failure).rstrip(".")
                raise EngineRefused(f"No Kubernetes cluster is known here: {why}.") from failure
            self._core = client.CoreV1Api(client.ApiClient(settings))
        return self._core

    async def _call(self, call: Awaitable[Any]) -> Any:
        """Await a call; raises `EngineAway` or `EngineRefused`."""
        from aiohttp import ClientError
        from kubernetes_asyncio.client import ApiException

        try:
            return await asyncio.wait_for(call, CALL_LIMIT_S)
        except (ClientError, TimeoutError, OSError):
            raise EngineAway(AWAY) from None
        except ApiException as failure:
            if failure.status in (429, 500, 502, 503, 504):
                raise EngineAway(AWAY) from None
            if failure.status == 409:
                raise EngineRefused("A kernel of this name was placed already.") from None
            raise _Refused(failure.status, _message(failure.body)) from None

    async def _forgive_404(self, call: Awaitable[Any]) -> Any:
        try:
            return await self._call(call)
        except _Refused as refused:
            if refused.status == 404:
                return None
            raise

    def _plain(self, found: Any) -> dict[str, Any]:
        plain: dict[str, Any] = self._core.api_client.sanitize_for_serialization(found)
        return plain

    def _handle(self, kernel: str, certificate: str | None) -> Handle:
        folder = str(PurePosixPath(KERNELS) / kernel)
        handle = {"pod": pods.pod_name(kernel), "namespace": self._cluster.namespace, "dir": folder}
        return {**handle, "certificate": certificate}


class _Refused(EngineRefused):
    """The API's no, with its status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(pods.refusal(status, message))
        self.status = status


def _client() -> tuple[Any, Any]:
    from kubernetes_asyncio import client, config

    return client, config


def _message(body: Any) -> str:
    try:
        return str(json.loads(body)["message"])
    except (TypeError, ValueError, KeyError):
        return ""
