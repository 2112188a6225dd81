"""Folds the comm messages of a kernel into the models of its widgets, one change after the other.

Pure: no clock, no sockets, no people. The messages are those of the Jupyter widget protocol, version 2.1:
`comm_open` brings a model, `update` and `echo_update` merge keys into its state, `custom` is passed on and
kept by nobody. Binary values travel beside the state and are kept by their paths. A kernel may say anything:
what is not of this shape is passed over, and what is too much is left out and marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kernel_manager.outputs.safety import safe_json
from kernel_manager.reports import Message

TARGET = "jupyter.widget"
CONTROL_TARGET = "jupyter.widget.control"
STATES_COMM = "commonbook-widget-states"
"""The comm over which the server asks a kernel for the states of all its widgets."""

LONGEST_ID = 200

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Buffer:
    """A binary value, and where in the state it belongs. The first step of `path` is the key."""

    path: Path
    data: bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one kernel's widgets may hold on the server."""

    models: int = 10_000
    model_bytes: int = 16 * 1024 * 1024
    total_bytes: int = 64 * 1024 * 1024
    custom_bytes: int = 4 * 1024 * 1024


@dataclass(slots=True)
class Model:
    """One widget. `origin` is the request whose code opened it; `is_cut` says that values were too large."""

    id: str
    origin: str
    state: dict[str, Any] = field(default_factory=dict)
    buffers: dict[Path, bytes] = field(default_factory=dict)
    is_cut: bool = False
    _sizes: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return about how many bytes the state and its buffers take."""
        return sum(self._sizes.values())

    def buffers_of(self, keys: Iterable[str]) -> list[Buffer]:
        """Return the buffers below some of the state's keys."""
        wanted = set(keys)
        return [Buffer(path, data) for path, data in self.buffers.items() if path[0] in wanted]

    def put(self, key: str, value: Any, buffers: Sequence[Buffer], room: int) -> int:
        """Set one key, unless it takes more than `room` bytes beyond what it took; returns what it adds."""
        size = len(key) + len(msgspec.json.encode(value)) + sum(len(each.data) for each in buffers)
        added = size - self._sizes.get(key, 0)
        if added > room:
            self.is_cut = True
            return 0
        for path in [path for path in self.buffers if path[0] == key]:
            del self.buffers[path]
        self.state[key] = value
        self.buffers.update({each.path: each.data for each in buffers})
        self._sizes[key] = size
        return added


@dataclass(frozen=True, slots=True)
class Opened:
    """A model is there, or is another one now."""

    model: Model


@dataclass(frozen=True, slots=True)
class Updated:
    """Keys of a model have other values. `is_echo`: the kernel only repeats what a page sent it."""

    model: Model
    keys: frozenset[str]
    is_echo: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message that leaves no trace in the state."""

    model: Model
    content: Any
    buffers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A model is gone."""

    id: str


Change = Opened | Updated | Said | Closed


