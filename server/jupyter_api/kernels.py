"""What Jupyter Server's handlers ask of kernels, kernelspecs and sessions, answered by our own."""

from __future__ import annotations

import asyncio
from typing import Any

from collab import commands
from collab.wire import KernelState
from server.jupyter_api.book import Noted
from server.jupyter_api.names import DEFAULT_SPEC, Listed, name_of, stamp
from server.jupyter_api.place import Place
from server.refusals import NotFound, Refusal
from server.sessions.actor import NotebookSession
from server.sessions.taps import Absent

CHANGE_LIMIT_S = 60.0

SPECS_OF_NOTEBOOKS = 200

Model = dict[str, Any]

STATES: dict[KernelState, str] = {
    "none": "dead",
    "dead": "dead",
    "starting": "starting",
    "idle": "idle",
    "busy": "busy",
    "restarting": "starting",
    "reconnecting": "busy",
    "stopping": "busy",
    "saving": "busy",
    "restoring": "busy",
}
"""The state of a kernel in Jupyter's words, of those alone that its clients know.

To JupyterLab "restarting" means that a kernel has died and begins anew by itself, which ours never do.
"""


class Kernels:
    """Stands in for Jupyter Server's kernel manager."""

    default_kernel_name = DEFAULT_SPEC

    def __init__(self, place: Place) -> None:
        self.place = place
        self.leaves_shared = False
        """A kernel that others use goes on without a word, where its end is not what was asked for."""

    def __contains__(self, kernel_id: str) -> bool:
        return any(each.kernel == kernel_id and self.place.living(each) for each in self.place.listed)

    async def list_kernels(self) -> list[Model]:
        """Return the kernels of the project that live."""
        found = ((each, self.place.living(each)) for each in self.place.listed)
        return [_model(each, session) for each, session in found if session is not None]

    async def start_kernel(
        self, kernel_name: str | None = None, path: str | None = None, kernel_id: str | None = None
    ) -> str:
        """Start the kernel of the notebook that is meant, where it does not live already."""
        if kernel_id is not None:
            notebook = self.place.by_kernel(kernel_id)
        else:
            notebook = (self.place.by_path(path) if path else None) or await self.of_spec(kernel_name)
        if self.place.living(notebook) is None:
            await self.place.start(notebook)
        return notebook.kernel

    async def of_spec(self, name: str | None) -> Listed:
        """Return the notebook that a kernelspec stands for."""
        return await self.place.scratch() if name in (None, DEFAULT_SPEC) else self.place.by_spec(str(name))

    async def kernel_model(self, kernel_id: str) -> Model:
        """Return a kernel that lives."""
        notebook = self.place.by_kernel(kernel_id)
        session = self.place.living(notebook)
        if session is None:
            raise NotFound
        return _model(notebook, session)

    async def shutdown_kernel(self, kernel_id: str) -> None:
        """End a kernel and return when it is gone, unless somebody else works with its notebook."""
        notebook = self.place.by_kernel(kernel_id)
        if self.place.living(notebook) is None:
            return
        if self.place.is_shared(notebook):
            if self.leaves_shared:
                return
            reason = "Others have this notebook open. Stop its kernel in the notebook's own page."
            raise Refusal("kernel_shared", reason, 409)
        await self.place.ask(notebook, commands.Stop())
        await self._until_not(notebook, "stopping")

    async def interrupt_kernel(self, kernel_id: str) -> None:
        """Interrupt what runs; nothing to interrupt is no failure to a program."""
        notebook = self.place.by_kernel(kernel_id)
        if self.place.living(notebook) is None:
            raise NotFound
        try:
            await self.place.ask(notebook, commands.Interrupt())
        except Refusal as refusal:
            if refusal.code != "not_running":
                raise

    async def restart_kernel(self, kernel_id: str) -> None:
        """Begin a new kernel and return when it answers."""
        notebook = self.place.by_kernel(kernel_id)
        await self.place.ask(notebook, commands.Restart())
        await self._until_not(notebook, "starting", "restarting")

    async def _until_not(self, notebook: Listed, *states: KernelState) -> None:
        session = await self.place.open(notebook)
        async with asyncio.timeout(CHANGE_LIMIT_S):
            while session.state.kernel in states:
                await session.changed()


class Specs:
    """Stands in for Jupyter Server's kernelspec manager."""

    def __init__(self, place: Place) -> None:
        self.place = place

    async def get_all_specs(self) -> dict[str, Model]:
        """Return a spec for a kernel of one's own, and one for each notebook that was edited last."""
        latest = sorted(self.place.listed, key=lambda each: each.edited_at, reverse=True)
        specs = [_spec(DEFAULT_SPEC, "Python 3 (Commonbook)")]
        specs += [_spec(each.spec, f"{each.name} (Commonbook)") for each in latest[:SPECS_OF_NOTEBOOKS]]
        return {spec["name"]: spec for spec in specs}

    async def get_kernel_spec(self, name: str) -> Model:
        """Return one spec; raises `KeyError`, as Jupyter's handler expects."""
        if name == DEFAULT_SPEC:
            return _spec(name, "Python 3 (Commonbook)")
        try:
            notebook = self.place.by_spec(name)
        except NotFound:
            raise KeyError(name) from None
        return _spec(name, f"{notebook.name} (Commonbook)")


