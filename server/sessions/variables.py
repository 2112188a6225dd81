"""The kernel's variables as the last snapshot shows them: one for all, asked for after each run.

The kernel's agent says how each variable looks and which request bound or changed it; the record says whose
run of which cell that was. What people see is the last answer, so it may be read by anybody who may read
outputs. New answers come only after what people with RUN do: a run, or their looking while a cell runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from collab import wire
from collab.hub import Connection, Room
from collab.kinds import text_of
from collab.packed_run import stamp
from collab.roles import Capability
from collab.session.state import Session
from kernel_manager.analysis import LiveName, LiveQuestion
from kernel_manager.asking import Answer, AskFailed, KernelGone, NoAgent, NoAnswer
from server.sessions.backend import Link
from server.sessions.ledger import Ledger
from server.sessions.outputs import source_hash

REST_S = 0.2
"""So long after a run nothing else must have run, or all of it is asked for at once."""
LOOK_AGAIN_S = 2.0
LATE_S = 2.0
"""A kernel that takes longer for all its variables is in a call that lets nobody else run."""
ANSWER_LIMIT_S = 5.0
EDITS_REST_S = 0.5

T = TypeVar("T")

LIVING = ("idle", "busy", "saving", "restoring")


class Seen(msgspec.Struct):
    """A variable as the agent tells of it. It comes from a kernel, so it is read, not believed."""

    name: str
    kind: str
    type: str
    preview: str
    length: int | None = None
    shape: list[int] | None = None
    size: int | None = None
    children: bool = False
    plot: bool = False
    frame: bool = False
    fresh: bool = False
    defined: str | None = None
    changed: str | None = None


class Snapshot(msgspec.Struct):
    """Everything that the agent told at once. `at` is its clock, in seconds."""

    items: list[Seen]
    total: int
    at: float


class Inside(msgspec.Struct):
    """What is inside one variable, from `start` on."""

    items: list[Seen]
    total: int
    start: int


class _LiveNames(msgspec.Struct):
    names: list[LiveName]


class Origin(msgspec.Struct, frozen=True):
    """Whose run of which cell a request was."""

    by: str
    by_name: str
    cell: str
    run: str
    at: str
    sha256: str
    is_over: bool


class Variables:
    """The variables of one notebook's kernel, and who looks at them."""

    def __init__(
        self,
        room: Room,
        ledger: Ledger,
        link: Callable[[], Link | None],
        beside: Callable[[str, Coroutine[Any, Any, None]], None],
    ) -> None:
        self._room = room
        self._ledger = ledger
        self._link = link
        self._beside = beside
        self._state: wire.VariablesState = "none"
        self._reason = ""
        self._snapshot: Snapshot | None = None
        self._origins: dict[str, Origin] = {}
        self._watchers: dict[Connection, None] = {}
        self._sent: dict[str, wire.Variable] = {}
        self._told = wire.Variables("none", whole=False)
        self._kernel: tuple[str, int] = ("none", 0)
        self._timer: asyncio.TimerHandle | None = None
        self._waits_since = 0.0
        self._edits: asyncio.TimerHandle | None = None
        self._asking: asyncio.Future[None] | None = None
        self._is_closed = False

    # What happens to the kernel

    def follow(self, session: Session, *, ended: bool) -> None:
        """Take in a step of the session. `ended`: a cell has."""
        before, self._kernel = self._kernel, (session.kernel, session.epoch)
        if before[1] != session.epoch:
            self._forget("unknown")
        if session.kernel in LIVING:
            if self._state in ("none", "ended"):
                self._forget("unknown")
            if ended or before[0] not in LIVING:
                self._plan(REST_S)
            elif session.kernel == "busy" and before[0] != "busy":
                self._plan_again()
        elif session.kernel in ("none", "dead") and before[0] not in ("none", "dead"):
            self._cancel()
            self._state = "ended" if self._snapshot is not None else "none"
            self._push()

    def edited(self, cells: Iterable[str]) -> None:
        """The text of cells changed: what they defined may say so, once typing rests."""
        named = {origin.cell for origin in self._origins.values()}
        if self._edits is None and self._watchers and not named.isdisjoint(cells):
            self._edits = asyncio.get_running_loop().call_later(EDITS_REST_S, self._edits_rest)

    def close(self) -> None:
        """Ask no more."""
        self._is_closed = True
        self._cancel()
        if self._edits is not None:
            self._edits.cancel()

    # Looking

    def look(self, connection: Connection, *, is_open: bool) -> None:
        """Tell a person of the variables from now on, or no more."""
        self._watchers.pop(connection, None)
        if not is_open:
            return
        connection.send_control(self.last)
        self._watchers[connection] = None
        if Capability.RUN in connection.rights and self._kernel[0] in LIVING:
            if self._snapshot is None or self._state != "current":
                self._plan(0)
            else:
                self._plan_again()

    @property
    def last(self) -> wire.Variables:
        """Return the last snapshot."""
        self._push()
        return msgspec.structs.replace(self._told, whole=True, items=list(self._sent.values()))

    async def refresh(self) -> wire.Variables:
        """Ask the kernel now, and return what there is then: as of now, if it answers."""
        if self._kernel[0] in LIVING:
            self._cancel()
            await self._ask()
        return self.last

    async def expand(self, path: Sequence[str | int], start: int) -> Inside:
        """Return what is inside a variable; raises `AskFailed`."""
        answer = await self._asked("variables.expand", {"path": path, "start": start})
        return _read(answer.content, Inside)

    async def points(self, path: Sequence[str | int]) -> Mapping[str, Any]:
        """Return a few points of a series of numbers; raises `AskFailed`."""
        return (await self._asked("variables.plot", {"path": path})).content

    async def names(self, question: LiveQuestion, limit_s: float) -> list[LiveName]:
        """Return the names that living values have, none if the kernel does not answer in time."""
        arguments = {
            "wanted": question.wanted,
            "root": question.root,
            "path": question.path,
            "typed": question.typed,
        }
        try:
            answer = await self._asked("names.complete", arguments, limit_s)
            return _read(answer.content, _LiveNames).names
        except AskFailed:
            return []

    async def delete(self, name: str) -> None:
        """Delete a variable; raises `AskFailed`."""
        await self._asked("variables.delete", {"name": name})
        await self.refresh()

    # Asking

    async def _asked(
        self, operation: str, arguments: Mapping[str, Any], limit_s: float = ANSWER_LIMIT_S
    ) -> Answer:
        link = self._link()
        if link is None or self._kernel[0] not in LIVING:
            raise KernelGone("There is no kernel. Run a cell to start one.")
        return await link.ask(operation, arguments, limit_s)

    def _plan(self, wait_s: float) -> None:
        """Ask after a while, instead of any other time. What waits already is not put off for long."""
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._waits_since = loop.time()
        elif loop.time() + wait_s > self._waits_since + LOOK_AGAIN_S:
            return
        self._cancel()
        if not self._is_closed:
            self._timer = loop.call_later(wait_s, self._due)

    def _plan_again(self) -> None:
        """Ask again in a while, if a cell runs and somebody with RUN looks."""
        looks = any(not one.is_closed and Capability.RUN in one.rights for one in self._watchers)
        if self._kernel[0] == "busy" and looks and self._timer is None:
            self._plan(LOOK_AGAIN_S)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self._beside("ask for variables", self._ask())

    async def _ask(self) -> None:
        """Ask for a snapshot, once for everybody who wants one now."""
        if self._asking is not None:
            await asyncio.shield(self._asking)
            return
        self._asking = asyncio.get_running_loop().create_future()
        try:
            await self._take_snapshot()
        finally:
            asking, self._asking = self._asking, None
            asking.set_result(None)
        self._push()
        self._plan_again()

    async def _take_snapshot(self) -> None:
        epoch = self._kernel[1]
        try:
            answer = await self._asked("variables.snapshot", {}, LATE_S)
            snapshot = _read(answer.content, Snapshot)
        except NoAnswer:
            self._state = "late" if self._kernel[1] == epoch else self._state
            if self._kernel[0] in LIVING:
                self._plan(LOOK_AGAIN_S)
            return
        except NoAgent as none:
            self._state, self._reason = "unavailable", str(none)
            return
        except AskFailed:
            return
        await self._learn({each for seen in snapshot.items for each in (seen.defined, seen.changed) if each})
        if self._kernel[1] == epoch and self._kernel[0] in LIVING:
            self._snapshot, self._state, self._reason = snapshot, "current", ""

    async def _learn(self, requests: set[str]) -> None:
        """Find out whose runs these were, where that is not known yet, and forget all others."""
        known = {
            each: origin for each, origin in self._origins.items() if each in requests and origin.is_over
        }
        missing = sorted(requests - known.keys())
        if missing:
            cells = await self._ledger.cells_of(missing)
            names = await self._ledger.names({cell.by for cell in cells})
            for cell in cells:
                at = cell.started or self._ledger.began.get(cell.msg_id) or cell.queued
                known[cell.msg_id] = Origin(
                    cell.by,
                    names.get(cell.by, ""),
                    cell.cell,
                    cell.run,
                    stamp(at.replace(tzinfo=at.tzinfo or UTC)),
                    cell.source_sha256,
                    cell.ended is not None,
                )
        self._origins = known

    # Telling

    def _edits_rest(self) -> None:
        self._edits = None
        self._push()

    def _forget(self, state: wire.VariablesState) -> None:
        self._snapshot, self._state, self._reason = None, state, ""
        self._push()

    def _push(self) -> None:
        """Tell those who look what is new."""
        now = {each.name: each for each in self._built()}
        items = [each for name, each in now.items() if self._sent.get(name) != each]
        gone = [name for name in self._sent if name not in now]
        told = wire.Variables(
            self._state,
            whole=False,
            as_of=None if self._snapshot is None else stamp(datetime.fromtimestamp(self._snapshot.at, UTC)),
            total=0 if self._snapshot is None else self._snapshot.total,
            reason=self._reason,
        )
        is_news = bool(items or gone or told != self._told)
        self._sent, self._told = now, told
        if is_news:
            message = msgspec.structs.replace(told, items=items, gone=gone)
            for connection in [each for each in self._watchers if each.is_closed]:
                del self._watchers[connection]
            for connection in self._watchers:
                connection.send_control(message)

    def _built(self) -> list[wire.Variable]:
        if self._snapshot is None:
            return []
        hashes: dict[str, str] = {}
        return [
            msgspec.structs.replace(
                inside(seen),
                fresh=seen.fresh,
                defined=self._origin(seen.defined, hashes),
                changed=self._origin(seen.changed, hashes),
            )
            for seen in self._snapshot.items
        ]

    def _origin(self, request: str | None, hashes: dict[str, str]) -> wire.VariableOrigin | None:
        origin = self._origins.get(request or "")
        if origin is None:
            return None
        if origin.cell not in hashes:
            text = text_of(self._room.source, origin.cell)
            hashes[origin.cell] = "" if text is None else source_hash(text)
        is_edited = hashes[origin.cell] != origin.sha256
        return wire.VariableOrigin(origin.by, origin.by_name, origin.cell, origin.run, origin.at, is_edited)


def inside(seen: Seen) -> wire.Variable:
    """Return a thing inside a variable as people see it."""
    return wire.Variable(
        seen.name,
        seen.kind,
        seen.type,
        seen.preview,
        seen.length,
        seen.shape,
        seen.size,
        seen.children,
        seen.plot,
        seen.frame,
    )


def _read(content: Mapping[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        raise AskFailed("The kernel's answer could not be read. Restart it.") from None
