"""The saved variables of one notebook: what an ended kernel left, and how it comes into the next.

The files lie in the project's folder, so nobody outside the project's trust domain reads them, and pickles
are loaded in kernels alone. What a kernel says of them is checked for shape and length, and shown.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from collab.ids import NotebookId, new_id
from collab.packed_run import stamp
from collab.session import reports as told
from collab.session.state import Cause, SavedVariables
from collab.wire import SavedOffer
from server import storage
from server.db.engine import Database
from server.db.repositories import variables
from server.db.repositories.variables import RecordedSet
from server.sessions.backend import Link
from server.sessions.calls import CallFailed, Calls

PLACE = Path(".commonbook") / "variables"
"""Where a kernel puts its variables, below the folder it starts in."""

CAP_BYTES = 1024**3
TOTAL_CAP_BYTES = 4 * 1024**3
EACH_S = 30.0
TOTAL_S = 120.0
LIMIT_S = TOTAL_S + EACH_S
"""One variable may outlast the whole time by its own; then nobody waits any longer."""

SURVEY_LIMIT_S = 2.0
"""Somebody waits for it with a question on the page."""

SETS_KEPT = 3
MOST_NAMED = 5

_Short = Annotated[str, Meta(max_length=400)]

_Answer = TypeVar("_Answer", bound=msgspec.Struct)

log = logging.getLogger("commonbook.kernels")


class Kept(msgspec.Struct):
    """One variable that was saved."""

    name: _Short
    type: _Short
    size: int


class Lost(msgspec.Struct):
    """One variable that was not, and why."""

    name: _Short
    type: _Short
    why: _Short


class Saving(msgspec.Struct):
    """What the guest says of a saving."""

    kept: Annotated[list[Kept], Meta(max_length=100_000)]
    lost: Annotated[list[Lost], Meta(max_length=1_000)]
    lost_total: int
    bytes: int


class NotBack(msgspec.Struct):
    """One variable that could not be restored, and why."""

    name: _Short
    why: _Short


class Restoring(msgspec.Struct):
    """What the guest says of a restoring."""

    restored: Annotated[list[_Short], Meta(max_length=100_000)]
    failed: Annotated[list[NotBack], Meta(max_length=1_000)]


class Found(msgspec.Struct):
    """One variable as it is now; `why` says why it could not be kept, if that is certain."""

    name: _Short
    type: _Short
    size: int | None = None
    why: _Short | None = None


class Survey(msgspec.Struct):
    """What there is to be kept. `cloudpickle` says whether classes of the notebook can be."""

    variables: Annotated[list[Found], Meta(max_length=1_000)]
    total: int
    cloudpickle: bool


class Shelf:
    """Sets of saved variables, the newest first. `tell` hears how a saving or a restoring ended."""

    def __init__(
        self,
        notebook: NotebookId,
        folder: Path,
        database: Database,
        calls: Calls,
        tell: Callable[[told.Report], None],
        keep_days: int,
    ) -> None:
        self.sets: list[RecordedSet] = []
        self._notebook = notebook
        self._folder = folder
        self._database = database
        self._calls = calls
        self._tell = tell
        self._keep = timedelta(days=keep_days)

    @property
    def ids(self) -> tuple[str, ...]:
        """What can be restored, the newest first."""
        now = datetime.now(UTC)
        return tuple(found.id for found in self.sets if found.expires_at > now)

    @property
    def offer(self) -> SavedOffer | None:
        """What the page offers to restore: the newest set, unless it is back already."""
        found = self.sets[0] if self.sets else None
        if found is None or found.restored_at is not None or found.expires_at <= datetime.now(UTC):
            return None
        return SavedOffer(
            found.id,
            stamp(found.saved_at),
            len(found.kept),
            len(found.lost),
            found.bytes,
            found.hardware,
            found.cause,
            stamp(found.expires_at),
        )

    async def load(self) -> None:
        """Read what is on record."""
        async with self._database.read() as session:
            self.sets = await variables.of_notebook(session, self._notebook)

    async def survey(self, link: Link | None) -> Survey:
        """Return what there is to be kept; raises `CallFailed`."""
        found = _read(await self._calls.ask(link, "survey", {}, SURVEY_LIMIT_S), Survey)
        for each in found.variables:
            if each.why is None and (each.size or 0) > CAP_BYTES:
                each.why = "it is larger than 1 GiB"
        return found

    async def save(
        self, link: Link | None, epoch: int, hardware: str, cause: Cause, is_wanted: Callable[[], bool]
    ) -> None:
        """Save all variables and tell; nothing stays of a saving that is not wanted any more."""
        saved_id, result, failure = new_id(), None, ""
        arguments = {
            "saved": saved_id,
            "cap": CAP_BYTES,
            "total_cap": TOTAL_CAP_BYTES,
            "each_s": EACH_S,
            "total_s": TOTAL_S,
        }
        try:
            answer = await self._calls.ask(
                link,
                "save",
                arguments,
                LIMIT_S,
                lambda words: self._progress(epoch, f"Saving variable {words}."),
            )
            found = _read(answer, Saving)
            if found.kept and is_wanted():
                result = await self._put(saved_id, found, hardware, cause)
        except (CallFailed, *storage.DATABASE_AWAY) as problem:
            log.warning("variables not saved: %s", problem, extra={"notebook": self._notebook})
            failure = str(problem)
        if result is None:
            await self._delete([saved_id])
        self._tell(told.Saved(epoch, datetime.now(UTC), result, failure))

    async def restore(self, link: Link | None, epoch: int, saved_id: str) -> None:
        """Bring a set back and tell; what could not be brought back is said in words."""
        arguments = {"saved": saved_id, "names": None, "each_s": EACH_S}
        try:
            answer = await self._calls.ask(
                link,
                "restore",
                arguments,
                LIMIT_S,
                lambda words: self._progress(epoch, f"Restoring variable {words}."),
            )
            failed = [(each.name, each.why) for each in _read(answer, Restoring).failed]
            complaint = f"{_listed(failed, 'restored')} {self._left_behind(saved_id)}".strip()
            now = datetime.now(UTC)
            await self._database.write_plain(lambda c: variables.mark_restored(c, saved_id, now))
            await self.load()
        except (CallFailed, *storage.DATABASE_AWAY) as problem:
            log.warning("variables not restored: %s", problem, extra={"notebook": self._notebook})
            complaint = f"The variables could not be restored. {problem}"
        self._tell(told.Restored(epoch, datetime.now(UTC), complaint))

    def _left_behind(self, saved_id: str) -> str:
        """Return what a change of machine could not take along: nobody was shown a list on the way."""
        found = next((each for each in self.sets if each.id == saved_id), None)
        if found is None or found.cause != "hardware":
            return ""
        return _listed([(each["name"], each["why"]) for each in found.lost], "kept")

    def drop(self, saved_id: str) -> None:
        """Offer a set no more."""
        self.sets = [found for found in self.sets if found.id != saved_id]

    async def forget(self, saved_ids: list[str]) -> None:
        """Delete sets, their files first."""
        await self._delete(saved_ids)
        await self._database.write_plain(lambda connection: variables.remove(connection, saved_ids))

    async def _put(self, saved_id: str, found: Saving, hardware: str, cause: Cause) -> SavedVariables:
        now = datetime.now(UTC)
        kept, lost = msgspec.to_builtins(found.kept), msgspec.to_builtins(found.lost)
        new = RecordedSet(
            saved_id, self._notebook, hardware, cause, kept, lost, found.bytes, now, now + self._keep
        )
        await self._database.write_plain(lambda connection: variables.add(connection, new))
        self.sets.insert(0, new)
        old = [each.id for each in self.sets[SETS_KEPT:]]
        if old:
            self.sets = self.sets[:SETS_KEPT]
            await self.forget(old)
        return SavedVariables(saved_id, len(found.kept), found.lost_total)

    async def _delete(self, saved_ids: list[str]) -> None:
        await asyncio.to_thread(remove_files, self._folder, saved_ids)

    def _progress(self, epoch: int, sentence: str) -> None:
        self._tell(told.Preparing(epoch, sentence))


def remove_files(folder: Path, saved_ids: list[str]) -> None:
    """Delete the files of saved sets, and only those, whatever links somebody has put in their place."""
    home = folder.resolve()
    for saved_id in saved_ids:
        place = folder / PLACE / saved_id
        if place.parent.resolve() == home / PLACE and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)


def _listed(lost: Sequence[tuple[str, str]], verb: str) -> str:
    """Return in a sentence which variables, by (name, why), could not be kept or restored; "" for none."""
    if not lost:
        return ""
    named = "; ".join(f"{name}: {why.rstrip('.')}" for name, why in lost[:MOST_NAMED])
    more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    return f"{len(lost)} variable{'' if len(lost) == 1 else 's'} could not be {verb} ({named}{more})."


def _read(answer: dict[str, Any], kind: type[_Answer]) -> _Answer:
    """Return what a kernel said, if it has the shape that the guest gives it."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError:
        raise CallFailed("The kernel gave an answer that makes no sense.") from None
