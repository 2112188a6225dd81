"""Input cells in a living notebook: who may set them, what runs then, and what stays as it is."""

from __future__ import annotations

import json
from typing import Any

from collab.ids import NotebookId, UserId
from collab.kinds import KEY
from kernel_manager.asking import Answer
from tests.support.socket_page import Page
from tests.support.world import World

SLIDER = {"kind": "input", "control": "slider", "name": "x", "min": 0, "max": 10}


async def make_input(world: World, source: str = "x = 1", **definition: Any) -> str:
    """Put an input cell at the top of the notebook and return its id."""
    session = await world.sessions.get(NotebookId(world.notebook))
    with session.room.edit(UserId("ada")):
        return session.room.source.insert(
            None, "code", source, after=None, meta={KEY: SLIDER | definition, "tags": ["t"]}
        )


async def source_of(world: World, cell: str) -> str:
    found = await world.ada.get(f"/api/notebooks/{world.notebook}")
    return next(each["source"] for each in found.json["cells"] if each["id"] == cell)


async def executor(world: World) -> Page:
    return await Page.open(world.people["executor"], world.notebook)


async def test_an_executor_sets_a_value_and_what_depends_on_it_runs_in_order(world: World, ada: Page) -> None:
    slider = await make_input(world)
    first, other, last = await world.cells("y = x", "z = 1", "y")
    bob = await executor(world)
    await ada.order("start")
    await ada.until(lambda: ada.runtime_view.kernel().state == "idle")
    answer = await bob.order("set_input", cell_id=slider, value=7)
    assert answer["type"] == "result"
    await ada.until_state(last, "done")
    assert await source_of(world, slider) == "x = 7"
    assert [each.removeprefix(f"{answer['value']['run']}-") for each in world.backend.kernel.ran] == [
        slider,
        first,
        last,
    ]
    assert ada.entry(other) is None
    assert (entry := ada.entry(slider)) is not None
    assert (entry.by_name, entry.stale) == ("Executor", False)
    await bob.close()


async def test_without_a_kernel_or_a_wish_to_run_the_value_changes_and_nothing_starts(
    world: World, ada: Page
) -> None:
    slider = await make_input(world)
    [cell] = await world.cells("x")
    assert (await ada.order("set_input", cell_id=slider, value=2))["value"] == {}
    assert await source_of(world, slider) == "x = 2"
    assert ada.runtime_view.kernel().state == "none"
    await ada.order("start")
    await ada.until(lambda: ada.runtime_view.kernel().state == "idle")
    assert (await ada.order("set_input", cell_id=slider, value=3, run=False))["value"] == {}
    assert ada.entry(cell) is None
    quiet = await make_input(world, runs="nothing")
    assert (await ada.order("set_input", cell_id=quiet, value=3))["value"] == {}
    alone = await make_input(world, runs="cell")
    await ada.order("set_input", cell_id=alone, value=4)
    await ada.until_state(alone, "done")
    assert ada.entry(cell) is ada.entry(quiet) is None
    started = ada.runtime_view.kernel().started_at
    assert started is not None


async def test_who_may_not_run_sets_nothing(world: World, eve: Page) -> None:
    slider = await make_input(world)
    editor = await Page.open(world.people["editor"], world.notebook)
    for page in (eve, editor):
        answer = await page.order("set_input", cell_id=slider, value=7)
        assert (answer["type"], answer["code"]) == ("error", "forbidden")
    assert await source_of(world, slider) == "x = 1"
    await editor.close()


async def test_an_executor_changes_nothing_but_the_value_of_an_input(world: World, ada: Page) -> None:
    bob = await executor(world)
    slider = await make_input(world)
    [plain] = await world.cells("x = 1")
    by_hand = await make_input(world, "x = 1; launch()")
    bad_name = await make_input(world, name="x; import os")
    text = await make_input(world, control="text")
    for cell, value, code in [
        (plain, 2, "no_input"),
        (bad_name, 2, "no_input"),
        ("nowhere-at-all", 2, "unknown_cell"),
        (by_hand, 2, "input_edited"),
        (slider, 11, "bad_value"),
        (slider, "2; import os", "bad_value"),
        (slider, None, "bad_command"),
        (slider, [2], "bad_command"),
        (slider, {"x": 2}, "bad_command"),
    ]:
        answer = await bob.order("set_input", cell_id=cell, value=value)
        assert answer.get("code") == code, (cell, value, answer)
    answer = await bob.order("set_input", cell_id=text, value="a\u2028!touch /tmp/x\n%%bash")
    assert answer["type"] == "result"
    assert await source_of(world, text) == r'x = "a\u2028!touch /tmp/x\n%%bash"'
    assert await source_of(world, slider) == "x = 1"
    assert await source_of(world, by_hand) == "x = 1; launch()"
    file = json.loads((await world.ada.get(f"/api/notebooks/{world.notebook}/ipynb")).body)
    found = {cell["id"]: cell["metadata"] for cell in file["cells"]}
    assert found[slider] == {KEY: SLIDER, "tags": ["t"]}
    await bob.close()


