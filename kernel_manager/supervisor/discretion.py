"""What a supervisor keeps to itself: it takes the secrets that its kernel was given out of all it says.

This comes before the journal, so that no secret reaches a file, the server, a document or a log. Text of a
stream whose end may be the beginning of a secret waits a moment for what comes next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

import msgspec

from kernel_manager.redaction import Redactor, Stream
from kernel_manager.supervisor import wire

HELD_S = 1.0
"""How long the end of a stream's text waits at most. ipykernel sends what is printed every 0.2 s."""

Owner = tuple[int, str, str]
"""Whose text it is: the epoch, the request, and the name of the stream."""


class Discretion:
    """Redacts. `put` takes text of a stream that may be shown."""

    def __init__(self, put: Callable[[Owner, str], None]) -> None:
        self._put = put
        self._redactor = Redactor()
        self._streams: dict[Owner, Stream] = {}
        self._timer: asyncio.TimerHandle | None = None

    def know(self, secrets: Iterable[str]) -> None:
        """Look for these values from now on, and still for those before: code may hold them."""
        self._redactor = self._redactor.knowing(secrets)

    def text(self, owner: Owner, text: str) -> None:
        """Pass on text of a stream."""
        if not self._redactor.secrets:
            self._put(owner, text)
            return
        stream = self._streams.setdefault(owner, Stream())
        shown = stream.feed(text, self._redactor)
        if shown:
            self._put(owner, shown)
        if not stream.held:
            del self._streams[owner]
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HELD_S, self.let_go)

    def let_go(self) -> None:
        """Pass on what is held: something else follows, or nothing did."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._streams = self._streams, {}
        for owner, stream in held.items():
            rest = stream.rest(self._redactor)
            if rest:
                self._put(owner, rest)

    def body(self, body: wire.Body) -> wire.Body:
        """Return an entry for the journal without secrets."""
        redactor = self._redactor
        if not redactor.secrets:
            return body
        match body:
            case wire.MessageBody():
                return msgspec.structs.replace(
                    body,
                    content=redactor.json(body.content),
                    metadata=redactor.json(body.metadata),
                    buffers=tuple(redactor.data(each) for each in body.buffers),
                )
            case wire.FinishedBody():
                return msgspec.structs.replace(
                    body,
                    evalue=None if body.evalue is None else redactor.text(body.evalue),
                    payload=tuple(redactor.value(each) for each in body.payload),
                    expressions=redactor.value(body.expressions),
                )
            case wire.InputBody():
                return msgspec.structs.replace(body, prompt=redactor.text(body.prompt))
            case wire.DiedBody():
                variables = tuple(replace(each, name=redactor.text(each.name)) for each in body.variables)
                return msgspec.structs.replace(
                    body,
                    reason=redactor.text(body.reason),
                    log_tail=redactor.text(body.log_tail),
                    variables=variables,
                )
        return body

    def told(self, told: wire.Told) -> wire.Told:
        """Return an answer of the agent without secrets."""
        redactor = self._redactor
        if not redactor.secrets:
            return told
        return msgspec.structs.replace(
            told,
            content=redactor.json(told.content),
            buffers=tuple(redactor.data(each) for each in told.buffers),
            reason=redactor.text(told.reason),
        )
