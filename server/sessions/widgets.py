"""The interactive widgets of one notebook: what they are in, who moves them, whose output that is.

The state lives here and not in a page, so that everybody sees the same, also after a reload or when they come
late. It is kept in memory and never in a document. A server that starts anew asks the kernel for all states;
when a kernel ends, the last state of what is shown stays as a blob, and whoever opens the notebook sees it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from collab import wire
from collab.commands import Comm
from collab.gate import GateRefusal, check_json_depth
from collab.hub import Room
from collab.ids import CellId, NotebookId, RunId, UserId, new_id
from collab.session.decide import Refusal
from collab.session.state import Asker, QueuedCell
from collab.wire import BlobRef, DisplayOutput, Inline
from kernel_manager.reports import Finished, Message
from kernel_manager.widgets import (
    CONTROL_TARGET,
    OUTPUT_MODEL,
    STATES_COMM,
    Change,
    Closed,
    Model,
    Models,
    Opened,
    Updated,
    folded,
    ids_in,
)
from server import storage
from server.sessions.backend import Link
from server.sessions.blobs import BlobStore
from server.sessions.widget_feed import WidgetFeed, on_wire

VIEW = "application/vnd.jupyter.widget-view+json"
FROZEN_MIME = "application/vnd.commonbook.widgets+json"
FROZEN_BYTES = 16 * 1024 * 1024

MOVES_PER_S = 60
"""How often one person may move something, in the mean over two seconds."""

MOST_WAITING = 1000
MOST_MOVE_BYTES = 24 * 1024 * 1024
"""What a move may hand over in buffers; it goes to the supervisor in one piece."""

CELLS_KNOWN = 256

OWN_KEYS = frozenset({"_esm", "_css", "_anywidget_id"})
OWN_PREFIXES = ("_model_", "_view_module", "_view_name")
"""What a widget is, beside what it is in: only the kernel's code says that."""

log = logging.getLogger("commonbook.sessions")


@dataclass(frozen=True, slots=True)
class Owner:
    """The cell and the run whose code made a widget."""

    cell: CellId
    run: RunId


@dataclass(slots=True)
class Move:
    """Something that somebody did to a widget and the kernel has not dealt with."""

    user: UserId
    name: str
    comm: str
    owner: Owner | None
    state: dict[str, object]
    answered: set[str] = field(default_factory=set)


