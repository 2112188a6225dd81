"""Tells everybody in a notebook what happens to its widgets: at a pace, of each model the newest values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from collab import wire
from collab.hub import Room
from kernel_manager.widgets import Buffer, Change, Closed, Model, Opened, Said, Updated

EVERY_S = 0.05
"""At most twenty messages a second, however fast the kernel changes its widgets."""

SOON_S = 0.005
MOST_SAID = 1000
"""Messages of widgets' own kinds that wait for one look; of more, the page asks for the whole state."""

TELL_WHERE_AFTER_S = 1.0


@dataclass(slots=True)
class _Update:
    """Keys of a model to be told: their values are read when it is."""

    keys: set[str] = field(default_factory=set)
    echo: set[str] = field(default_factory=set)


_Pending = tuple[str, wire.WidgetEvent | None]
"""A model's id, and an event; None where the model or its update are to be told as they are by then."""


class WidgetFeed:
    """The numbered changes of one notebook's widgets. `model_of` describes a living model as it is now."""

    def __init__(self, room: Room, model_of: Callable[[str], wire.WidgetModel | None]) -> None:
        self.seq = 0
        self._room = room
        self._model_of = model_of
        self._pending: list[_Pending] = []
        self._updates: dict[str, _Update] = {}
        self._opened: set[str] = set()
        self._said = 0
        self._has_gap = False
        self._told_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._where: asyncio.TimerHandle | None = None

    def note(self, change: Change) -> None:
        """Take in a change of a model."""
        match change:
            case Opened(model):
                self._forget(model.id)
                self._opened.add(model.id)
                self._add(model.id, None)
            case Updated(model, keys, is_echo):
                self._update(model, keys, is_echo=is_echo)
            case Said(model, content, buffers):
                self._said += 1
                if self._said > MOST_SAID:
                    self._has_gap = True
                else:
                    self._add(model.id, wire.WidgetSaid(model.id, content, list(buffers)))
            case Closed(comm):
                self._forget(comm)
                self._add(comm, wire.WidgetClosed(comm))

    def tell(self, event: wire.WidgetMoved | wire.WidgetsEnded) -> None:
        """Pass an event on behind all changes so far."""
        self._add("", event)

    def flush(self) -> None:
        """Tell what waits, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending and not self._has_gap:
            return
        pending, self._pending = self._pending, []
        updates, self._updates = self._updates, {}
        opened, self._opened = self._opened, set()
        self.seq += 1
        events = [each for comm, event in pending if (each := self._event(comm, event, updates, opened))]
        has_all = not self._has_gap and self._room.tell_followers(wire.WidgetChanges(self.seq, events))
        self._said, self._has_gap = 0, False
        self._told_at = asyncio.get_running_loop().time()
        if not has_all and self._where is None:
            self._where = asyncio.get_running_loop().call_later(TELL_WHERE_AFTER_S, self._tell_where)

    def close(self) -> None:
        """Tell nothing more."""
        for timer in (self._timer, self._where):
            if timer is not None:
                timer.cancel()

    def _update(self, model: Model, keys: frozenset[str], *, is_echo: bool) -> None:
        if not keys or model.id in self._opened:
            return
        update = self._updates.get(model.id)
        if update is None:
            update = self._updates[model.id] = _Update()
            self._add(model.id, None)
        update.keys |= keys
        if is_echo:
            update.echo |= keys
        else:
            update.echo -= keys

    def _forget(self, comm: str) -> None:
        """Drop what waits of a model that is gone or another one now."""
        self._pending = [each for each in self._pending if each[0] != comm]
        self._updates.pop(comm, None)
        self._opened.discard(comm)

    def _add(self, comm: str, event: wire.WidgetEvent | None) -> None:
        self._pending.append((comm, event))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(SOON_S, self._told_at + EVERY_S - loop.time())
            self._timer = loop.call_later(wait_s, self.flush)

    def _event(
        self, comm: str, event: wire.WidgetEvent | None, updates: dict[str, _Update], opened: set[str]
    ) -> wire.WidgetEvent | None:
        if event is not None:
            return event
        model = self._model_of(comm)
        if model is None:
            return None
        update = updates.get(comm)
        if comm in opened or update is None:
            return wire.WidgetOpened(model)
        keys = update.keys & model.state.keys()
        state = {key: model.state[key] for key in keys}
        buffers = [each for each in model.buffers if each.path[0] in keys]
        return wire.WidgetUpdated(comm, state, buffers, sorted(update.echo & keys))

    def _tell_where(self) -> None:
        self._where = None
        self._room.send_control(wire.WidgetsAt(self.seq))


def on_wire(buffers: list[Buffer]) -> list[wire.WidgetBuffer]:
    """Return buffers as they travel."""
    return [wire.WidgetBuffer(list(each.path), each.data) for each in buffers]
