"""`/jupyter/PROJECT/api/…`: Jupyter Server's REST and websocket API, for JupyterLab, VS Code and scripts.

Each method declares the right it needs; Jupyter Server's own handler then answers, over this server's kernels
and documents. A token may come as `Authorization: token …` as well, and never in the address.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

from collab.hub import CLOSE_GONE, CLOSE_RIGHTS, CLOSE_VIOLATION
from collab.ids import ProjectId
from collab.roles import Capability, Rights
from server import payloads
from server.handlers import bodies
from server.handlers.base import ApiHandler, ApiSocket, Guarded, Needs, needs, route, socket_needs
from server.handlers.jupyter_sign_in import FromProgram
from server.jupyter_api.kernels import Kernels
from server.jupyter_api.names import Listed, stamp
from server.jupyter_api.place import Place
from server.refusals import NotFound, Refusal
from server.sending import FrameSender
from server.sessions.registry import Sessions

UUID = r"\w{1,40}(?:-\w{1,40}){4}"
MEDIA = "application/json; charset=utf-8"
CLOSE_TOO_SLOW = 4408
CLOSE_REPLACED = 4409
MOST_UNSENT_BYTES = 64 * 1024 * 1024


async def place_of(handler: Guarded) -> Place:
    """Return the project of the path as the person's program sees it."""
    opened = handler.opened_project
    place = Place(handler.services, handler.person, opened.id, opened.rights)
    await place.look()
    return place


class JupyterRoute(FromProgram, ApiHandler):
    """A route that Jupyter Server's handler answers."""

    def check_size(self, declared: Needs) -> None:
        if declared.body is not None and self.request.headers.get("Content-Length", "0") == "0":
            self._limit = 0  # several programs leave an empty object out, and say of no type that it is JSON
            return
        super().check_size(declared)

    def read_body(self, shape: Any) -> Any:
        if self._received > self._limit:
            raise self._over_limit
        raw = b"".join(self._chunks)
        if raw.strip():
            bodies.decode(raw, payloads.JupyterModel)
        self.request.body = raw
        return None

    async def pass_on(self, name: str, **path: str) -> None:
        """Let Jupyter Server's handler answer."""
        delegates = await asyncio.to_thread(importlib.import_module, "server.jupyter_api.delegates")
        await delegates.answer(name, self.application, self.request, await place_of(self), path)
        self._finished = True

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say it in Jupyter's words too, which its programs show to people."""
        self._jupyter_error = True
        super().write_error(status_code, **kwargs)

    def finish(self, chunk: Any = None) -> Any:
        if getattr(self, "_jupyter_error", False) and isinstance(chunk, bytes):
            error = json.loads(chunk)
            chunk = json.dumps({**error, "message": error["error"]["reason"], "reason": None}).encode()
        return super().finish(chunk)


@route("/jupyter/{project}/api/status")
class JupyterStatus(FromProgram, ApiHandler):
    """How much is going on."""

    @needs(Capability.READ, answer=payloads.JupyterStatus)
    async def get(self) -> payloads.JupyterStatus:
        kernels = await Kernels(await place_of(self)).list_kernels()
        latest = max((kernel["last_activity"] for kernel in kernels), default=stamp(datetime.now(UTC)))
        connections = sum(kernel["connections"] for kernel in kernels)
        return payloads.JupyterStatus(len(kernels), connections, latest, latest)


@route("/jupyter/{project}/api")
class JupyterVersion(FromProgram, ApiHandler):
    """The version of Jupyter Server whose API this is; programs ask before anything else."""

    @needs(Capability.READ, answer=payloads.JupyterVersion)
    async def get(self) -> payloads.JupyterVersion:
        from importlib.metadata import version

        return payloads.JupyterVersion(version("jupyter_server"))


@route("/jupyter/{project}/api/me")
class JupyterMe(JupyterRoute):
    """Who asks."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self) -> None:
        await self.pass_on("me")


@route("/jupyter/{project}/api/kernelspecs")
class JupyterSpecs(JupyterRoute):
    """Which kernels may be chosen: one of one's own, and that of each notebook."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self) -> None:
        await self.pass_on("kernelspecs")


@route(r"/jupyter/{project}/api/kernelspecs/{kernel_name:[\w.%-]{1,200}}")
class JupyterSpec(JupyterRoute):
    """One of them."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self, kernel_name: str) -> None:
        await self.pass_on("kernelspec", kernel_name=kernel_name)


@route("/jupyter/{project}/api/kernels")
class JupyterKernels(JupyterRoute):
    """The kernels that live."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self) -> None:
        await self.pass_on("kernels")

    @needs(Capability.RUN, body=payloads.JupyterModel, media=MEDIA)
    async def post(self, body: None) -> None:
        await self.pass_on("kernels")