class Widgets:
    """The widgets of one notebook."""

    def __init__(self, notebook: NotebookId, room: Room, blobs: BlobStore) -> None:
        self._notebook = notebook
        self._room = room
        self._blobs = blobs
        self._models = Models()
        self._frozen: dict[str, wire.WidgetModel] = {}
        self._owners: dict[str, Owner | None] = {}
        self._cells: OrderedDict[str, Owner] = OrderedDict()
        self._moves: dict[str, Move] = {}
        self._capturing: dict[str, list[str]] = {}
        self._clear_next: set[str] = set()
        self._unsaid: set[str] = set()
        self._recent: dict[UserId, list[float]] = {}
        self._movers: dict[Owner, UserId] = {}
        self._feed = WidgetFeed(room, self._described)

    # For the actor

    def began(self, cell: QueuedCell) -> None:
        """The request of a cell goes to the kernel: what it opens is that cell's."""
        self._cells[cell.msg_id] = Owner(cell.cell, cell.run)
        while len(self._cells) > CELLS_KNOWN:
            self._cells.popitem(last=False)

    def took(self, message: Message) -> bool:
        """Take in a word of the kernel; False if it is no widget's business but a cell's output."""
        if message.msg_type in ("comm_open", "comm_msg", "comm_close"):
            for change in self._models.apply(message):
                self._note(change, message)
            return True
        capturing = self._capturing.get(message.msg_id)
        return capturing is not None and self._capture(capturing[-1], message)

    def mover_of(self, msg_id: str) -> Move | None:
        """Return what a request of the kernel comes from, if somebody moved a widget."""
        return self._moves.get(msg_id)

    def finished(self, report: Finished, link: Link | None) -> Move | None:
        """The kernel has dealt with a request; returns the move if it was one."""
        self._capturing.pop(report.msg_id, None)
        self._sync_captured(link)
        move = self._moves.pop(report.msg_id, None)
        if move is None:
            return None
        # Not every kind of widget repeats what it was told: what nothing was said of counts as taken.
        kept = {key: value for key, value in move.state.items() if key not in move.answered}
        for change in self._models.set(move.comm, kept):
            if isinstance(change, Updated):
                self._feed.note(replace(change, is_echo=True))
        self._feed.tell(wire.WidgetMoved(move.comm, report.msg_id, move.user, move.name))
        return move

    def is_new_mover(self, move: Move) -> bool:
        """Whether somebody else moved the widgets of this run before, or nobody."""
        assert move.owner is not None
        before, self._movers[move.owner] = self._movers.get(move.owner), move.user
        return before != move.user

    def move(self, command: Comm, asker: Asker, link: Link | None, now: float) -> str:
        """Pass what somebody did to a widget on to the kernel, and return the id of that request.

        Raises `Refusal`. Whether the person may do that is decided before.
        """
        model = self._models.get(command.widget)
        if model is None:
            raise Refusal("no_widget", "This widget is not there any more. Run its cell again.")
        if link is None or not link.takes_comms:
            raise Refusal(
                "no_widgets", "This kernel takes no widgets at the moment. Restart it to use them again."
            )
        self._demand_pace(asker.user, now)
        _demand_shape(command)
        data = {"method": "custom", "content": command.content}
        if command.method == "update":
            data = {"method": "update", "state": command.state, "buffer_paths": command.paths}
        msg_id = f"widget-{new_id()}"
        with_buffers = {path[0] for path in command.paths}
        state = {key: value for key, value in command.state.items() if key not in with_buffers}
        owner = self._owner_of(model.id)
        self._moves[msg_id] = Move(asker.user, asker.name, model.id, owner, state)
        content = msgspec.json.encode({"comm_id": model.id, "data": data})
        link.comm(msg_id, "comm_msg", content, tuple(command.buffers))
        return msg_id

    def take_up(self) -> None:
        """A kernel of an earlier server is to be heard from the middle on."""
        self._models = Models(takes_up=True)

    def ask_states(self, link: Link | None) -> None:
        """Ask the kernel for the states of all its widgets, if any are shown. It answers when it is free."""
        if link is None or not link.takes_comms or not self._shown():
            return
        opened = {"comm_id": STATES_COMM, "target_name": CONTROL_TARGET, "data": {}}
        asked = {"comm_id": STATES_COMM, "data": {"method": "request_states"}}
        link.comm(f"states-{new_id()}", "comm_open", msgspec.json.encode(opened), is_work=False)
        link.comm(f"states-{new_id()}", "comm_msg", msgspec.json.encode(asked), is_work=False)

    async def end(self) -> None:
        """The kernel is gone: keep the last state of what is shown, and let go of the rest."""
        if not len(self._models):
            return
        living = {model.id: self._described(model.id) for model in self._models}
        all_known = {**self._frozen, **{each.id: replace_alive(each) for each in living.values() if each}}
        self._models = Models()
        self._owners.clear()
        self._movers.clear()
        self._moves.clear()
        self._capturing.clear()
        self._unsaid.clear()
        self._clear_next.clear()
        self._frozen = _reachable(all_known, self._shown())
        self._feed.tell(wire.WidgetsEnded())
        self._feed.flush()
        await self._keep()

    async def load(self) -> None:
        """Read the last states of widgets whose kernel is gone."""
        ref = self._room.runtime.kernel().widgets
        found = None if ref is None else await self._blobs.get(self._notebook, ref.sha256)
        if found is not None:
            models = msgspec.json.decode(found[1], type=list[wire.WidgetModel])
            self._frozen = {model.id: model for model in models}

    def snapshot(self) -> tuple[int, list[wire.WidgetModel], list[str]]:
        """Return the number of the last change, every widget as it is now, and the moves that wait."""
        self._feed.flush()
        living = [each for model in self._models if (each := self._described(model.id)) is not None]
        frozen = [each for each in self._frozen.values() if self._models.get(each.id) is None]
        return self._feed.seq, [*living, *frozen], list(self._moves)

    def close(self) -> None:
        """Tell nothing more."""
        self._feed.close()

    # Private

    def _note(self, change: Change, message: Message) -> None:
        self._feed.note(change)
        match change:
            case Opened(model):
                owner = self._owner_at(message.msg_id)
                if owner is not None:
                    self._owners[model.id] = owner
                self._follow_capture(model)
            case Updated(model, keys):
                move = self._moves.get(message.msg_id)
                if move is not None and move.comm == model.id:
                    move.answered |= keys
                if "msg_id" in keys:
                    self._follow_capture(model)
            case Closed(comm):
                self._owners.pop(comm, None)
                self._stop_capture(comm)
            case _:
                pass

    def _owner_at(self, msg_id: str) -> Owner | None:
        move = self._moves.get(msg_id)
        return move.owner if move is not None else self._cells.get(msg_id)

    def _owner_of(self, comm: str) -> Owner | None:
        """Return whose a widget is; one that an earlier server heard of belongs to the cell that shows it."""
        if comm not in self._owners:
            self._owners[comm] = None
            living = {model.id: each for model in self._models if (each := self._described(model.id))}
            for root, shown_by in self._shown().items():
                if comm in _reachable(living, [root]):
                    self._owners[comm] = shown_by
        return self._owners[comm]

    def _described(self, comm: str) -> wire.WidgetModel | None:
        model = self._models.get(comm)
        if model is None:
            return None
        owner = self._owners.get(comm)
        return wire.WidgetModel(
            model.id,
            model.state,
            on_wire(model.buffers_of(model.state)),
            owner.cell if owner else None,
            owner.run if owner else None,
            cut=model.is_cut,
        )

    def _shown(self) -> dict[str, Owner]:
        """Return the widgets that outputs show, and by which run of which cell."""
        found = {}
        for cell, entry in self._room.runtime.entries().items():
            for output in entry.outputs:
                view = output.data.get(VIEW) if isinstance(output, DisplayOutput) else None
                value = view.inline if isinstance(view, Inline) else None
                if isinstance(value, dict) and isinstance(value.get("model_id"), str):
                    found[value["model_id"]] = Owner(CellId(cell), RunId(entry.run))
        return found

    def _follow_capture(self, model: Model) -> None:
        if model.state.get("_model_name") != OUTPUT_MODEL:
            return
        self._stop_capture(model.id)
        msg_id = model.state.get("msg_id")
        if isinstance(msg_id, str) and msg_id:
            self._capturing.setdefault(msg_id, []).append(model.id)

    def _stop_capture(self, comm: str) -> None:
        for msg_id, comms in list(self._capturing.items()):
            if comm in comms:
                comms.remove(comm)
                if not comms:
                    del self._capturing[msg_id]

    def _capture(self, comm: str, message: Message) -> bool:
        model = self._models.get(comm)
        if model is None:
            return False
        before = model.state.get("outputs")
        outputs = before if isinstance(before, list) else []
        if message.msg_type == "clear_output" and message.content.get("wait"):
            self._clear_next.add(comm)
            return True
        if comm in self._clear_next and message.msg_type != "update_display_data":
            outputs = []
        after = folded(outputs, message.msg_type, message.content)
        if after is None:
            return False
        self._clear_next.discard(comm)
        for change in self._models.set(comm, {"outputs": after}):
            self._feed.note(change)
        self._unsaid.add(comm)
        return True

    def _sync_captured(self, link: Link | None) -> None:
        """Tell the kernel what its Output widgets hold, as the pages of Jupyter do."""
        unsaid, self._unsaid = self._unsaid, set()
        for comm in unsaid:
            model = self._models.get(comm)
            if model is not None and link is not None and link.takes_comms:
                data = {"method": "update", "state": {"outputs": model.state.get("outputs", [])}}
                content = msgspec.json.encode({"comm_id": comm, "data": data})
                link.comm(f"captured-{new_id()}", "comm_msg", content, is_work=False)

    def _demand_pace(self, user: UserId, now: float) -> None:
        recent = [at for at in self._recent.get(user, []) if now - at < 2]
        self._recent[user] = recent
        if len(recent) >= 2 * MOVES_PER_S or len(self._moves) >= MOST_WAITING:
            raise Refusal("too_many_moves", "The kernel has more to do than it can. Try again in a moment.")
        recent.append(now)

    async def _keep(self) -> None:
        content = msgspec.json.encode(list(self._frozen.values()))
        ref = None
        if self._frozen and len(content) <= FROZEN_BYTES:
            try:
                sha256 = await self._blobs.put(self._notebook, content, FROZEN_MIME)
                ref = BlobRef(sha256, len(content))
            except Exception as failure:
                if not storage.is_away(failure):
                    raise
                log.warning("widgets are not kept", exc_info=True, extra={"notebook": self._notebook})
        self._room.runtime.set_kernel(widgets=ref)


