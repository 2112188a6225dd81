"""Which machine a kernel gets: the catalogue, what a project has chosen, and who may take what.

While the catalogue is empty, the classes are those that the engines offer by
themselves (of the local engine: this machine, without limits), so that a new
server needs no set-up. With the first class that an admin makes, only the
catalogue counts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collab.ids import NotebookId, ProjectId, UserId
from kernel_manager.catalogue import Listed, Taker, usual, why_not
from kernel_manager.engines.base import Availability, Engine, EngineRefused, TellsAvailability
from kernel_manager.hardware import HardwareClass
from server.db.engine import Database
from server.db.repositories import groups, hardware
from server.db.repositories.kernels import RecordedKernel
from server.refusals import Refusal

ASK_LIMIT_S = 2.0
"""How long an engine may take to say what is free; the list does not wait for a slow one."""

SILENT = "Nobody answers there now."

REMEMBER_S = 3.0
"""How long its answer is used again."""

log = logging.getLogger("commonbook.kernels")


@dataclass(frozen=True, slots=True)
class Choice:
    """The class that the next kernel gets. `id` is empty where there is none for the person."""

    id: str
    label: str
    price_per_hour: float | None = None


class Machines:
    """The hardware classes of a site, and the engines behind them."""

    def __init__(self, database: Database, engines: Mapping[str, Engine]) -> None:
        self.engines = engines
        self._database = database
        self._free: dict[str, tuple[float, HardwareClass, Availability]] = {}

    async def offered(self) -> list[Listed]:
        """Return what the engines offer by themselves."""
        offered: list[Listed] = []
        for engine in self.engines.values():
            offered += [Listed(each) for each in await engine.classes()]
        return offered

    async def all(self) -> list[Listed]:
        """Return every class: the catalogue, or while that is empty what the engines offer."""
        async with self._database.read() as session:
            found = await hardware.catalogue(session)
        return found or await self.offered()

    async def taker(self, user: str | None, *, instead_of: str | None = None) -> Taker:
        """Return somebody as the rules see them; a kernel of the notebook `instead_of` would be replaced."""
        if user is None:
            return Taker(None)
        async with self._database.read() as session:
            theirs = await groups.of_person(session, user)
            living = await hardware.living_of(session, user, besides=instead_of)
        return Taker(user, theirs, living)

    async def choice(self, project: ProjectId, user: UserId | None, wanted: str | None = None) -> Choice:
        """Return what the next kernel of a project is to be, when `user` starts it. Refuses nothing.

        That is the class `wanted`, or else what the project has chosen, or else the usual one.
        """
        async with self._database.read() as session:
            chosen = wanted or await hardware.chosen(session, project)
        classes = await self.all()
        if chosen is not None:
            found = next((each for each in classes if each.hardware.id == chosen), None)
            return _choice(found) if found else Choice(chosen, chosen)
        taker = await self.taker(user)
        return _choice(usual(classes, taker))

    async def next_for(self, project: ProjectId, user: UserId) -> HardwareClass | None:
        """Return the class of the kernel that `user` would start next; None where that would be refused."""
        choice = await self.choice(project, user)
        listed = next((each for each in await self.all() if each.hardware.id == choice.id), None)
        if listed is None or why_not(listed, await self.taker(user)) is not None:
            return None
        return listed.hardware

    async def class_of(self, wanted: str, project: ProjectId) -> HardwareClass:
        """Return the class `wanted`; raises `EngineRefused` where there is none any more."""
        return (await self._listed(wanted)).hardware

    async def demand(self, kernel: RecordedKernel) -> None:
        """Raise `EngineRefused` unless whoever starts `kernel` may have it; those placed before it count."""
        listed = await self._listed(kernel.hardware)
        user = kernel.started_by
        async with self._database.read() as session:
            theirs = await groups.of_person(session, user) if user else set()
            living = await hardware.living_of(session, user, before=kernel.id) if user else {}
        reason = why_not(listed, Taker(user, theirs, living))
        if reason is not None:
            raise EngineRefused(f"{listed.hardware.label} cannot be taken. {reason}")

    async def check(self, wanted: str, user: UserId, notebook: NotebookId) -> None:
        """Raise a `Refusal` for a class that `user` may not take now in the place of the kernel there is."""
        found = next((each for each in await self.all() if each.hardware.id == wanted), None)
        if found is None:
            raise Refusal("unknown_hardware", _gone(wanted), 404)
        reason = why_not(found, await self.taker(user, instead_of=notebook)) or await self.why_never(found)
        if reason is not None:
            raise Refusal("hardware_not_for_you", f"{found.hardware.label} cannot be taken. {reason}", 409)

    async def choose(self, project: ProjectId, wanted: str | None, user: UserId) -> None:
        """Set what the next kernels of a project get; raises a `Refusal` for what `user` may not take.

        How many kernels somebody has is asked when one starts. The engines'
        own classes are no choice: whoever takes one takes what there is.
        """
        classes = await self.all()
        async with self._database.read() as session:
            theirs = await groups.of_person(session, user)
            is_own = not await hardware.catalogue(session)
        if wanted is not None:
            found = next((each for each in classes if each.hardware.id == wanted), None)
            if found is None:
                raise Refusal("unknown_hardware", _gone(wanted), 404)
            reason = why_not(found, Taker(user, theirs)) or await self.why_never(found)
            if reason is not None:
                raise Refusal(
                    "hardware_not_for_you", f"{found.hardware.label} cannot be taken. {reason}", 409
                )
        async with self._database.begin() as session:
            await hardware.choose(session, project, None if is_own else wanted)

    async def availability(self, classes: Sequence[HardwareClass]) -> list[Availability | None]:
        """Return what is free of each class; None where the engine cannot tell."""
        return list(await asyncio.gather(*map(self._availability, classes)))

    async def why_never(self, listed: Listed) -> str | None:
        """Return in a sentence why no kernel of a class can ever start, or None."""
        (now,) = await self.availability([listed.hardware])
        return too_large(now)

    async def _availability(self, wanted: HardwareClass) -> Availability | None:
        engine, now = self.engines.get(wanted.engine), time.monotonic()
        if engine is None:
            return Availability(0, 0, reason=f"This server has no engine {wanted.engine!r} now.")
        if not isinstance(engine, TellsAvailability):
            return None
        known = self._free.get(wanted.id)
        if known is not None and known[1] == wanted and now - known[0] < REMEMBER_S:
            return known[2]
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                found = await engine.availability(wanted)
        except (EngineRefused, TimeoutError, OSError) as failure:
            log.warning("an engine does not say what is free: %s", failure, extra={"hardware": wanted.id})
            found = Availability(reason=SILENT)
        self._free[wanted.id] = (now, wanted, found)
        return found

    async def _listed(self, wanted: str) -> Listed:
        if not wanted:
            reason = "No machine of this site is open to you. Ask an admin of the site for one."
            raise EngineRefused(reason)
        found = next((each for each in await self.all() if each.hardware.id == wanted), None)
        if found is None:
            raise EngineRefused(_gone(wanted))
        return found


def too_large(now: Availability | None) -> str | None:
    """Return in a sentence that a class is larger than anything its engine has, or None."""
    return None if now is None or now.fits else f"No kernel of it can ever start here. {now.reason}"


def _choice(listed: Listed | None) -> Choice:
    if listed is None:
        return Choice("", "No machine")
    return Choice(listed.hardware.id, listed.hardware.label, listed.hardware.price_per_hour)


def _gone(wanted: str) -> str:
    return f"There is no machine {wanted!r} any more. Choose another one."
