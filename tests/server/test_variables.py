"""Variables of scripted kernels: one snapshot for all, whose they are, and who may ask for what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from kernel_manager.asking import Answer, AskFailed, AskRefused, NoAgent, NoAnswer
from server.analysis.service import Analysts
from server.sessions import variables
from tests.support.socket_page import Page
from tests.support.world import World

X = {"name": "x", "kind": "number", "type": "int", "preview": "5"}
XS = {"name": "xs", "kind": "collection", "type": "list", "preview": "[1]", "children": True}


class Agent:
    """What a kernel's agent says: `items`, or a failure."""

    def __init__(self, world: World) -> None:
        self.items: list[dict[str, Any]] = []
        self.fails: AskFailed | None = None
        self._world = world

    @property
    def snapshots(self) -> int:
        return [op for op, _ in self._world.backend.kernel.asked].count("variables.snapshot")

    def sit(self) -> None:
        """Be in the newest kernel."""
        self._world.backend.kernel.answers["variables.snapshot"] = self._snapshot

    def _snapshot(self, arguments: Mapping[str, Any]) -> Answer:
        if self.fails is not None:
            raise self.fails
        return Answer({"items": self.items, "total": len(self.items), "at": 1_800_000_000.5, "last": ""})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REST_S", "LOOK_AGAIN_S", "EDITS_REST_S"):
        monkeypatch.setattr(variables, name, 0.01)


@pytest.fixture
async def ada(world: World) -> AsyncIterator[Page]:
    page = await Page.open(world.ada, world.notebook)
    await page.order("start")
    await page.until(lambda: page.kernel() == "idle")
    yield page
    await page.close()


@pytest.fixture
async def viewer(world: World) -> AsyncIterator[Page]:
    page = await Page.open(world.people["viewer"], world.notebook)
    yield page
    await page.close()


@pytest.fixture
def agent(world: World, ada: Page) -> Agent:
    agent = Agent(world)
    agent.sit()
    return agent


def told(page: Page) -> list[dict[str, Any]]:
    return page.of("variables")


async def test_a_run_shows_everybody_who_looks_what_it_bound_and_who_ran_it(
    world: World, ada: Page, viewer: Page, agent: Agent
) -> None:
    for page in (ada, viewer):
        await page.order("look_at_variables", open=True)
        await page.until(lambda page=page: told(page))  # type: ignore[misc]
    assert told(viewer)[0]["whole"]
    assert told(viewer)[0]["items"] == []
    cell, other = await world.cells("print 1", "print 2")
    run = (await ada.order("run", cell_id=cell))["value"]["run"]
    agent.items = [
        {**X, "defined": f"{run}-{cell}", "fresh": True},
        {**XS, "defined": "restored", "changed": None},
    ]
    for page in (ada, viewer):
        news = await page.until(lambda page=page: [each for each in told(page) if each["items"]])  # type: ignore[misc]
        x, xs = news[0]["items"]
        assert news[0]["state"] == "current"
        assert news[0]["as_of"] == "2027-01-15T08:00:00.500Z"
        at = x["defined"].pop("at")
        assert at.startswith("20")
        assert x["defined"] == {
            "by": world.ada.user, "by_name": "Ada", "cell": cell, "run": run, "edited": False,
        }  # fmt: skip
        assert "defined" not in xs

    await world.ada.put(f"/api/notebooks/{world.notebook}/cells/{cell}", {"source": "print 3"})

    def edited() -> list[str]:
        return [item["name"] for item in told(viewer)[-1]["items"] if item.get("defined", {}).get("edited")]

    assert await viewer.until(edited) == ["x"]

    agent.items = [agent.items[1]]
    await ada.order("run", cell_id=other)
    gone = await viewer.until(lambda: told(viewer)[-1]["gone"] and told(viewer)[-1])
    assert (gone["gone"], gone["items"]) == (["x"], [])

    late = await Page.open(world.people["editor"], world.notebook)
    await late.order("look_at_variables", open=True)
    assert [each["name"] for each in (await late.until(lambda: told(late)))[0]["items"]] == ["xs"]
    await late.order("look_at_variables", open=False)
    agent.items = []
    await ada.order("run", cell_id=other)
    await viewer.until(lambda: told(viewer)[-1]["gone"] == ["xs"])
    assert len(told(late)) == 1
    await late.close()


async def test_while_a_cell_runs_only_the_looks_of_those_who_may_run_reach_the_kernel(
    world: World, ada: Page, viewer: Page, agent: Agent
) -> None:
    (cell,) = await world.cells("hold")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "running")
    before = agent.snapshots
    await viewer.order("look_at_variables", open=True)
    assert (await world.people["viewer"].get(f"/api/notebooks/{world.notebook}/variables")).status == 200
    await asyncio.sleep(0.1)
    assert agent.snapshots == before
    agent.items = [X]
    await ada.order("look_at_variables", open=True)
    await viewer.until(lambda: told(viewer)[-1]["items"])
    await ada.until(lambda: agent.snapshots > before + 2)
    await ada.order("look_at_variables", open=False)
    await asyncio.sleep(0.05)
    before = agent.snapshots
    await asyncio.sleep(0.1)
    assert agent.snapshots == before
    world.backend.kernel.release()