async def test_what_runs_just_now_runs_again_with_the_last_value(world: World, ada: Page) -> None:
    slider = await make_input(world)
    busy, below = await world.cells("hold\nx", "x")
    await ada.order("run", cells=[busy, below])
    await ada.until_state(busy, "running")
    for value in (2, 3):
        assert (await ada.order("set_input", cell_id=slider, value=value))["value"] == {}
    await ada.until_state(below, "cancelled")
    kernel, before = world.backend.kernel, len(world.backend.kernel.ran)
    kernel.release()
    await ada.until(lambda: len(kernel.ran) == before + 2)
    kernel.release()
    await ada.until(lambda: len(kernel.ran) == before + 3)
    await ada.until_state(below, "done")
    assert [each[-len(slider) :] for each in kernel.ran[before:]] == [slider, busy, below]
    assert await source_of(world, slider) == "x = 3"


async def test_a_stop_forgets_what_was_to_run_again(world: World, ada: Page) -> None:
    slider = await make_input(world)
    [busy] = await world.cells("hold\nx")
    await ada.order("run", cell_id=busy)
    await ada.until_state(busy, "running")
    await ada.order("set_input", cell_id=slider, value=2)
    await ada.order("interrupt")
    await ada.until_state(busy, "error", "cancelled")
    [later] = await world.cells("1")
    await ada.order("run", cell_id=later)
    await ada.until_state(later, "done")
    assert ada.entry(slider) is None


async def test_who_loses_the_right_to_run_runs_nothing_later(world: World, ada: Page) -> None:
    slider = await make_input(world)
    [busy] = await world.cells("hold\nx")
    bob = await executor(world)
    await ada.order("run", cell_id=busy)
    await ada.until_state(busy, "running")
    await bob.order("set_input", cell_id=slider, value=2)
    await bob.close()
    room = (await world.sessions.get(NotebookId(world.notebook))).room
    while len(room.connections) > 1:
        await world.ada.get("/api/health")
    user = (await world.people["executor"].get("/api/me")).json["id"]
    answer = await world.ada.put(f"/api/projects/{world.project}/members/{user}", {"role": "viewer"})
    assert answer.status == 200
    world.backend.kernel.release()
    await ada.until_state(busy, "done")
    [later] = await world.cells("1")
    await ada.order("run", cell_id=later)
    await ada.until_state(later, "done")
    assert ada.entry(slider) is None


async def test_the_options_of_a_variable_are_the_kernels_and_hold_for_an_executor(
    world: World, ada: Page
) -> None:
    select = await make_input(world, 'x = "a"', control="select", variable="regions")
    at = f"/api/notebooks/{world.notebook}/inputs/{select}/options"
    bob = await executor(world)
    assert (await world.ada.get(at)).code == "no_kernel"
    await ada.order("start")
    await ada.until(lambda: ada.runtime_view.kernel().state == "idle")
    answers = world.backend.kernel.answers
    answers["variables.options"] = lambda arguments: Answer({"options": [arguments["name"], "b", 3, None]})
    assert (await bob.order("set_input", cell_id=select, value="b")).get("code") == "bad_value"
    assert (await world.people["executor"].get(at)).json["options"] == ["regions", "b", 3]
    assert (await bob.order("set_input", cell_id=select, value="b"))["type"] == "result"
    assert (await bob.order("set_input", cell_id=select, value="c")).get("code") == "bad_value"
    assert await source_of(world, select) == 'x = "b"'
    assert (await world.people["viewer"].get(at)).status == 403
    answers["variables.options"] = lambda arguments: Answer({"options": "all"})
    assert (await world.ada.get(at)).code == "no_options"
    slider = await make_input(world)
    assert (await world.ada.get(at.replace(select, slider))).status == 404
    await bob.close()