def replace_alive(model: wire.WidgetModel) -> wire.WidgetModel:
    """Return a widget whose kernel is gone."""
    return msgspec.structs.replace(model, alive=False)


def _reachable(models: dict[str, wire.WidgetModel], roots: Iterable[str]) -> dict[str, wire.WidgetModel]:
    """Return the models that `roots` are made of, and the links between them."""
    found: dict[str, wire.WidgetModel] = {}
    ahead = [root for root in roots if root in models]
    links = [each for each in models.values() if str(each.state.get("_model_name", "")).endswith("LinkModel")]
    while ahead:
        comm = ahead.pop()
        if comm in found:
            continue
        found[comm] = models[comm]
        ahead += [each for each in ids_in(models[comm].state) if each in models and each not in found]
        if not ahead:
            ahead += [each.id for each in links if each.id not in found and ids_in(each.state) & found.keys()]
    return found


def _demand_shape(command: Comm) -> None:
    try:
        check_json_depth([command.state, command.content])
    except GateRefusal as refusal:
        raise Refusal("bad_command", str(refusal)) from None
    own = [key for key in command.state if key in OWN_KEYS or key.startswith(OWN_PREFIXES)]
    if own:
        raise Refusal("bad_command", f"Only code may set {own[0][:40]} of a widget.")
    if len(command.paths) != len(command.buffers) and command.method == "update":
        raise Refusal("bad_command", "Each buffer needs its path.")
    if sum(map(len, command.buffers)) > MOST_MOVE_BYTES:
        raise Refusal(
            "too_large",
            "A widget can hand over at most 24 MB. Put the file into the project and read it there.",
        )
    if any(not 1 <= len(path) <= 64 for path in command.paths):
        raise Refusal("bad_command", "A buffer's path has 1 to 64 steps.")