class Models:
    """The living widgets of one kernel, by the ids of their comms.

    With `takes_up`, messages to a comm whose opening was not heard make a model too: a server that starts
    anew hears a kernel from the middle on, and learns the rest from its `update_states`.
    """

    def __init__(self, bounds: Bounds | None = None, *, takes_up: bool = False) -> None:
        self._bounds = bounds or Bounds()
        self._takes_up = takes_up
        self._models: dict[str, Model] = {}
        self._size = 0

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)

    def get(self, comm: str) -> Model | None:
        """Return a living model."""
        return self._models.get(comm)

    @property
    def size(self) -> int:
        """Return about how many bytes all models take."""
        return self._size

    def apply(self, message: Message) -> list[Change]:
        """Return what `message` changes; nothing for one that is of no widget, or not of the right shape."""
        content = message.content
        comm, data = content.get("comm_id"), content.get("data")
        if not isinstance(comm, str) or not comm or len(comm) > LONGEST_ID:
            return []
        if message.msg_type == "comm_close":
            return self._close(comm)
        if not isinstance(data, Mapping):
            return []
        if message.msg_type == "comm_open":
            if content.get("target_name") != TARGET:
                return []
            return self._open(comm, message.msg_id, data.get("state"), _buffers(data, message.buffers))
        if message.msg_type != "comm_msg":
            return []
        if comm == STATES_COMM:
            return self._take_states(data, message)
        return self._hear(comm, data, message)

    def set(self, comm: str, values: Mapping[str, Any]) -> list[Change]:
        """Set keys of a model, as the server itself knows them."""
        model = self._models.get(comm)
        return [] if model is None else self._merge(model, values, (), is_echo=False)

    def _open(self, comm: str, origin: str, state: Any, buffers: Sequence[Buffer]) -> list[Change]:
        changes = self._close(comm)
        if not isinstance(state, Mapping) or len(self._models) >= self._bounds.models:
            return changes
        model = self._models[comm] = Model(comm, origin)
        self._merge(model, state, buffers, is_echo=False)
        return [*changes, Opened(model)]

    def _hear(self, comm: str, data: Mapping[str, Any], message: Message) -> list[Change]:
        model = self._models.get(comm)
        if model is None:
            return self._take_up(comm, data, message)
        match data.get("method"):
            case "update" | "echo_update" as method:
                state = data.get("state")
                if not isinstance(state, Mapping):
                    return []
                buffers = _buffers(data, message.buffers)
                return self._merge(model, state, buffers, is_echo=method == "echo_update")
            case "custom":
                said = safe_json(data.get("content"))
                size = len(msgspec.json.encode(said)) + sum(map(len, message.buffers))
                return [Said(model, said, message.buffers)] if size <= self._bounds.custom_bytes else []
            case _:
                return []

    def _take_up(self, comm: str, data: Mapping[str, Any], message: Message) -> list[Change]:
        if not self._takes_up or data.get("method") != "update":
            return []
        return self._open(comm, message.msg_id, data.get("state"), _buffers(data, message.buffers))

    def _take_states(self, data: Mapping[str, Any], message: Message) -> list[Change]:
        """Take in what the kernel says of all its widgets; a model that it does not name stays."""
        states = data.get("states")
        if data.get("method") != "update_states" or not isinstance(states, Mapping):
            return []
        buffers: dict[str, list[Buffer]] = {}
        for each in _buffers(data, message.buffers):  # paths begin with a model's id and "state"
            if len(each.path) > 2 and isinstance(each.path[0], str):
                buffers.setdefault(each.path[0], []).append(Buffer(each.path[2:], each.data))
        changes: list[Change] = []
        for comm, described in states.items():
            if not isinstance(comm, str) or not isinstance(described, Mapping) or len(comm) > LONGEST_ID:
                continue
            state, own, model = described.get("state"), buffers.get(comm, []), self._models.get(comm)
            if model is None:
                changes += self._open(comm, "", state, own)
            elif isinstance(state, Mapping):
                changes += self._merge(model, state, own, is_echo=False)
        return changes

    def _merge(
        self, model: Model, values: Mapping[str, Any], buffers: Sequence[Buffer], *, is_echo: bool
    ) -> list[Change]:
        safe: dict[str, Any] = safe_json(values)
        of_key: dict[str | int, list[Buffer]] = {}
        for each in buffers:
            of_key.setdefault(each.path[0], []).append(each)
        changed = set()
        # A value that is all buffer is left out of the state, and stands here as null.
        for key in dict.fromkeys([*safe, *(key for key in of_key if isinstance(key, str))]):
            room = min(self._bounds.model_bytes - model.size, self._bounds.total_bytes - self._size)
            was_cut = model.is_cut
            self._size += model.put(key, safe.get(key), of_key.get(key, []), room)
            if not model.is_cut or was_cut:
                changed.add(key)
        return [Updated(model, frozenset(changed & model.state.keys()), is_echo)]

    def _close(self, comm: str) -> list[Change]:
        model = self._models.pop(comm, None)
        if model is None:
            return []
        self._size -= model.size
        return [Closed(comm)]


_MODEL = re.compile(r'IPY_MODEL_([0-9A-Za-z-]{1,200})|"model_id":"([0-9A-Za-z-]{1,200})"')


def ids_in(state: Mapping[str, Any]) -> set[str]:
    """Return the ids of the models that a state refers to, or shows as an Output widget does."""
    found = _MODEL.findall(msgspec.json.encode(state).decode())
    return {referred or shown for referred, shown in found}


def _buffers(data: Mapping[str, Any], buffers: Sequence[bytes]) -> list[Buffer]:
    paths = data.get("buffer_paths")
    if not isinstance(paths, list):
        return []
    found = []
    for path, buffer in zip(paths, buffers, strict=False):
        if isinstance(path, list) and 1 <= len(path) <= 64 and all(isinstance(s, str | int) for s in path):
            found.append(Buffer(tuple(path), buffer))
    return found
