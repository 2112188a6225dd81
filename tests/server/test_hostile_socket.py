"""Hostile frames and kernel messages at the notebook socket of a real server.

Whoever sends them loses at most the connection; the notebook, the kernel and
everybody else are as before.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from collab.wire import Channel
from tests.support.clients import fingerprint
from tests.support.server import Client
from tests.support.socket_page import Page
from tests.support.world import World

CORPUS = Path(__file__).parents[1] / "data" / "hostile"
FRAMES = [i for i in json.loads((CORPUS / "crdt.json").read_text())["items"] if i["kind"] == "sync_message"]
MESSAGES = json.loads((CORPUS / "kernel.json").read_text())["items"]

VIOLATION, TOO_BIG = 4400, 1009
ABORTED = 1006
"""What a client sees of 1009 where the rest of its frame was still on the way: the connection breaks."""

ENDS = {
    "sync_message-001": "reset",
    "sync_message-002": "reset",
    "sync_message-004": VIOLATION,
    "sync_message-007": "bad_presence",
    "sync_message-008": VIOLATION,
    "sync_message-011": TOO_BIG,
}
"""How the server answers each frame the first time: with a message, or by closing."""

AWARENESS = 1
"""The corpus speaks the protocol of y-websocket, where this byte begins a message about presence."""

HOSTILE_IDS = {5, 4242}
"""Under these client ids the corpus writes and is present."""


def frame_of(item: dict[str, Any], *, translated: bool) -> bytes:
    """Return the message as it stands, or behind the byte of our own channel and of the length it says."""
    raw: bytes = base64.b64decode(item["payload_b64"]) if "payload_b64" in item else eval(item["gen"])
    if not translated:
        return raw
    if raw[0] == AWARENESS and len(raw) < 128:
        raw = bytes((AWARENESS, len(raw) - 2)) + raw[2:]
    return bytes((Channel.AWARENESS if raw[0] == AWARENESS else Channel.SOURCE,)) + raw


def send(page: Page, frame: bytes) -> None:
    page.sent += frame[:3] in (b"\0\0\1", b"\0\0\2")  # what the server counts as a write
    page.send(frame)


def seen(page: Page, end: str | int) -> bool:
    """Say whether the page was answered in the way of `end`."""
    if isinstance(end, int):
        return page.closed in {end, ABORTED if end == TOO_BIG else end}
    if end == "reset":
        return bool(page.of("reset"))
    return any(message["code"] == end for message in page.of("error"))


async def is_unharmed(world: World, ada: Page, before: str) -> None:
    """Assert that the notebook is as it was, that ada goes on with it, and that the server answers."""
    assert fingerprint(ada.source) == before, "somebody else's frame changed the notebook"
    (cell,) = ada.source.cells()
    ada.source.set_source(cell.id, "print later")
    await ada.saved()
    assert (await ada.order("run", cell_id=cell.id))["type"] == "result"
    await ada.until_state(cell.id, "done")
    assert HOSTILE_IDS.isdisjoint(ada.presence)
    assert (await world.ada.get("/api/health")).status == 200


@pytest.mark.parametrize("item", FRAMES, ids=lambda item: item["id"])
@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_a_hostile_frame_is_refused_and_the_third_ends_the_connection(
    world: World, ada: Page, role: str, item: dict[str, Any]
) -> None:
    await world.cells("print first")
    await ada.until(lambda: ada.texts() == ["print first"])
    before, end = fingerprint(ada.source), ENDS[item["id"]]
    frame = frame_of(item, translated=True)
    page = await Page.open(world.people[role], world.notebook)
    for _ in range(0 if isinstance(end, int) else 2):
        send(page, frame)
        await page.until(lambda: seen(page, end))
        page.messages.clear()
        await page.until(lambda: page.texts() == ["print first"])  # after a reset, it has begun again
    send(page, frame)
    await page.until(lambda: seen(page, end if isinstance(end, int) else VIOLATION))
    await page.close()
    await is_unharmed(world, ada, before)


@pytest.mark.parametrize(
    "item", [i for i in FRAMES if isinstance(ENDS[i["id"]], str)], ids=lambda item: item["id"]
)
async def test_an_editor_who_sent_one_by_mistake_goes_on(
    world: World, ada: Page, item: dict[str, Any]
) -> None:
    [cell] = await world.cells("first")
    page = await Page.open(world.people["editor"], world.notebook)
    await page.until(lambda: page.texts() == ["first"])
    send(page, frame_of(item, translated=True))
    await page.until(lambda: seen(page, ENDS[item["id"]]))
    await page.until(lambda: page.texts() == ["first"])
    page.source.set_source(cell, "first and second")
    page.be_at(1, {"cell": cell, "cursor": None, "view": None})
    await page.saved()
    await ada.until(lambda: ada.texts() == ["first and second"] and page.client_id in ada.presence)
    assert HOSTILE_IDS.isdisjoint(ada.presence)
    await page.close()


async def test_a_viewer_may_not_write_what_an_editor_may(world: World, ada: Page) -> None:
    [cell] = await world.cells("first")
    await ada.until(lambda: ada.texts() == ["first"])
    before = fingerprint(ada.source)
    page = await Page.open(world.people["viewer"], world.notebook)
    for _ in range(3):
        await page.until(lambda: page.texts() == ["first"])
        page.messages.clear()
        page.source.set_source(cell, "mine")
        await page.until(lambda: page.of("reset") or page.closed)
    assert page.closed == VIOLATION
    await page.close()
    await is_unharmed(world, ada, before)


@pytest.mark.parametrize("item", FRAMES, ids=lambda item: item["id"])
async def test_frames_of_another_protocol_harm_nothing(world: World, ada: Page, item: dict[str, Any]) -> None:
    await world.cells("print first")
    await ada.until(lambda: ada.texts() == ["print first"])
    before = fingerprint(ada.source)
    page = await Page.open(world.people["viewer"], world.notebook)
    send(page, frame_of(item, translated=False))
    await page.until(lambda: page.closed or page.of("reset"))
    await page.close()
    await is_unharmed(world, ada, before)


# Kernel messages


def heard(world: World) -> tuple[object, ...]:
    """Return all that the kernel was ever asked."""
    kernel = world.backend.kernel
    return len(world.backend.kernels), kernel.seq, tuple(kernel.ran), kernel.interrupts, kernel.restarts


@pytest.mark.parametrize("item", MESSAGES, ids=lambda item: item["id"])
@pytest.mark.parametrize("role", ["viewer", "editor", "executor", "collaborator"])
async def test_no_kernel_message_reaches_the_kernel(
    world: World, ada: Page, role: str, item: dict[str, Any]
) -> None:
    [cell] = await world.cells("hold")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "running")
    before, message = heard(world), json.loads(item["payload"])
    person = world.people[role]

    asking = await Page.open(person, world.notebook)
    answer = await asking.order(message["header"]["msg_type"], **message["content"])
    assert (answer["type"], answer["code"]) == ("error", "unknown_command")
    asking.send(bytes((Channel.CONTROL,)) + item["payload"].encode())
    await asking.until(lambda: asking.closed == VIOLATION)
    await asking.close()

    shouting = await Page.open(person, world.notebook)
    await shouting.ws.send_str(item["payload"])
    await shouting.until(lambda: shouting.closed == VIOLATION)
    await shouting.close()

    await _has_no_other_door(world, person, message)
    if role != "collaborator":  # who may write and run starts a kernel of their own there, whatever the body
        kernels = f"/jupyter/{world.project}/api/kernels"
        assert (await person.post(kernels, message)).status in {400, 403, 404}
    assert heard(world) == before
    assert ada.state(cell) == "running"
    assert (await ada.order("interrupt"))["type"] == "result"
    await ada.until_state(cell, "error")


async def _has_no_other_door(world: World, person: Client, message: dict[str, Any]) -> None:
    path = f"/api/notebooks/{world.notebook}"
    for address, body in (
        (f"{path}/kernel", {"action": message["header"]["msg_type"]}),
        (f"{path}/kernel", message),
        (f"{path}/runs", message),
    ):
        assert (await person.post(address, body)).status in {400, 403, 404}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await person.http.ws_connect(f"{person.base}/jupyter/{world.project}/api/kernels/k/channels")
    assert refused.value.status == 404
