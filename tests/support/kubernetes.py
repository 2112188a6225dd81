"""The little of Kubernetes' API that the engine uses, over real HTTP; its one node runs pods as processes.

No cluster: it says what an API server says, in the shapes that it says them, and no more.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

GROUP = r"/api/v1/namespaces/(?P<namespace>[^/]+)"


@dataclass
class FakeCluster:
    """`hold` leaves new pods pending with a reason; `refuse` is the next answer to a new pod."""

    folder: Path
    port: int = 0
    pods: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    hold: str = ""
    refuse: tuple[int, str] | None = None
    is_silent: bool = False
    _count: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def kubeconfig(self) -> str:
        """The path of a file that leads here."""
        named = {"name": "tests"}
        settings = {
            "apiVersion": "v1", "kind": "Config", "current-context": "tests",
            "clusters": [named | {"cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [named | {"user": {"token": "t"}}],
            "contexts": [named | {"context": {"cluster": "tests", "user": "tests"}}],
        }  # fmt: skip
        path = self.folder / "kubeconfig"
        path.write_text(json.dumps(settings))
        return str(path)

    async def run(self, pod: dict[str, Any]) -> None:
        """Play the node: start the pod's command with its secret and folders, and follow it to its end."""
        name = pod["metadata"]["name"]
        self._count += 1
        address = f"127.77.0.{self._count}"
        root = self.folder / name
        (root / "run").mkdir(parents=True)
        for file, text in self.secrets[name]["stringData"].items():
            (root / "run" / file).write_text(text.replace("/kernels/", f"{root}/kernels/"))
        container = pod["spec"]["containers"][0]
        paths = {"/run/commonbook": str(root / "run"), "/kernels": str(root / "kernels")}
        arguments = [self._mapped(each, paths) for each in container["args"]]
        environment = {"POD_IP": address, "PATH": os.environ["PATH"], "HOME": str(root)}
        process = await asyncio.create_subprocess_exec(
            *container["command"], *arguments, env=environment, start_new_session=True
        )
        self.processes[name] = process
        pod["spec"]["nodeName"] = "node-1"
        ready = {"type": "Ready", "status": "False"}
        pod["status"] = {"phase": "Running", "podIP": address, "conditions": [ready]}
        self._start(self._probe(address, container["ports"][0]["containerPort"], ready, process))
        status = await process.wait()
        pod["status"] |= {"phase": "Succeeded" if status == 0 else "Failed", "reason": f"exit {status}"}

    async def delete(self, name: str, grace_s: int) -> None:
        """Play the node: end the pod's process, then forget the pod."""
        process = self.processes.get(name)
        if process is not None and process.returncode is None:
            process.send_signal(15 if grace_s else 9)
            try:
                await asyncio.wait_for(process.wait(), grace_s or 5)
            except TimeoutError:
                process.kill()
        self.pods.pop(name, None)

    async def end(self) -> None:
        for process in self.processes.values():
            if process.returncode is None:
                process.kill()
                await process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _probe(self, address: str, port: int, ready: dict[str, str], process: Any) -> None:
        while process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(address, port)
                writer.close()
                ready["status"] = "True"
                return
            await asyncio.sleep(0.02)

    @staticmethod
    def _mapped(text: str, paths: dict[str, str]) -> str:
        for inside, outside in paths.items():
            if text.startswith(inside):
                return outside + text.removeprefix(inside)
        return text


class _Base(RequestHandler):
    def initialize(self, cluster: FakeCluster) -> None:
        self.cluster = cluster

    def prepare(self) -> None:
        if self.cluster.is_silent:
            self.no(503, "the server is currently unable to handle the request")

    def no(self, status: int, message: str) -> None:
        self.set_status(status)
        self.finish(
            {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status}
        )

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.request.body)
        return told


class _Pods(_Base):
    async def post(self, namespace: str) -> None:
        cluster, pod = self.cluster, self.told
        name = pod["metadata"]["name"]
        if cluster.refuse is not None:
            refused, cluster.refuse = cluster.refuse, None
            self.no(*refused)
            return
        if name in cluster.pods:
            self.no(409, f'pods "{name}" already exists')
            return
        pod["metadata"]["namespace"] = namespace
        pod["status"] = {"phase": "Pending"}
        cluster.pods[name] = pod
        if cluster.hold:
            scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
            pod["status"]["conditions"] = [scheduled | {"message": cluster.hold}]
        else:
            cluster._start(cluster.run(pod))
        self.set_status(201)
        self.finish(pod)

    async def get(self, namespace: str) -> None:
        name, _, wanted = self.get_argument("labelSelector", "").partition("=")
        found = [
            pod
            for pod in self.cluster.pods.values()
            if not name or pod["metadata"]["labels"].get(name) == wanted
        ]
        self.finish({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found})


class _Pod(_Base):
    async def get(self, namespace: str, name: str) -> None:
        pod = self.cluster.pods.get(name)
        if pod is None:
            self.no(404, f'pods "{name}" not found')
        else:
            self.finish(pod)

    async def delete(self, namespace: str, name: str) -> None:
        pod = self.cluster.pods.get(name)
        if pod is None:
            self.no(404, f'pods "{name}" not found')
            return
        grace_s = int(self.get_argument("gracePeriodSeconds", "30"))
        self.cluster._start(self.cluster.delete(name, grace_s))
        self.finish(pod)


class _Secrets(_Base):
    async def post(self, namespace: str) -> None:
        name = self.told["metadata"]["name"]
        if name in self.cluster.secrets:
            self.no(409, f'secrets "{name}" already exists')
            return
        self.cluster.secrets[name] = self.told
        self.set_status(201)
        self.finish(self.told)


class _Secret(_Base):
    async def delete(self, namespace: str, name: str) -> None:
        if self.cluster.secrets.pop(name, None) is None:
            self.no(404, f'secrets "{name}" not found')
        else:
            self.finish({"kind": "Status", "apiVersion": "v1", "status": "Success"})


@asynccontextmanager
async def fake_cluster(folder: Path) -> AsyncIterator[FakeCluster]:
    """Start an API server with one node, and end it with everything that runs on it."""
    cluster = FakeCluster(folder)
    given = {"cluster": cluster}
    routes = [
        (f"{GROUP}/pods", _Pods, given),
        (f"{GROUP}/pods/(?P<name>[^/]+)", _Pod, given),
        (f"{GROUP}/secrets", _Secrets, given),
        (f"{GROUP}/secrets/(?P<name>[^/]+)", _Secret, given),
    ]
    server = HTTPServer(Application(routes, log_function=lambda handler: None))  # type: ignore[arg-type]
    [listening] = bind_sockets(0, "127.0.0.1")
    server.add_socket(listening)
    cluster.port = listening.getsockname()[1]
    try:
        yield cluster
    finally:
        server.stop()
        await server.close_all_connections()
        await cluster.end()


PYTHON = sys.executable
