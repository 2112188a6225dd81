"""Widgets of a scripted kernel: what everybody sees of them, who may move them, what is left of them."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from collab.wire import StreamOutput
from tests.support.backend import FakeBackend
from tests.support.server import Answer, running
from tests.support.socket_page import Page
from tests.support.world import World, open_world

SLIDER = json.dumps({"_model_name": "IntSliderModel", "value": 1, "layout": "IPY_MODEL_layout"})


def events(page: Page) -> list[dict[str, Any]]:
    return [event for m in page.messages if m["type"] == "widgets" for event in m["events"]]


def moved(page: Page, message: str) -> list[dict[str, Any]]:
    return [event for event in events(page) if event["event"] == "moved" and event["message"] == message]


async def widgets_of(world: World) -> dict[str, Any]:
    answer = await world.people["viewer"].get(f"/api/notebooks/{world.notebook}/widgets")
    assert answer.status == 200
    return {model["id"]: model for model in answer.json["models"]}


async def shown(world: World, page: Page, *lines: str) -> str:
    """Run a cell that makes and shows a slider, and return its id."""
    source = "\n".join((f"widget s {SLIDER}", "widget layout {}", "widget unseen {}", "view s", *lines))
    [cell] = await world.cells(source)
    await page.order("run", cell_id=cell)
    await page.until_state(cell, "done", "running")
    return cell


async def test_everybody_sees_a_widget_live_and_who_comes_late_sees_it_as_it_is(
    world: World, ada: Page, eve: Page
) -> None:
    cell = await shown(world, ada, *(f'set s {{"value": {value}}}' for value in range(500)))
    for page in (ada, eve):
        await page.until(lambda p=page: events(p))  # type: ignore[misc]
    found = await widgets_of(world)
    assert found["s"]["state"]["value"] == 499
    assert (found["s"]["cell"], found["s"]["alive"]) == (cell, True)
    assert set(found) == {"s", "layout", "unseen"}
    # A flood reaches nobody as such: of each model the newest values count.
    assert len([each for each in events(eve) if each.get("id") == "s"]) < 50


async def test_a_move_reaches_the_kernel_and_everybody_and_is_the_movers(
    world: World, ada: Page, eve: Page
) -> None:
    cell = await shown(world, ada)
    await eve.until(lambda: events(eve))
    kernel = world.backend.kernel

    def code(msg_id: str, content: dict[str, Any]) -> None:
        kernel.message(
            msg_id, "comm_msg", {"comm_id": "s", "data": {**content["data"], "method": "echo_update"}}
        )
        kernel.message(msg_id, "stream", {"name": "stdout", "text": "moved\n"})

    kernel.on_comm = code
    answer = await ada.order("comm", widget="s", state={"value": 7})
    message = answer["value"]["message"]
    [event] = await eve.until(lambda: moved(eve, message))
    assert event["by_name"] == "Ada"
    [echo] = [each for each in events(eve) if each["event"] == "updated"]
    assert (echo["state"], echo["echo"]) == ({"value": 7}, ["value"])
    assert kernel.comms[-1][2] == {
        "comm_id": "s",
        "data": {"method": "update", "state": {"value": 7}, "buffer_paths": []},
    }
    await eve.until(lambda: (entry := eve.entry(cell)) and len(entry.outputs) == 2 and entry.moved_by)
    entry = eve.entry(cell)
    assert entry is not None
    assert entry.moved_by == "Ada"
    assert isinstance(entry.outputs[1], StreamOutput)
    assert entry.outputs[1].text == "moved\n"


async def test_a_move_waits_while_a_cell_runs_and_a_kernel_that_repeats_nothing_is_believed(
    world: World, ada: Page, eve: Page
) -> None:
    await shown(world, ada)
    answer = await ada.order("comm", widget="s", state={"value": 3})
    await eve.until(lambda: moved(eve, answer["value"]["message"]))
    assert (await widgets_of(world))["s"]["state"]["value"] == 3
    [busy] = await world.cells("hold")
    await ada.order("run", cell_id=busy)
    await ada.until_state(busy, "running")
    waits = (await ada.order("comm", widget="s", state={"value": 4}))["value"]["message"]
    found = await world.ada.get(f"/api/notebooks/{world.notebook}/widgets")
    assert found.json["waiting"] == [waits]
    assert (await widgets_of(world))["s"]["state"]["value"] == 3


async def test_who_may_not_run_moves_nothing(world: World, ada: Page, eve: Page) -> None:
    await shown(world, ada)
    ed = await Page.open(world.people["editor"], world.notebook)
    for page in (eve, ed):
        answer = await page.order("comm", widget="s", state={"value": 7})
        assert (answer["type"], answer["code"]) == ("error", "forbidden")
    assert world.backend.kernel.comms == []
    await ed.close()


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", {"state": {"value": 1}}, "no_widget"),
    ("s", {"state": {"_esm": "export default 1"}}, "bad_command"),
    ("s", {"state": {"_model_module": "x"}}, "bad_command"),
    ("s", {"state": [1]}, "bad_command"),
    ("s", {"state": {}, "method": "request_states"}, "bad_command"),
    ("s", {"state": {}, "buffers": ["AAAA"]}, "bad_command"),
    ("s", {"state": {}, "buffers": ["AAAA"], "paths": [[]]}, "bad_command"),
    ("s", {"state": {}, "buffers": ["no base64"], "paths": [["value"]]}, "bad_command"),
    ("s", {"state": {"deep": json.loads("[" * 200 + "]" * 200)}}, "bad_command"),
]


async def test_a_move_of_the_wrong_shape_reaches_no_kernel(world: World, ada: Page) -> None:
    await shown(world, ada)
    for widget, args, code in WRONG:
        answer = await ada.order("comm", widget=widget, **args)
        assert answer.get("code") == code, (args, answer)
    assert world.backend.kernel.comms == []


async def test_a_move_too_large_for_the_socket_goes_another_way_under_the_same_rules(
    world: World, ada: Page, eve: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shown(world, ada)
    at = f"/api/notebooks/{world.notebook}/widgets/moves"
    content = bytes(range(256)) * 12_000
    move = {
        "widget": "s",
        "state": {"value": [{"name": "a.bin"}]},
        "paths": [["value", 0, "content"]],
        "buffers": [b64encode(content).decode()],
    }

    async def sent(move: dict[str, Any]) -> Answer:
        body = io.BytesIO(json.dumps(move).encode())
        return await world.ada.post(at, data=body, headers={"Content-Type": "application/json"})

    assert (await world.people["viewer"].post(at, {**move, "buffers": ["AAAA"]})).status == 403
    assert world.backend.kernel.comms == []
    answer = await sent(move)
    assert answer.status == 200
    await ada.until(lambda: moved(ada, answer.json["message"]))
    [(_, _, said)] = world.backend.kernel.comms
    assert said["data"]["buffer_paths"] == [["value", 0, "content"]]
    assert world.backend.kernel.buffers == (content,)
    wrong = await sent(move | {"state": {"_esm": "export default 1"}})
    assert (wrong.status, wrong.code) == (400, "bad_command")
    monkeypatch.setattr("server.sessions.widgets.MOST_MOVE_BYTES", len(content) - 1)
    large = await sent(move)
    assert (large.status, large.code) == (413, "too_large")
    assert len(world.backend.kernel.comms) == 1


async def test_one_person_moves_only_so_fast(world: World, ada: Page) -> None:
    await shown(world, ada)
    answers = [await ada.order("comm", widget="s", state={"value": value}) for value in range(130)]
    codes = {answer.get("code") for answer in answers}
    assert codes == {None, "too_many_moves"}


async def test_an_output_widget_captures_and_the_kernel_hears_of_it(world: World, ada: Page) -> None:
    [cell] = await world.cells(
        'widget o {"_model_name": "OutputModel", "msg_id": "", "outputs": []}\nview o\nhold\nprint inside\n'
        'set o {"msg_id": ""}\nprint outside'
    )
    await ada.order("run", cell_id=cell)
    entry = await ada.until_state(cell, "running")
    kernel = world.backend.kernel
    captures = {"method": "update", "state": {"msg_id": f"{entry.run}-{cell}"}}
    kernel.message(f"{entry.run}-{cell}", "comm_msg", {"comm_id": "o", "data": captures})
    kernel.release()
    entry = await ada.until_state(cell, "done")
    captured = {"output_type": "stream", "name": "stdout", "text": "inside\n"}
    assert (await widgets_of(world))["o"]["state"]["outputs"] == [captured]
    assert [o.text for o in entry.outputs if isinstance(o, StreamOutput)] == ["outside\n"]
    told = [content["data"] for _, _, content in kernel.comms]
    assert told == [{"method": "update", "state": {"outputs": [captured]}}]


async def test_widgets_outlive_their_kernel_as_they_were(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        ada = await Page.open(world.ada, world.notebook)
        await shown(world, ada, 'set s {"value": 5}')
        backend.kernel.die()
        await ada.until(lambda: events(ada) and events(ada)[-1]["event"] == "ended")
        await ada.until(lambda: ada.runtime_view.kernel().widgets)
        found = await widgets_of(world)
        assert set(found) == {"s", "layout"}  # what no output shows is let go
        assert (found["s"]["state"]["value"], found["s"]["alive"]) == (5, False)
        assert (await ada.order("comm", widget="s", state={"value": 6}))["code"] == "no_kernel"
        await ada.close()
    async with running(tmp_path / "data") as server:
        answer = await (await server.browser_of(world.ada.user)).get(
            f"/api/notebooks/{world.notebook}/widgets"
        )
        assert {model["id"]: model["alive"] for model in answer.json["models"]} == {
            "s": False,
            "layout": False,
        }


async def test_a_server_that_starts_anew_asks_the_kernel_for_its_widgets(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        ada = await Page.open(world.ada, world.notebook)
        cell = await shown(world, ada)
        await ada.close()
    kernel = backend.kernel
    async with running(tmp_path / "data", backend=backend) as server:
        browser = await server.browser_of(world.ada.user)
        page = await Page.open(browser, world.notebook)
        while not (asked := [each for each in kernel.comms if each[1] == "comm_msg"]):
            await page.order("keep")
        assert asked[0][2]["data"] == {"method": "request_states"}
        states = {"s": {"state": {"value": 9}}}
        data = {"method": "update_states", "states": states, "buffer_paths": []}
        kernel.message(asked[0][0], "comm_msg", {"comm_id": asked[0][2]["comm_id"], "data": data})
        await page.until(lambda: events(page))
        [model] = (await browser.get(f"/api/notebooks/{world.notebook}/widgets")).json["models"]
        assert model["state"] == {"value": 9}
        kernel.on_comm = lambda msg_id, content: kernel.message(
            msg_id, "stream", {"name": "stdout", "text": "again\n"}
        )
        moving = await page.order("comm", widget="s", state={"value": 1})
        await page.until(lambda: moved(page, moving["value"]["message"]))
        entry = await page.until(lambda: (e := page.entry(cell)) and len(e.outputs) == 2 and e)
        assert [o.text for o in entry.outputs if isinstance(o, StreamOutput)] == ["again\n"]
        await page.close()
