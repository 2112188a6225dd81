"""One open text file: its room, and the file on disk, kept the same.

The file is written after each committed edit, once typing rests for a moment. What something else writes into
it is merged as the difference to the last state that both had, the *base*: so no edit is overwritten, and no
change on disk either. What is about to be written is on record before it is, hence a server that dies in
between still knows what the file came from. A file that gets another name or folder is followed there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from difflib import SequenceMatcher

from collab import wire
from collab.hub import CLOSE_GONE, TextRoom
from collab.hub.living import reserve_client
from collab.hub.room import SERVER
from collab.ids import TextId
from collab.text import merged_in, text_in
from server.db.texts import SqlTextStore
from server.files.home import Home
from server.files.paths import Path, address_of, as_text
from server.files.usage import Quotas
from server.refusals import NotFound, Refusal
from server.texts import disk
from server.texts.hold import Hold
from server.texts.written import Written, read

REST_S = 0.3
LOOK_EVERY_S = 1.0
GAP_S = 0.25
"""How long a file may be away before it counts as gone: editors take it away before they put it back anew."""
EMPTY = b"\x00\x00"
"""The state in which nothing was ever written."""

log = logging.getLogger("commonbook.texts")


class LiveText:
    """`room` is where people are. Everything that touches the disk happens in `run`, one after the other.

    `may_follow` is asked before the file is followed to another path.
    """

    def __init__(
        self,
        room: TextRoom,
        home: Home,
        path: Path,
        store: SqlTextStore,
        quotas: Quotas,
        on_written: Callable[[Path], None],
        may_follow: Callable[[Path], Awaitable[bool]],
    ) -> None:
        self.room = room
        self.path = path
        self.is_gone = False
        self._home = home
        self._store = store
        self._quotas = quotas
        self._on_written = on_written
        self._may_follow = may_follow
        self._hold = Hold(home)
        self._base = EMPTY
        self._base_text = ""
        self._found: disk.Found | None = None
        self._written: Written | None = None
        self._trouble = ""
        self._changed = asyncio.Event()
        self._asked: list[asyncio.Future[None]] = []
        self._has_moved = False
        self._closing = False
        self._has_ended = False

    async def begin(self, text: TextId) -> None:
        """Bring document and file together. Raises a `Refusal` for what cannot be edited."""
        found = await asyncio.to_thread(disk.read, self._home, self.path)
        if found is None:
            raise NotFound
        written = await asyncio.to_thread(read, found.raw)
        self._written = written
        await self._keep(found)
        try:
            base, before = await self._store.agreed(text)
            self._base, self._base_text = await asyncio.to_thread(_came_from, base, before, written.text)
            await self._settle()
        except BaseException:
            self._hold.let_go()
            raise

    def touch(self) -> None:
        """Somebody has edited."""
        self._changed.set()

    def greet(self, tell: Callable[[wire.ServerMessage], None], asked: Path) -> None:
        """Tell somebody who comes where the file is now, and what stands in the way of writing it."""
        if asked != self.path:
            tell(self._moved())
        if self._trouble:
            tell(wire.Notice("failure", self._trouble))

    async def settled(self, *, has_moved: bool = False) -> None:
        """Return once what was edited before this call is in the file, or cannot be.

        `has_moved`: somebody has just given it another path, so that nobody has to wait for it at this one.
        """
        if self._has_ended:
            return
        self._has_moved = has_moved
        done = asyncio.get_running_loop().create_future()
        self._asked.append(done)
        self._changed.set()
        await done

    async def run(self) -> None:
        """Keep both the same until `close`."""
        while not self._closing and not self.is_gone and not self.room.is_closed:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass
            if self._changed.is_set() and not self._asked and not self._closing:
                await asyncio.sleep(REST_S)
            self._changed.clear()
            await self._try_to_settle()
        self._has_ended = True
        await self._try_to_settle()

    async def close(self, task: asyncio.Task[None]) -> None:
        """Write what waits, then let go."""
        self._closing = True
        self._changed.set()
        await asyncio.wait([task])
        self._hold.let_go()
        if not self.room.is_closed:
            await self.room.close()

    async def _try_to_settle(self) -> None:
        asked, self._asked = self._asked, []
        trouble = ""
        try:
            await self._settle()
        except Refusal as refusal:
            trouble = refusal.reason
        except OSError as failure:
            log.warning("text file not written", exc_info=True, extra={"text": self.room.history})
            trouble = (
                f"The file could not be written: {failure.strerror}. What you type is kept, and tried again."
            )
        finally:
            for done in asked:
                if not done.done():
                    done.set_result(None)
        if trouble != self._trouble:
            self._trouble = trouble
            self.room.send_control(wire.Notice("failure", trouble))

    async def _settle(self) -> None:
        while not self.is_gone and not self.room.is_closed:
            await self._take_from_disk()
            if self.is_gone or not await self._write():
                return

    async def _take_from_disk(self) -> None:
        """Merge what the file has become, or find where it went."""
        mark = await asyncio.to_thread(disk.mark_of, self._home, self.path)
        is_deleted = mark is None and await asyncio.to_thread(self._hold.is_in_bin)
        if mark is None and not is_deleted and not self._has_moved:
            await asyncio.sleep(GAP_S)
            mark = await asyncio.to_thread(disk.mark_of, self._home, self.path)
        self._has_moved = False
        if mark is None and not is_deleted and await self._follow():
            mark = await asyncio.to_thread(disk.mark_of, self._home, self.path)
        if mark is None:
            self._found = None
            if is_deleted or str(self.room.text) == self._base_text:
                self._gone("The file was deleted." if is_deleted else "The file is not here any more.")
            return
        if self._found is None or mark != self._found.mark:
            found = await asyncio.to_thread(disk.read, self._home, self.path)
            if found is None:
                return
            self._written = await asyncio.to_thread(read, found.raw)
            await self._keep(found)
        assert self._written is not None
        text = self._written.text
        if text != self._base_text:
            state = await self._merge(self._base, text)
            await self._store.agree(TextId(self.room.history), state, None)
            self._base, self._base_text = state, text

    async def _merge(self, base: bytes, text: str) -> bytes:
        """Bring into the document what turns the text of `base` into `text`; returns the state of that."""
        client = await reserve_client(self._store, self.room.history, SERVER)
        update, state = await asyncio.to_thread(merged_in, base, text, client)
        self.room.take(update)
        await self.room.flush()
        return state

    async def _write(self) -> bool:
        """Write the document into the file where they differ; says whether to look again."""
        if str(self.room.text) == self._base_text:
            return False
        assert self._written is not None
        await self.room.flush()
        text, state = str(self.room.text), self.room.text.doc.get_update()
        written, known, base = self._written, self._found, self._base
        raw = await asyncio.to_thread(written.encode, text)
        more = len(raw) - (len(known.raw) if known is not None else 0)
        await asyncio.to_thread(self._quotas.check, self._home, more)
        await self._store.agree(TextId(self.room.history), state, base)
        found, replaced = await asyncio.to_thread(disk.replace, self._home, self.path, raw, known)
        self._quotas.note(self._home, more)
        self._written = await asyncio.to_thread(read, raw)
        await self._keep(found)
        self._base, self._base_text = state, text
        if replaced is not None:
            await self._merge(base, (await asyncio.to_thread(read, replaced)).text)
        self._on_written(self.path)
        return replaced is not None

    async def _keep(self, found: disk.Found) -> None:
        self._found = found
        await asyncio.to_thread(self._hold.take, self.path)

    async def _follow(self) -> bool:
        """Go on at the path that the file has now; False where there is none, or it is taken."""
        path = await asyncio.to_thread(self._hold.path)
        if path is None or not await self._may_follow(path):
            return False
        self.path = path
        self.room.send_control(self._moved())
        return True

    def _moved(self) -> wire.Moved:
        return wire.Moved(as_text(self.path[-1:]), as_text(self.path), address_of(self.path))

    def _gone(self, reason: str) -> None:
        self.is_gone = True
        self.room.close_all(CLOSE_GONE, reason)


def _came_from(base: bytes | None, before: bytes | None, on_disk: str) -> tuple[bytes, str]:
    """Return the state that a file comes from, and its text: of an interrupted write, what it is like."""
    if base is None:
        return EMPTY, text_in(EMPTY)
    written = base, text_in(base)
    if before is None or written[1] == on_disk:
        return written
    unwritten = before, text_in(before)
    if unwritten[1] == on_disk:
        return unwritten
    return max((written, unwritten), key=lambda state: _likeness(state[1], on_disk))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.splitlines(), other.splitlines()).quick_ratio()
