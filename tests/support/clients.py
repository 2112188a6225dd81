"""A client of the notebook socket in Python, with its own documents: what a browser does, without one."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any, ClassVar

import msgspec
from pycrdt import Array, Doc, Map

from collab.frames import STEP1, STEP2, UPDATE, read_sync, read_varuint, sync_frame
from collab.hub import Connection, Room
from collab.ids import UserId
from collab.roles import Capability, Rights, Role, capabilities_of
from collab.source import SourceDocument
from collab.store import Document
from collab.wire import Channel, Person, varuint
from tests.support.room import MemorySocket

_DOCUMENT = {0: Document.SOURCE, 1: Document.RUNTIME, 2: Document.COMMENTS}


COLLABORATOR = capabilities_of(Role.COLLABORATOR)


class Client:
    """One page of one person. Edits go out at once unless `hold` is set or there is no connection."""

    documents: ClassVar[tuple[Document, ...]] = tuple(Document)
    writes: ClassVar[Capability] = Capability.EDIT

    def __init__(self, name: str, rights: Rights = COLLABORATOR) -> None:
        self.user = UserId(name)
        self.person = Person(name, name.title(), 1)
        self.rights = rights
        self.epoch: str | None = None
        self.socket = MemorySocket()
        self.connection: Connection | None = None
        self.messages: list[dict[str, Any]] = []
        self.streams: list[bytes] = []
        self.presence: dict[int, tuple[int, Any]] = {}
        self.hold = False
        self.held: list[bytes] = []
        self.client_id = 0
        self.may_edit = False
        self.sent = 0
        self.acked = 0
        self.unsent_ids: set[int] = set()
        self._applying = False
        self._synced = False
        self._be(Doc(client_id=2))
        self.runtime = _runtime()
        self.comments = _comments()

    # The document

    def _be(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self.source = SourceDocument(doc)
        self._subscription = doc.observe(self._edited)

    def _declare(self, doc: Doc[Any]) -> None:
        SourceDocument(doc)

    def _become(self, client_id: int, *, empty: bool = False) -> None:
        """Write under `client_id` from now on, in the present document or in an empty one."""
        old, doc = self.doc, Doc[Any](client_id=client_id)
        old.unobserve(self._subscription)
        if not empty:
            self._declare(doc)
            doc.apply_update(old.get_update())
        self._be(doc)
        self.client_id = client_id

    def _edited(self, event: Any) -> None:
        if self._applying:
            return
        self.unsent_ids.add(self.doc.client_id)
        if self.connection is not None and self._synced:
            self.write(event.update)

    def write(self, update: bytes, kind: int = UPDATE) -> None:
        """Send a write frame as it is."""
        self.sent += 1
        self.send(sync_frame(Document.SOURCE, kind, update))

    def send(self, frame: bytes) -> None:
        """Send a frame, or keep it while `hold` is set."""
        if self.hold:
            self.held.append(frame)
        elif self.connection is not None:
            self.connection.receive(frame)

    def release(self) -> None:
        """Send what was held, in order."""
        self.hold, held, self.held = False, self.held, []
        for frame in held:
            self.send(frame)

    def control(self, **message: Any) -> None:
        """Send a control message."""
        self.send(bytes((Channel.CONTROL,)) + json.dumps(message).encode())

    def ask(self, document: Document = Document.SOURCE) -> None:
        """Send step 1."""
        self.send(sync_frame(document, STEP1, self._docs[document].get_state()))

    def be_at(self, clock: int, state: Any, client_id: int | None = None) -> None:
        """Send presence."""
        text = json.dumps(state).encode()
        body = b"\x01" + varuint(self.client_id if client_id is None else client_id)
        body += varuint(clock) + varuint(len(text)) + text
        self.send(bytes((Channel.AWARENESS, 1)) + varuint(len(body)) + body)

    # The connection

    async def connect(self, room: Room, *, greet: bool = True) -> Connection:
        """Join the room; with `greet`, say hello and ask for the documents as a browser does."""
        self.socket, self.held, self.hold = MemorySocket(), [], False
        self.sent = self.acked = 0
        self._synced = False
        self.connection = await room.join(self.socket, self.person, self.user, self.rights)
        if greet:
            self.pump()
        return self.connection

    def drop(self) -> None:
        """Lose the connection. Edits go on without one."""
        if self.connection is not None:
            self.connection.leave()
        self.connection = None
        self.socket.inbox.clear()
        self.held.clear()
        self._synced = False

    def forget(self) -> None:
        """Let the document go; the library would keep it, and through it everything."""
        self.drop()
        self.doc.unobserve(self._subscription)

    def pump(self) -> int:
        """Read what has come; return how many frames that were."""
        frames, self.socket.inbox = self.socket.inbox, []
        for frame in frames:
            self._read(frame)
        return len(frames)

    def _read(self, frame: bytes) -> None:
        match frame[0]:
            case Channel.CONTROL:
                message = msgspec.json.decode(frame[1:])
                self.messages.append(message)
                self._control(message)
            case Channel.AWARENESS:
                self.presence |= states_in(frame)
            case Channel.STREAM:
                self.streams.append(frame)
            case channel:
                self._sync(_DOCUMENT[channel], *read_sync(frame))

    def _control(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello":
                known, self.epoch = self.epoch, message["epoch"]
                self.may_edit = self.writes in message["rights"]
                strange = known not in (None, self.epoch) or bool(self.unsent_ids and not self.may_edit)
                self.control(type="hello", epoch=known, client_ids=sorted(self.unsent_ids))
                self._become(message["client_id"], empty=strange)
                if strange:
                    self.unsent_ids.clear()
                for document in self.documents:
                    self.ask(document)
                self._synced = True
                if self.unsent_ids:
                    self._synced = False  # the answer to the server's step 1 brings them first
            case "reset":
                self.epoch = message["epoch"]
                self._become(message["client_id"], empty=True)
                self.unsent_ids.clear()
                self._synced = True
                self.ask()
            case "rights":
                self.may_edit = self.writes in message["rights"]
            case "ack":
                self.acked = message["seq"]
                if self.acked == self.sent:
                    self.unsent_ids.clear()

    def _sync(self, document: Document, kind: int, data: bytes) -> None:
        if kind == STEP1:
            assert document is Document.SOURCE, "only the source document has other writers"
            self._synced = True
            self.write(self.doc.get_update(data), STEP2)
            return
        self._applying = True
        try:
            self._docs[document].apply_update(data)
        finally:
            self._applying = False

    @property
    def _docs(self) -> dict[Document, Doc[Any]]:
        return {Document.SOURCE: self.doc, Document.RUNTIME: self.runtime, Document.COMMENTS: self.comments}

    # What it sees

    def of(self, type: str) -> list[dict[str, Any]]:
        """Return the control messages of one type."""
        return [message for message in self.messages if message["type"] == type]

    def texts(self) -> list[str]:
        """Return the texts of the cells in order."""
        return [cell.source for cell in self.source.cells()]


def states_in(frame: bytes) -> dict[int, tuple[int, Any]]:
    """Return the states of an awareness frame: client id to clock and state."""
    _, at = read_varuint(frame, 2)
    count, at = read_varuint(frame, at)
    states = {}
    for _ in range(count):
        client_id, at = read_varuint(frame, at)
        clock, at = read_varuint(frame, at)
        size, at = read_varuint(frame, at)
        states[client_id] = (clock, json.loads(frame[at : at + size]))
        at += size
    assert at == len(frame)
    return states


def fingerprint(source: SourceDocument) -> str:
    """Return a hash of all content in order: equal state vectors alone prove nothing."""
    cells = [
        (cell.id, cell.type, cell.source, cell.pos, cell.deleted_ms, sorted(cell.meta.items()))
        for cell in [*source.cells(), *source.bin()]
    ]
    return hashlib.sha256(repr((cells, sorted(source.metadata().items()))).encode()).hexdigest()


async def settle(room: Room, *clients: Client) -> None:
    """Let everything arrive everywhere and be committed."""
    for _ in range(1000):
        moved = sum(client.pump() for client in clients)
        if not room.is_closed:
            await room.flush()
        await asyncio.sleep(0)
        if not moved and not any(client.socket.inbox for client in clients):
            for _ in range(3):
                await asyncio.sleep(0)
            if not any(client.socket.inbox for client in clients):
                return
    raise AssertionError("it never settled")


def _runtime() -> Doc[Any]:
    doc: Doc[Any] = Doc()
    doc["cells"], doc["kernel"], doc["queue"] = Map(), Map(), Array()
    return doc


def _comments() -> Doc[Any]:
    doc: Doc[Any] = Doc()
    doc["threads"] = Map()
    return doc