async def test_who_may_run_reads_the_present_and_readers_the_last(
    world: World, ada: Page, agent: Agent
) -> None:
    path = f"/api/notebooks/{world.notebook}/variables"
    agent.items = [X]
    answer = (await world.people["executor"].get(path)).json
    assert (answer["state"], answer["partial"], answer["items"][0]["preview"]) == ("current", False, "5")
    agent.items = [XS]
    assert (await world.people["viewer"].get(path)).json == answer
    assert (await world.ada.get(path)).json["items"][0]["name"] == "xs"


async def test_what_is_asked_of_the_kernel_is_answered_or_refused(
    world: World, ada: Page, agent: Agent
) -> None:
    kernel, base = world.backend.kernel, f"/api/notebooks/{world.notebook}/variables"

    def refuse(arguments: Mapping[str, Any]) -> Answer:
        raise AskRefused("There is no variable of this name any more.")

    kernel.answers["variables.expand"] = lambda arguments: Answer({"items": [X], "total": 1, "start": 0})
    kernel.answers["variables.plot"] = refuse
    kernel.answers["variables.delete"] = lambda arguments: Answer({})
    inside = await world.ada.post(f"{base}/children", {"path": ["xs", 0]})
    assert inside.json["items"][0]["name"] == "x"
    # A look may be asked for at any time beside this.
    expanded = [arguments for operation, arguments in kernel.asked if operation == "variables.expand"]
    assert expanded == [{"path": ["xs", 0], "start": 0}]
    refused = await world.ada.post(f"{base}/points", {"path": ["gone"]})
    assert (refused.status, refused.json["error"]["code"]) == (409, "not_there")
    assert (await world.ada.delete(f"{base}/named/%CF%80%2F2")).status == 204
    assert ("variables.delete", {"name": "π/2"}) in kernel.asked
    kernel.answers["variables.expand"] = lambda arguments: Answer({"items": "nonsense"})
    assert (await world.ada.post(f"{base}/children", {"path": ["xs"]})).status == 409


async def test_a_kernel_that_cannot_answer_leaves_what_was_known_and_says_why(
    world: World, ada: Page, viewer: Page, agent: Agent
) -> None:
    agent.items = [X]
    await ada.order("look_at_variables", open=True)
    await viewer.order("look_at_variables", open=True)
    await viewer.until(lambda: told(viewer)[-1]["items"])

    async def becomes(state: str) -> dict[str, Any]:
        return await viewer.until(lambda: told(viewer)[-1]["state"] == state and told(viewer)[-1])

    path = f"/api/notebooks/{world.notebook}/variables"
    agent.fails = NoAnswer("")
    assert [each["name"] for each in (await world.ada.get(path)).json["items"]] == ["x"]
    assert (await becomes("late"))["as_of"] is not None
    agent.fails = None
    await becomes("current")  # it is asked again, and somebody waits for no click
    agent.fails = NoAgent("It needs Python.")
    await world.ada.get(path)
    assert (await becomes("unavailable"))["reason"] == "It needs Python."
    agent.fails, agent.items = None, [{"no": "sense"}]
    await world.ada.get(path)
    agent.items = [X]
    await world.ada.get(path)
    await becomes("current")
    world.backend.kernel.die()
    assert (await becomes("ended"))["gone"] == []
    await ada.order("start")
    assert (await becomes("unknown"))["gone"] == ["x"]


async def test_names_of_living_values_join_those_of_the_code_for_who_may_run(
    world: World, ada: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: object, **__: object) -> dict[str, Any]:
        names = [{"name": name, "kind": "function"} for name in ("groupby", "price")]
        return {"names": names, "typed": 2}

    monkeypatch.setattr(Analysts, "ask", read)
    (cell,) = await world.cells("df.")
    kernel = world.backend.kernel
    living = [
        {"name": "price", "kind": "column", "detail": "float64"},
        {"name": "own", "kind": "instance", "detail": "int"},
        {"name": "groupby", "kind": "function", "detail": "function"},
    ]
    kernel.answers["names.complete"] = lambda arguments: Answer({"names": living})
    path = f"/api/notebooks/{world.notebook}/analysis/completions"

    async def completed(role: str, source: str) -> Any:
        place = {"cell": cell, "source": source, "offset": len(source)}
        return (await world.people[role].post(path, place)).json

    told = await completed("collaborator", "df.pr")
    assert [each["name"] for each in told["names"]] == ["price", "groupby", "own"]
    assert told["names"][0] == {"name": "price", "kind": "column", "detail": "float64"}
    key = (await completed("collaborator", "df['pr"))["names"][0]
    assert key["insert"] == "price"
    operation, asked = kernel.asked[-1]
    assert (operation, asked["wanted"], asked["root"], asked["typed"]) == (
        "names.complete",
        "keys",
        "df",
        "pr",
    )

    before = len(kernel.asked)
    told = await completed("editor", "df.pr")
    assert [each["name"] for each in told["names"]] == ["groupby", "price"]
    assert len(kernel.asked) == before
    for failure in (NoAnswer("late"), AskRefused("earlier version")):
        kernel.answers["names.complete"] = failing(failure)
        assert len((await completed("collaborator", "df.pr"))["names"]) == 2
    kernel.answers["names.complete"] = lambda arguments: Answer({"names": [{"name": 5}]})
    assert len((await completed("collaborator", "df['pr"))["names"]) == 2


def failing(failure: AskFailed) -> Any:
    def fail(arguments: Mapping[str, Any]) -> Answer:
        raise failure

    return fail
