"""One page in a loop: it is answered or sent away, and everybody else goes on."""

from __future__ import annotations

import json

import pytest

from collab.hub.connection import MAX_ASKS
from collab.session.state import CellText
from server.sessions.answers import MAX_WAITING, REMEMBERED
from tests.support.socket_page import Page
from tests.support.world import World

MANY = REMEMBERED + MAX_WAITING + 50


def flood(page: Page, op: str, count: int, **args: object) -> None:
    for number in range(count):
        command = {"type": "cmd", "id": f"flood-{number}", "op": op, "args": args}
        page.send(b"\x05" + json.dumps(command).encode())


def codes(page: Page) -> list[str]:
    """Return what the flood was answered with: "ok" or the code of the refusal."""
    return [m.get("code", "ok") for m in page.messages if str(m.get("id", "")).startswith("flood-")]


async def test_commands_of_a_viewer_cost_nothing_and_end_nothing(
    world: World, ada: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.cells("print 1")
    session = await world.sessions.get(world.notebook)  # type: ignore[arg-type]
    read: list[bool] = []

    def cells() -> tuple[CellText, ...]:
        read.append(True)
        return ()

    monkeypatch.setattr(session, "cells", cells)
    eve = await Page.open(world.people["viewer"], world.notebook)
    flood(eve, "run", MANY, cells="all")
    await eve.until(lambda: len(codes(eve)) == MANY or eve.closed)
    assert set(codes(eve)) == {"forbidden"}
    assert not read
    assert (await ada.order("start"))["type"] == "result"
    await eve.close()


async def test_commands_of_one_person_wait_in_bounded_number(world: World, ada: Page) -> None:
    await world.cells("hold")
    session = await world.sessions.get(world.notebook)  # type: ignore[arg-type]
    flood(ada, "run", MANY, cells="all")
    await ada.until(lambda: len(codes(ada)) == MANY or ada.closed)
    assert codes(ada).count("ok") == 1
    assert set(codes(ada)) <= {"ok", "already_queued", "too_many_commands"}
    assert session.task is not None
    assert not session.task.done()
    assert (await ada.order("interrupt"))["type"] == "result"


async def test_whoever_asks_for_the_documents_without_end_is_sent_away(world: World, ada: Page) -> None:
    eve = await Page.open(world.people["viewer"], world.notebook)
    for _ in range(MAX_ASKS + 1):
        eve.send(b"\x00\x00\x00\x01\x00")
    assert await eve.until(lambda: eve.closed) == 4400
    assert (await ada.order("start"))["type"] == "result"
    await eve.close()