@route(f"/jupyter/{{project}}/api/kernels/{{kernel_id:{UUID}}}")
class JupyterKernel(JupyterRoute):
    """One kernel."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self, kernel_id: str) -> None:
        await self.pass_on("kernel", kernel_id=kernel_id)

    @needs(Capability.RUN, media=MEDIA)
    async def delete(self, kernel_id: str) -> None:
        await self.pass_on("kernel", kernel_id=kernel_id)


@route(f"/jupyter/{{project}}/api/kernels/{{kernel_id:{UUID}}}/{{action:interrupt|restart}}")
class JupyterKernelAction(JupyterRoute):
    """Interrupts a kernel, or begins a new one."""

    @needs(Capability.RUN, media=MEDIA)
    async def post(self, kernel_id: str, action: str) -> None:
        await self.pass_on("kernel action", kernel_id=kernel_id, action=action)


@route("/jupyter/{project}/api/sessions")
class JupyterSessionList(JupyterRoute):
    """Which paths are with which kernels."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self) -> None:
        await self.pass_on("sessions")

    @needs(Capability.RUN, body=payloads.JupyterModel, media=MEDIA)
    async def post(self, body: None) -> None:
        await self.pass_on("sessions")


@route(f"/jupyter/{{project}}/api/sessions/{{session_id:{UUID}}}")
class JupyterSession(JupyterRoute):
    """One of them."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self, session_id: str) -> None:
        await self.pass_on("session", session_id=session_id)

    @needs(Capability.RUN, body=payloads.JupyterModel, media=MEDIA)
    async def patch(self, body: None, session_id: str) -> None:
        await self.pass_on("session", session_id=session_id)

    @needs(Capability.RUN, media=MEDIA)
    async def delete(self, session_id: str) -> None:
        await self.pass_on("session", session_id=session_id)


@route(r"/jupyter/{project}/api/contents{contents:(?:/[^/]+)+}/checkpoints/{checkpoint_id:[\w-]{1,100}}")
class JupyterCheckpoint(JupyterRoute):
    """What was kept of a file: written back, or forgotten."""

    @needs(Capability.EDIT, media=MEDIA)
    async def post(self, contents: str, checkpoint_id: str) -> None:
        await self.pass_on("checkpoint", path=contents, checkpoint_id=checkpoint_id)

    @needs(Capability.EDIT, media=MEDIA)
    async def delete(self, contents: str, checkpoint_id: str) -> None:
        await self.pass_on("checkpoint", path=contents, checkpoint_id=checkpoint_id)


@route(r"/jupyter/{project}/api/contents{checkpoints:(?:/[^/]+)+/checkpoints}")
class JupyterCheckpoints(JupyterRoute):
    """What a program wants kept: of a file a copy, of a notebook *now*: every change is kept."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self, checkpoints: str) -> None:
        await self.pass_on("checkpoints", path=checkpoints.removesuffix("/checkpoints"))

    @needs(Capability.EDIT, media=MEDIA)
    async def post(self, checkpoints: str) -> None:
        await self.pass_on("checkpoints", path=checkpoints.removesuffix("/checkpoints"))


@route(r"/jupyter/{project}/api/contents{contents:(?:/?|(?:/[^/]+)+)}")
class JupyterContents(JupyterRoute):
    """Notebooks, read from and written into their living documents, and the files of the project."""

    @needs(Capability.READ, media=MEDIA)
    async def get(self, contents: str) -> None:
        await self.pass_on("contents", path=contents)

    @needs(Capability.EDIT, body=payloads.JupyterModel, media=MEDIA, imports=True)
    async def post(self, body: None, contents: str) -> None:
        await self.pass_on("contents", path=contents)

    @needs(Capability.EDIT, body=payloads.JupyterModel, media=MEDIA, imports=True)
    async def put(self, body: None, contents: str) -> None:
        await self.pass_on("contents", path=contents)

    @needs(Capability.EDIT, body=payloads.JupyterModel, media=MEDIA)
    async def patch(self, body: None, contents: str) -> None:
        await self.pass_on("contents", path=contents)

    @needs(Capability.EDIT, media=MEDIA)
    async def delete(self, contents: str) -> None:
        await self.pass_on("contents", path=contents)