class JupyterSessions:
    """Stands in for Jupyter Server's session manager."""

    def __init__(self, place: Place, kernels: Kernels) -> None:
        self.place = place
        self.kernels = kernels

    async def list_sessions(self) -> list[Model]:
        """Return what programs have made, and one for each other kernel that lives."""
        noted = [each for each in self.place.book.of(self.place.project) if self._lives(each)]
        known = {each.notebook for each in noted}
        others = [each for each in self.place.listed if each.id not in known and self.place.living(each)]
        return [*map(self._noted, noted), *map(self._plain, others)]

    async def session_exists(self, path: str) -> bool:
        """Whether there is a session of this path."""
        return any(session["path"] == path for session in await self.list_sessions())

    async def get_session(self, path: str | None = None, session_id: str | None = None) -> Model:
        """Return one session by its path or its id; raises `NotFound`."""
        for session in await self.list_sessions():
            if session["path"] == path or session["id"] == session_id:
                return session
        raise NotFound

    async def create_session(
        self,
        path: str | None,
        name: str | None = None,
        type: str | None = None,
        kernel_name: str | None = None,
        kernel_id: str | None = None,
    ) -> Model:
        """Start a kernel for a path, or join the one that is named."""
        path = path or ""
        if kernel_id is not None:
            notebook = self.place.by_kernel(kernel_id)
            if self.place.living(notebook) is None:
                raise NotFound
        else:
            kernel_id = await self.kernels.start_kernel(kernel_name, path)
            notebook = self.place.by_kernel(kernel_id)
        book = self.place.book
        return self._noted(
            book.note(self.place.project, notebook.id, path, name or name_of(path), type or "notebook")
        )

    async def start_kernel_for_session(
        self, session_id: str, path: str, name: str, type: str, kernel_name: str
    ) -> str:
        """Start another kernel for a session that there is."""
        self.kernels.leaves_shared = True
        notebook = await self.kernels.of_spec(kernel_name)
        return await self.kernels.start_kernel(kernel_id=notebook.kernel)

    async def update_session(self, session_id: str, **changes: Any) -> None:
        """Note another path, name, type or kernel."""
        session = await self.get_session(session_id=session_id)
        kernel = changes.get("kernel_id") or session["kernel"]["id"]
        notebook = self.place.by_kernel(kernel)
        noted = self.place.book.entries.get(session_id)
        if noted is None:
            book = self.place.book
            noted = book.note(self.place.project, notebook.id, session["path"], session["name"], "notebook")
            del book.entries[noted.id]
            noted.id = session_id
            book.entries[session_id] = noted
        self.kernels.leaves_shared = True
        noted.notebook = notebook.id
        noted.path = str(changes.get("path") or noted.path)
        noted.name = str(changes.get("name") or noted.name)
        noted.type = str(changes.get("type") or noted.type)

    async def delete_session(self, session_id: str) -> None:
        """Forget a session and end its kernel, unless others use that."""
        session = await self.get_session(session_id=session_id)
        self.place.book.forget(session_id)
        self.kernels.leaves_shared = True
        await self.kernels.shutdown_kernel(session["kernel"]["id"])

    def _lives(self, noted: Noted) -> bool:
        return any(each.id == noted.notebook and self.place.living(each) for each in self.place.listed)

    def _noted(self, noted: Noted) -> Model:
        return self._session(noted.id, noted.path, noted.name, noted.type, self.place.by_id(noted.notebook))

    def _plain(self, notebook: Listed) -> Model:
        return self._session(notebook.session, notebook.path, notebook.path, "notebook", notebook)

    def _session(self, session_id: str, path: str, name: str, kind: str, notebook: Listed) -> Model:
        session = self.place.living(notebook)
        if session is None:
            raise NotFound
        model: Model = {
            "id": session_id,
            "path": path,
            "name": name,
            "type": kind,
            "kernel": _model(notebook, session),
        }
        if kind == "notebook":
            model["notebook"] = {"path": path, "name": name}
        return model


def _model(notebook: Listed, session: NotebookSession) -> Model:
    programs = sum(not isinstance(tap, Absent) for tap in session.taps)
    return {
        "id": notebook.kernel,
        "name": notebook.spec,
        "last_activity": stamp(session.acted_at),
        "execution_state": STATES[session.state.kernel],
        "connections": programs + len(session.room.connections),
    }


def _spec(name: str, shown: str) -> Model:
    spec = {
        "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "env": {},
        "display_name": shown,
        "language": "python",
        "interrupt_mode": "message",
        "metadata": {"debugger": False},
    }
    return {"name": name, "spec": spec, "resources": {}}
