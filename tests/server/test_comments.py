"""Comments over HTTP: who may say what, what everybody sees at once, and what survives."""

from __future__ import annotations

import pytest

from collab.comments import CommentsDocument
from server.limits import TryLimit
from tests.support.socket_page import Page
from tests.support.world import World


def at(world: World, *more: str) -> str:
    return "/".join((f"/api/notebooks/{world.notebook}/comments", *more))


async def test_what_is_said_is_seen_by_all_at_once_under_the_true_name(world: World, ada: Page) -> None:
    (cell,) = await world.cells("x = 1")
    executor = world.people["executor"]
    made = await executor.post(
        at(world), {"cell": cell, "body": " Why 1? ", "mentions": [world.ada.user, "x"]}
    )
    assert made.status == 201
    (message,) = made.json["messages"]
    assert (message["body"], message["by"]["id"], message["mentions"]) == (
        "Why 1?", executor.user, [world.ada.user],
    )  # fmt: skip
    seen = await ada.until(lambda: CommentsDocument(ada.comments).threads())
    assert [thread.cell for thread in seen.values()] == [cell]
    thread = made.json["id"]
    await world.ada.post(at(world, thread), {"body": "Ask Bob."})
    await ada.until(lambda: len(CommentsDocument(ada.comments).thread(thread).messages) == 2)
    listed = (await world.people["viewer"].get(at(world))).json["items"]
    assert [m["body"] for m in listed[0]["messages"]] == ["Why 1?", "Ask Bob."]


async def test_a_viewer_comments_only_by_the_switch_of_the_project(world: World) -> None:
    (cell,) = await world.cells("x = 1")
    viewer, body = world.people["viewer"], {"cell": cell, "body": "May I?"}
    assert (await viewer.post(at(world), body)).status == 403
    await world.ada.patch(f"/api/projects/{world.project}", {"viewers_comment": True})
    assert (await viewer.post(at(world), body)).status == 201


async def test_nobody_changes_what_another_one_wrote(world: World) -> None:
    (cell,) = await world.cells("x = 1")
    editor, executor = world.people["editor"], world.people["executor"]
    made = (await editor.post(at(world), {"cell": cell, "body": "mine"})).json
    message = at(world, made["id"], "messages", made["messages"][0]["id"])
    assert (await executor.patch(message, {"body": "yours"})).status == 403
    assert (await executor.delete(message)).status == 403
    assert (await world.ada.patch(message, {"body": "ours"})).status == 403
    changed = (await editor.patch(message, {"body": "better"})).json["messages"][0]
    assert changed["body"] == "better"
    assert changed["edited_at"] is not None
    assert (await world.ada.delete(message)).status == 204
    assert (await editor.get(at(world, made["id"]))).code == "unknown_comment"


async def test_settled_threads_say_by_whom_and_open_again(world: World) -> None:
    (cell,) = await world.cells("x = 1")
    made = (await world.ada.post(at(world), {"cell": cell, "body": "a"})).json
    settled = (await world.people["editor"].patch(at(world, made["id"]), {"resolved": True})).json
    assert (settled["resolved"], settled["resolved_by"]) == (True, "Editor")
    assert not (await world.ada.patch(at(world, made["id"]), {"resolved": False})).json["resolved"]


async def test_comments_go_with_a_deleted_cell_and_come_back_with_it(world: World, ada: Page) -> None:
    (cell,) = await world.cells("x = 1")
    await world.ada.post(at(world), {"cell": cell, "body": "a"})
    await world.ada.delete(f"/api/notebooks/{world.notebook}/cells/{cell}")
    (kept,) = (await world.ada.get(at(world))).json["items"]
    assert kept["cell_deleted"]
    assert (await world.ada.post(at(world), {"cell": cell, "body": "b"})).code == "unknown_cell"
    (await world.sessions.get(world.notebook)).room.source.restore(cell)  # type: ignore[arg-type]
    (back,) = (await world.ada.get(at(world))).json["items"]
    assert not back["cell_deleted"]
    assert back["messages"][0]["body"] == "a"


async def test_a_stretch_of_text_is_kept_with_its_words(world: World) -> None:
    (cell,) = await world.cells("total = price * amount")
    words = {"cell": cell, "body": "net?", "range": {"quote": "price", "start": 8}}
    made = (await world.ada.post(at(world), words)).json
    assert made["quote"] == "price"
    assert set(made["anchor"]) == {"start", "end"}
    gone = words | {"range": {"quote": "cost", "start": 8}}
    assert (await world.ada.post(at(world), gone)).code == "text_changed"


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 10_001])
async def test_nothing_and_too_much_are_refused(world: World, body: str) -> None:
    (cell,) = await world.cells("x = 1")
    assert (await world.ada.post(at(world), {"cell": cell, "body": body})).status == 400


async def test_a_flood_is_stopped(world: World) -> None:
    world.server.services.limits.comments = TryLimit(2, 60)
    (cell,) = await world.cells("x = 1")
    answers = [await world.ada.post(at(world), {"cell": cell, "body": "again"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]


async def test_what_was_read_is_remembered_and_never_unread(world: World) -> None:
    path = f"/api/notebooks/{world.notebook}/comments-read"
    assert (await world.ada.get(path)).json == {"at": None}
    await world.ada.put(path, {"at": "2026-01-02T00:00:00Z"})
    await world.ada.put(path, {"at": "2026-01-01T00:00:00Z"})
    assert (await world.ada.get(path)).json["at"].startswith("2026-01-02")
    assert (await world.people["viewer"].get(path)).json == {"at": None}
    assert (await world.ada.put(path, {"at": "2026-01-01T00:00:00"})).status == 400
