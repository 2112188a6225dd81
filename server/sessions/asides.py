"""Small questions to a kernel that belong to no cell: their words never reach the notebook's outputs.

The only one so far comes after the environment changed: look for new modules, and say which of the changed
ones are loaded. It waits in the kernel's own queue behind what runs, and stays out of the history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from collab import wire
from collab.ids import new_id
from collab.session.state import QueuedCell
from kernel_manager import reports as words
from kernel_manager.guest import sql
from kernel_manager.guest.installs import QUESTION
from server.services import ChangedModules

PREFIX = "aside-"

_CODE = (
    "(__import__('importlib').invalidate_caches(), __import__('sys').stdout.write(__import__('json').dumps("
    "[name for name in {names} if name in __import__('sys').modules])))[0];"
)
MOST_NAMES = 2000
LONGEST_LINE = 10_000


class AnswerCell(Protocol):
    """Answers the question of a cell; `secrets` is what nobody is to see of it."""

    def __call__(self, text: str, secrets: tuple[str, ...] = ()) -> None: ...


AnswersCells = Callable[[QueuedCell, str, AnswerCell], None]
"""Takes a cell that asks the server for something, what it asks for, and the way to answer."""


class Memory(msgspec.Struct, frozen=True):
    """What the next server needs to know of a kernel: what it has not answered, and what was advised."""

    asked: dict[str, tuple[ChangedModules, ...]]
    advised: list[wire.LoadedVersion]


class Asides:
    """The questions of one notebook that its kernel has not answered."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[tuple[ChangedModules, ...], list[str]]] = {}
        self.advice: wire.RestartAdvised | None = None
        """What whoever comes now has to be told of this kernel."""

    def question(self, changed: Sequence[ChangedModules]) -> tuple[str, str]:
        """Return the id and the code of a question about `changed`."""
        names = sorted({name for each in changed for name in each.modules})[:MOST_NAMES]
        msg_id = PREFIX + new_id()
        self._asked[msg_id] = (tuple(changed), [])
        return msg_id, _CODE.format(names=names)

    def hears(self, report: words.Report) -> bool:
        """Whether a word of the kernel belongs to a question and not to a cell."""
        msg_id = getattr(report, "msg_id", None)
        return isinstance(msg_id, str) and msg_id.startswith(PREFIX)

    def take(self, report: words.Report) -> wire.RestartAdvised | None:
        """Take in a word that belongs to a question; returns what people are to be told, if anything."""
        match report:
            case words.Message(msg_id=msg_id, msg_type="stream", content=content) if msg_id in self._asked:
                self._asked[msg_id][1].append(str(content.get("text", "")))
            case words.Finished(msg_id=msg_id) if msg_id in self._asked:
                changed, texts = self._asked.pop(msg_id)
                return self.advise(_loaded(changed, "".join(texts)))
            case _:
                pass
        return None

    def advise(self, stale: Sequence[wire.LoadedVersion]) -> wire.RestartAdvised | None:
        """Note what the kernel has in another version than is installed; returns what is new to people."""
        known = {each.name: each for each in (self.advice.packages if self.advice is not None else ())}
        for each in stale:
            before = known[each.name].before if each.name in known else each.before
            known[each.name] = wire.LoadedVersion(each.name, before, each.after)
        left = [each for each in known.values() if each.before != each.after]
        advice = wire.RestartAdvised(left)
        if advice == (self.advice or wire.RestartAdvised([])):
            return None
        self.advice = advice if left else None
        return advice

    def memory(self) -> Any:
        """Return, as JSON, what `recall` needs; None where that is nothing."""
        asked = {msg_id: changed for msg_id, (changed, _) in self._asked.items()}
        advised = self.advice.packages if self.advice is not None else []
        return msgspec.to_builtins(Memory(asked, advised)) if asked or advised else None

    def recall(self, memory: Any) -> None:
        """Take up what an earlier server knew of this kernel; its answers come with what is replayed."""
        if memory is not None:
            known = msgspec.convert(memory, Memory)
            self._asked = {msg_id: (changed, []) for msg_id, changed in known.asked.items()}
            self.advice = wire.RestartAdvised(known.advised) if known.advised else None

    def forget(self) -> bool:
        """The kernel is another one now; returns whether advice about the last one is to be taken back."""
        self._asked.clear()
        had_advice, self.advice = self.advice is not None, None
        return had_advice


def install_line(report: words.InputWanted) -> str | None:
    """Return what a kernel wants installed, where its question is none for a person."""
    if not report.prompt.startswith(QUESTION) or len(report.prompt) > LONGEST_LINE:
        return None
    try:
        line: Any = json.loads(report.prompt[len(QUESTION) :])
    except ValueError:
        return None
    return line if isinstance(line, str) else None


def connection_wanted(report: words.InputWanted) -> str | None:
    """Return which connection a kernel asks for, where its question is none for a person."""
    if not report.prompt.startswith(sql.QUESTION) or len(report.prompt) > LONGEST_LINE:
        return None
    try:
        wanted: Any = json.loads(report.prompt[len(sql.QUESTION) :])
    except ValueError:
        return None
    return wanted if isinstance(wanted, str) else None


def _loaded(changed: Sequence[ChangedModules], text: str) -> list[wire.LoadedVersion]:
    """Read the answer, which is only a kernel's word: of its names, those that were asked for count."""
    try:
        answer: Any = json.loads(text)
    except ValueError:
        return []
    loaded = {name for name in answer if isinstance(name, str)} if isinstance(answer, list) else set()
    return [
        wire.LoadedVersion(each.name, each.before, each.after)
        for each in changed
        if loaded & set(each.modules)
    ]
