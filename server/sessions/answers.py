"""What became of people's commands: one that comes twice is done once and answered alike.

Bounded twice: so many answers are remembered, and so many commands of one
person may wait. Otherwise one page in a loop would fill the memory and keep
everybody else waiting.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from collab.session.decide import Refusal
from server.sessions.inbox import Answer, Asked, Reply

REMEMBERED = 512
MAX_WAITING = 100


class Answers:
    """The commands of one notebook that wait, and the answers given last."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], list[Answer]] = {}
        self._given: OrderedDict[tuple[str, str], Reply] = OrderedDict()
        self._of_person: Counter[str] = Counter()

    def is_new(self, asked: Asked) -> bool:
        """Say whether `asked` is still to be done. If not, it is answered, now or with the one before it."""
        given, user = self._given.get(asked.key), asked.user
        if given is not None:
            asked.answer(given)
            return False
        if self._of_person[user] >= MAX_WAITING:
            reason = f"{MAX_WAITING} of your commands wait already; try again in a moment."
            asked.answer(Refusal("too_many_commands", reason))
            return False
        self._of_person[user] += 1
        self._waiting.setdefault(asked.key, []).append(asked.answer)
        return len(self._waiting[asked.key]) == 1

    def give(self, asked: Asked, reply: Reply) -> None:
        """Answer everybody who waits for `asked`, and remember the answer."""
        self._given[asked.key] = reply
        while len(self._given) > REMEMBERED:
            self._given.popitem(last=False)
        waiting = self._waiting.pop(asked.key, [])
        self._of_person[asked.user] -= len(waiting)
        if not self._of_person[asked.user]:
            del self._of_person[asked.user]
        for answer in waiting:
            answer(reply)