@route(f"/jupyter/{{project}}/api/kernels/{{kernel_id:{UUID}}}/channels")
@socket_needs(Capability.RUN)
class JupyterChannels(FromProgram, ApiSocket):
    """A program's line to a kernel."""

    def initialize(self) -> None:
        self._line: Any = None
        self._messages: Any = None
        self._place: Place | None = None
        self._notebook: Listed | None = None
        self._sender: FrameSender | None = None
        self._session_id = ""
        self._protocol: str | None = None

    async def prepare(self) -> None:
        await super().prepare()
        self._messages = await asyncio.to_thread(importlib.import_module, "server.jupyter_api.messages")
        self._place = await place_of(self)
        self._notebook = self._place.by_kernel(self.path_kwargs["kernel_id"] or "")
        if self._place.living(self._notebook) is None:
            raise NotFound
        self._session_id = self.get_query_argument("session_id", "")[:200] or self._notebook.session

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        wanted: str = self._messages.V1
        return wanted if wanted in subprotocols else None

    async def open(self, *args: str, **kwargs: str) -> None:
        websocket, place, notebook = self.ws_connection, self._place, self._notebook
        if websocket is None or websocket.stream is None or place is None or notebook is None:
            return  # gone already
        from server.jupyter_api.channels import Line, Way

        self.set_nodelay(True)
        self._protocol = self.selected_subprotocol
        self._sender = FrameSender(websocket.stream, self)
        try:
            session = await place.open(notebook)
        except Refusal:
            self.close(CLOSE_GONE, "The notebook was deleted.")
            return
        sessions, tasks = place.sessions, self.services.tasks
        client = self.get_query_argument("session_id", "")[:200]
        way = Way(self.tell, self._ping, self._replaced)
        self._line = Line(session, sessions, tasks, self.person, place.rights, way, client, self._end)
        await sessions.follow(self)
        if self.ws_connection is None:
            self.on_close()

    async def _end(self, restarts: bool) -> None:
        assert self._place is not None
        assert self._notebook is not None
        await self._place.look()
        kernels = Kernels(self._place)
        await (kernels.restart_kernel if restarts else kernels.shutdown_kernel)(self._notebook.kernel)

    @property
    def project(self) -> ProjectId:
        return self.opened_project.id

    def rights_changed(self, rights: Rights) -> None:
        """Apply the person's rights, also to what has been sent and waits to be read."""
        if self._line is not None:
            self._line.rights = rights
        if Capability.RUN not in rights:
            self.close(CLOSE_RIGHTS, "You may no longer use this kernel.")

    def tell(
        self,
        channel: str,
        msg_type: str,
        parent: Mapping[str, Any],
        content: Mapping[str, Any],
        *,
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[bytes] = (),
    ) -> int:
        """Send a message and return its size in bytes. A program that does not read is let go of."""
        frame = self._messages.write(
            channel,
            msg_type,
            parent,
            content,
            session=self._session_id,
            protocol=self._protocol,
            metadata=metadata,
            buffers=buffers,
        )
        raw = frame.encode() if isinstance(frame, str) else frame
        if self._sender is None or self.is_closing():
            return len(raw)
        self._sender.send(raw, is_text=isinstance(frame, str))
        if self._sender.pending_bytes > MOST_UNSENT_BYTES:
            self.close(CLOSE_TOO_SLOW, "This program does not read what its kernel says.")
        return len(raw)

    def _ping(self, mark: bytes) -> None:
        with suppress(WebSocketClosedError, StreamClosedError):  # its end is on the way
            self.ping(mark)

    def on_pong(self, data: bytes) -> None:
        if self._line is not None:
            self._line.unheard.answered(data)

    def _replaced(self) -> None:
        self.close(CLOSE_REPLACED, "This program has opened another line.")

    def on_message(self, message: str | bytes) -> None:
        if self._line is None:
            return
        try:
            received = self._messages.read(message, self._protocol)
        except self._messages.Unreadable:
            self.close(CLOSE_VIOLATION, "Send Jupyter messages.")
            return
        self._line.receive(received)

    def on_close(self) -> None:
        cast(Sessions, self.services.sessions).followers.discard(self)
        if self._sender is not None:
            self._sender.closed()
        if self._line is not None:
            self._line.close()

    def is_closing(self) -> bool:
        """Say whether either side has begun to close the websocket."""
        return self.ws_connection is None or self.ws_connection.is_closing()
