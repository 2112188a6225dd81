"""The catalogue of hardware classes, which only a site admin edits: one by one, or as a TOML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from kernel_manager.catalogue import Listed
from kernel_manager.hardware import HardwareClass
from kernel_manager.soundness import Fault, faults, options_of
from server import payloads
from server.db.repositories import groups, people
from server.db.repositories import hardware as rows
from server.handlers.base import SITE_ADMIN, ApiHandler, needs, route
from server.handlers.living import sessions_of
from server.hardware_import import export_classes, import_classes
from server.refusals import Refusal
from server.sessions.machines import too_large

_FIELDS = tuple(each.name for each in fields(HardwareClass))


@route("/api/admin/hardware")
class CatalogueHandler(ApiHandler):
    """All hardware classes, in the order in which people see them."""

    @needs(SITE_ADMIN, answer=payloads.HardwareCatalogue)
    async def get(self) -> payloads.HardwareCatalogue:
        return await _catalogue(self)

    @needs(SITE_ADMIN, body=payloads.NewHardwareClass, answer=payloads.HardwareClass, status=201)
    async def post(self, body: payloads.NewHardwareClass) -> payloads.HardwareClass:
        listed = _listed(msgspec.structs.asdict(body))
        async with self.services.database.begin() as session:
            await _demand_sound(session, listed, _engines(self))
            await rows.add(session, listed, datetime.now(UTC))
        return await _one(self, listed.hardware.id)

    @needs(SITE_ADMIN, body=payloads.ArrangeHardware, answer=payloads.HardwareCatalogue)
    async def put(self, body: payloads.ArrangeHardware) -> payloads.HardwareCatalogue:
        """Bring the classes into another order. Who has chosen nothing gets the first one open to them."""
        async with self.services.database.begin() as session:
            await rows.arrange(session, body.order)
        return await _catalogue(self)


@route("/api/admin/hardware/{hardware}")
class ClassHandler(ApiHandler):
    """One hardware class. Kernels that live keep what they were given, whatever happens to their class."""

    @needs(SITE_ADMIN, answer=payloads.HardwareClass)
    async def get(self, hardware: str) -> payloads.HardwareClass:
        return await _one(self, hardware)

    @needs(SITE_ADMIN, body=payloads.ChangeHardwareClass, answer=payloads.HardwareClass)
    async def patch(self, body: payloads.ChangeHardwareClass, hardware: str) -> payloads.HardwareClass:
        async with self.services.database.begin() as session:
            present = await rows.one(session, hardware)
            given = {
                name: value
                for name, value in msgspec.structs.asdict(body).items()
                if value is not msgspec.UNSET
            }
            listed = _listed({**_values(present), **given})
            await _demand_sound(session, listed, _engines(self))
            await rows.change(session, listed, datetime.now(UTC))
        return await _one(self, hardware)

    @needs(SITE_ADMIN, answer=payloads.RemovedHardware)
    async def delete(self, hardware: str) -> payloads.RemovedHardware:
        async with self.services.database.begin() as session:
            living = (await rows.living(session)).get(hardware, 0)
            await rows.remove(session, hardware)
        return payloads.RemovedHardware(living, _note(living))


@route("/api/admin/hardware-check")
class CheckHandler(ApiHandler):
    """Says what is wrong with a class before it is saved."""

    @needs(SITE_ADMIN, body=payloads.NewHardwareClass, answer=payloads.HardwareFaults)
    async def post(self, body: payloads.NewHardwareClass) -> payloads.HardwareFaults:
        listed = _listed(msgspec.structs.asdict(body))
        async with self.services.database.read() as session:
            found = await _faults(session, listed, _engines(self))
        return payloads.HardwareFaults(
            [payloads.HardwareFault(None, body.id[:64], each.field, each.sentence) for each in found],
            None if found else await sessions_of(self).machines.why_never(listed),
        )


@route("/api/admin/hardware-file")
class FileHandler(ApiHandler):
    """The catalogue as a TOML file."""

    @needs(SITE_ADMIN, answer=payloads.HardwareText)
    async def get(self) -> payloads.HardwareText:
        return payloads.HardwareText(await export_classes(self.services.database, _engines(self)))

    @needs(SITE_ADMIN, body=payloads.HardwareFile, answer=payloads.HardwareImport)
    async def post(self, body: payloads.HardwareFile) -> payloads.HardwareImport:
        """Say what a file changes, and with `apply` change it: all of it, or with a fault nothing."""
        return await import_classes(self.services.database, body.toml, _engines(self), apply=body.apply)


def _engines(handler: ApiHandler) -> Sequence[str]:
    return tuple(sessions_of(handler).machines.engines)


async def _catalogue(handler: ApiHandler) -> payloads.HardwareCatalogue:
    offered = await sessions_of(handler).machines.offered()
    async with handler.services.database.read() as session:
        listed, living = await rows.catalogue(session), await rows.living(session)
    return payloads.HardwareCatalogue(
        await _shown(handler, listed, living),
        await _shown(handler, offered, living),
        [payloads.HardwareEngine(name, dict(options_of(name))) for name in _engines(handler)],
    )


async def _one(handler: ApiHandler, wanted: str) -> payloads.HardwareClass:
    async with handler.services.database.read() as session:
        listed, living = await rows.one(session, wanted), await rows.living(session)
    return (await _shown(handler, [listed], living))[0]


async def _demand_sound(session: AsyncSession, listed: Listed, engines: Sequence[str]) -> None:
    found = await _faults(session, listed, engines)
    if found:
        raise Refusal("bad_hardware", f"{found[0].field}: {found[0].sentence}")


async def _faults(session: AsyncSession, listed: Listed, engines: Sequence[str]) -> list[Fault]:
    hardware = listed.hardware
    found = faults(hardware, engines)
    if len(await people.users(session, hardware.users)) != len(hardware.users):
        found.append(Fault("users", "Somebody in the list has no account here. Take them out."))
    known = {group.id for group in await groups.all_groups(session)}
    if not known.issuperset(hardware.groups):
        found.append(Fault("groups", "A group in the list is gone. Take it out."))
    return found


def _listed(values: Mapping[str, Any]) -> Listed:
    given = {name: values[name] for name in _FIELDS}
    given |= {name: tuple(given[name]) for name in ("users", "groups")}
    return Listed(HardwareClass(**given), values["enabled"])


def _values(listed: Listed) -> dict[str, Any]:
    values = {name: getattr(listed.hardware, name) for name in _FIELDS}
    return values | {"enabled": listed.enabled}


async def _shown(
    handler: ApiHandler, listed: Sequence[Listed], living: Mapping[str, int]
) -> list[payloads.HardwareClass]:
    free = await sessions_of(handler).machines.availability([each.hardware for each in listed])
    return [
        _class(each, living.get(each.hardware.id, 0), too_large(now))
        for each, now in zip(listed, free, strict=True)
    ]


def _class(listed: Listed, living: int, never: str | None) -> payloads.HardwareClass:
    values = _values(listed)
    values |= {name: list(values[name]) for name in ("users", "groups")}
    return payloads.HardwareClass(**values | {"options": dict(values["options"])}, living=living, never=never)


def _note(living: int) -> str:
    if living == 0:
        return "No kernel runs on it."
    kernels = "1 kernel of it goes" if living == 1 else f"{living} kernels of it go"
    return f"{kernels} on until it ends." if living == 1 else f"{kernels} on until they end."
