"""Hardware over HTTP: what people see and choose, what a start checks again, what only the admin does."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from server.db.repositories import kernels
from tests.support.server import Client
from tests.support.socket_page import Page
from tests.support.world import World

SMALL = {"id": "small", "label": "Small", "engine": "local", "cpus": 2, "memory_mib": 256}


@pytest.fixture
async def root(world: World) -> Client:
    """The admin of the site, who is in no project."""
    return await world.server.person("root", admin=True)


async def offers(client: Client, world: World) -> dict[str, Any]:
    answer = await client.get(f"/api/hardware?notebook={world.notebook}")
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


async def make(root: Client, **fields: Any) -> None:
    answer = await root.post("/api/admin/hardware", SMALL | fields)
    assert answer.status == 201, answer.json


async def choose(world: World, hardware: str | None, by: Client | None = None) -> Any:
    return await (by or world.ada).put(f"/api/projects/{world.project}/hardware", {"class": hardware})


async def start(world: World, *, by: Client | None = None, notebook: str | None = None) -> Page:
    """Start the kernel and return a page that shows what became of it."""
    of = notebook or world.notebook
    page = await Page.open(world.ada, of)
    await (by or world.ada).post(f"/api/notebooks/{of}/kernel", {"action": "start"})
    await page.until(lambda: page.kernel() in ("idle", "dead"))
    return page


def death_of(page: Page) -> str:
    death = page.runtime_view.kernel().death
    return death.reason if death else ""


async def another_notebook(world: World, name: str) -> str:
    made = await world.ada.post(f"/api/projects/{world.project}/notebooks", {"name": name})
    notebook: str = made.json["id"]
    return notebook


async def test_a_new_server_offers_its_own_machine_to_everybody(world: World) -> None:
    found = await offers(world.people["viewer"], world)
    (only,) = found["items"]
    assert (only["id"], only["label"], only["can_take"], only["why_not"]) == (
        "local",
        "This machine",
        True,
        None,
    )
    assert (found["chosen"], found["usual"], found["kernel"], found["next"]) == (None, "local", None, None)
    by_project = await world.ada.get(f"/api/hardware?project={world.project}")
    assert by_project.json == found
    assert (await world.ada.get("/api/hardware")).code == "bad_query"
    mallory = await world.server.person("mallory")
    for query in (f"project={world.project}", f"notebook={world.notebook}"):
        assert (await mallory.get(f"/api/hardware?{query}")).status == 404


async def test_classes_of_the_admin_replace_what_engines_offer(world: World, root: Client) -> None:
    await make(root, price_per_hour=1.5, description="For most things.")
    await make(root, id="huge", label="Huge", memory_mib=16 * 1024 * 1024)
    found = await offers(world.ada, world)
    small, huge = found["items"]
    assert found["usual"] == "small"
    assert (small["price_per_hour"], small["can_take"]) == (1.5, True)
    assert small["free"] <= small["total"]
    assert (huge["free"], huge["total"]) == (0, 0)
    assert "of memory only" in huge["reason"]


async def test_a_class_for_others_is_shown_with_the_reason(world: World, root: Client) -> None:
    viewer = world.people["viewer"]
    group = (await root.post("/api/admin/groups", {"name": "Lab", "members": [viewer.user]})).json
    await make(root, groups=[group["id"]])
    mine, hers = await offers(world.ada, world), await offers(viewer, world)
    assert (mine["usual"], mine["items"][0]["can_take"]) == (None, False)
    assert "kept for other people" in mine["items"][0]["why_not"]
    assert (hers["usual"], hers["items"][0]["can_take"]) == ("small", True)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("executor", 403), ("collaborator", 403)])
async def test_choosing_needs_the_right_to_hardware(
    world: World, root: Client, role: str, status: int
) -> None:
    await make(root)
    assert (await choose(world, "small", world.people[role])).status == status
    assert (await offers(world.ada, world))["chosen"] is None


async def test_the_chosen_class_is_what_the_next_kernel_gets(world: World, root: Client) -> None:
    await make(root)
    await make(root, id="big", label="Big", price_per_hour=3.0)
    assert (await choose(world, "big")).json == {"class": "big"}
    page = await start(world, by=world.people["executor"])
    assert page.kernel() == "idle"
    assert page.runtime_view.kernel().hardware == "big"
    kernel = (await offers(world.ada, world))["kernel"]
    assert (kernel["hardware"], kernel["label"], kernel["price_per_hour"]) == ("big", "Big", 3.0)
    assert kernel["started_by"]["name"] == "executor"
    assert datetime.fromisoformat(kernel["running_since"]) >= datetime.fromisoformat(kernel["created_at"])
    assert kernel["cost"] >= 0
    assert (await choose(world, None)).json == {"class": None}
    assert (await offers(world.ada, world))["kernel"]["hardware"] == "big"
    await page.close()


async def test_what_cannot_be_taken_cannot_be_chosen(world: World, root: Client) -> None:
    await make(root, enabled=False)
    await make(root, id="hers", users=[root.user])
    assert (await choose(world, "nowhere")).code == "unknown_hardware"
    for hardware, words in (("small", "switched off"), ("hers", "other people")):
        answer = await choose(world, hardware)
        assert (answer.status, answer.code) == (409, "hardware_not_for_you")
        assert words in answer.json["error"]["reason"]


async def test_an_engines_own_class_is_no_lasting_choice(world: World, root: Client) -> None:
    """Else every project that took the only machine there was would refuse to start later."""
    assert (await choose(world, "local")).json == {"class": None}
    await make(root)
    assert (await offers(world.ada, world))["usual"] == "small"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"enabled": False}, "Small cannot be taken. It is switched off"),
        ({"users": ["root"]}, "Small cannot be taken. It is kept for other people"),
        (None, "There is no machine 'small' any more"),
    ],
)
async def test_a_start_checks_again_and_says_in_the_notebook_why_not(
    world: World, root: Client, change: dict[str, Any] | None, words: str
) -> None:
    await make(root)
    await make(root, id="other")
    await choose(world, "small")
    if change is None:
        await root.delete("/api/admin/hardware/small")
    else:
        if "users" in change:
            change = {"users": [root.user]}
        assert (await root.patch("/api/admin/hardware/small", change)).status == 200
    first, second = await world.cells("print x", "print y")
    page = await Page.open(world.ada, world.notebook)
    await world.ada.post(f"/api/notebooks/{world.notebook}/runs", {"cells": [first, second]})
    await page.until(lambda: page.kernel() == "dead")
    assert words in death_of(page)
    assert {page.runtime_view.entries()[cell].state for cell in (first, second)} == {"cancelled"}
    assert world.backend.kernels == {}
    await choose(world, "other")
    await world.ada.post(f"/api/notebooks/{world.notebook}/runs", {"cells": [first]})
    await page.until(lambda: page.kernel() == "idle")
    await page.close()


async def test_without_any_class_for_the_person_nothing_starts(world: World, root: Client) -> None:
    await make(root, users=[root.user])
    page = await start(world)
    assert death_of(page) == "No machine of this site is open to you. Ask an admin of the site for one."
    await page.close()


async def test_a_person_has_no_more_kernels_of_a_class_than_it_allows(world: World, root: Client) -> None:
    await make(root, max_per_user=1)
    first = await start(world)
    assert first.kernel() == "idle"
    there = await another_notebook(world, "Second")
    seen = (await world.ada.get(f"/api/hardware?notebook={there}")).json["items"][0]
    assert "1 of your 1 kernel of this class is running: stop it first." in seen["why_not"]
    assert (await offers(world.ada, world))["items"][0]["can_take"] is True, "its own would be replaced"
    second = await start(world, notebook=there)
    assert "stop it first" in death_of(second)
    of_another = await start(world, by=world.people["executor"], notebook=there)
    assert of_another.kernel() == "idle"
    for page in (first, second, of_another):
        await page.close()


async def test_of_many_starts_at_once_as_many_succeed_as_are_allowed(world: World, root: Client) -> None:
    await make(root, max_per_user=2)
    there = [await another_notebook(world, f"N{number}") for number in range(5)]
    pages = await asyncio.gather(*(start(world, notebook=notebook) for notebook in there))
    assert sorted(page.kernel() for page in pages) == ["dead"] * 3 + ["idle"] * 2
    for page in pages:
        await page.close()


# The admin


async def test_a_class_is_made_changed_and_removed(world: World, root: Client) -> None:
    await make(root, gpus=1, gpu_type="a100", max_life_s=3600)
    path = "/api/admin/hardware/small"
    changed = await root.patch(path, {"label": "Tiny", "max_life_s": None, "price_per_hour": 0.25})
    assert changed.status == 200
    found = (await root.get(path)).json
    assert (found["label"], found["max_life_s"], found["price_per_hour"], found["gpu_type"]) == (
        "Tiny",
        None,
        0.25,
        "a100",
    )
    assert (await root.post("/api/admin/hardware", SMALL)).code == "taken"
    listed = (await root.get("/api/admin/hardware")).json
    assert [each["id"] for each in listed["items"]] == ["small"]
    assert [each["id"] for each in listed["offered"]] == ["local"]
    assert {"name": "local", "options": {"hard_life": "true or false"}} in listed["engines"]
    assert (await root.delete(path)).json == {"living": 0, "note": "No kernel runs on it."}
    assert (await root.get(path)).status == 404
    assert (await root.delete(path)).status == 404
    assert (await root.patch(path, {"label": "X"})).status == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cpus": -1}, "cpus: -1 is out of range"),
        ({"memory_mib": 10**12}, "memory_mib: 1e+12 is out of range"),
        ({"id": "Small Class"}, "id: An id has"),
        ({"engine": "slurm"}, "engine: This server has no engine 'slurm'"),
        ({"options": {"partition": "x"}}, "options: The engine local takes no option"),
        ({"users": ["nobody"]}, "users: Somebody in the list"),
        ({"groups": ["nothing"]}, "groups: A group in the list"),
        ({"label": "a\u202eb"}, "label: The name holds"),
        ({"price_per_hour": 1e308}, "price_per_hour"),
    ],
)
async def test_nonsense_is_refused_with_its_field_and_changes_nothing(
    world: World, root: Client, fields: dict[str, Any], words: str
) -> None:
    made = await root.post("/api/admin/hardware", SMALL | fields)
    assert (made.status, made.code) == (400, "bad_hardware")
    assert words in made.json["error"]["reason"]
    told = (await root.post("/api/admin/hardware-check", SMALL | fields)).json["faults"]
    assert f"{told[0]['field']}: {told[0]['reason']}" == made.json["error"]["reason"]
    assert (await root.get("/api/admin/hardware")).json["items"] == []
    await make(root)
    if "id" not in fields:
        assert (await root.patch("/api/admin/hardware/small", fields)).code == "bad_hardware"
    assert (await root.get("/api/admin/hardware/small")).json["cpus"] == 2


async def test_classes_stand_in_the_admins_order(world: World, root: Client) -> None:
    await make(root)
    await make(root, id="other")
    moved = await root.put("/api/admin/hardware", {"order": ["other", "small"]})
    assert [each["id"] for each in moved.json["items"]] == ["other", "small"]
    assert (await offers(world.ada, world))["usual"] == "other"
    assert (await root.put("/api/admin/hardware", {"order": ["other"]})).code == "bad_order"


async def test_a_kernel_goes_on_when_its_class_is_removed(world: World, root: Client) -> None:
    await make(root)
    await make(root, id="other")
    page = await start(world)
    removed = (await root.delete("/api/admin/hardware/small")).json
    assert removed == {"living": 1, "note": "1 kernel of it goes on until it ends."}
    assert page.kernel() == "idle"
    assert (await offers(world.ada, world))["kernel"]["label"] == "Small"
    await world.ada.post(f"/api/notebooks/{world.notebook}/kernel", {"action": "restart"})
    await page.until(lambda: page.kernel() == "idle" and page.runtime_view.kernel().epoch == 2)
    await page.close()


async def test_a_file_is_looked_at_first_and_then_taken_whole(world: World, root: Client) -> None:
    await make(root)
    text = '[[hardware]]\nid = "small"\nlabel = "Small"\nengine = "local"\ncpus = 4\n'
    text += '[[hardware]]\nid = "new"\nlabel = "New"\nengine = "local"\nusers = ["ADA"]\n'
    seen = (await root.post("/api/admin/hardware-file", {"toml": text})).json
    assert [(each["id"], each["kind"]) for each in seen["changes"]] == [
        ("small", "changed"),
        ("new", "added"),
    ]
    assert {"field": "cpus", "before": "2", "after": "4.0"} in [
        {**each, "before": each["before"].removesuffix(".0")} for each in seen["changes"][0]["fields"]
    ]
    assert seen["applied"] is False
    assert len((await root.get("/api/admin/hardware")).json["items"]) == 1
    done = (await root.post("/api/admin/hardware-file", {"toml": text, "apply": True})).json
    assert done["applied"] is True
    new = (await root.get("/api/admin/hardware/new")).json
    assert new["users"] == [world.ada.user]
    written = (await root.get("/api/admin/hardware-file")).json["toml"]
    again = (await root.post("/api/admin/hardware-file", {"toml": written})).json
    assert [each["kind"] for each in again["changes"]] == ["unchanged", "unchanged"]


async def test_a_file_with_one_fault_changes_nothing(world: World, root: Client) -> None:
    text = '[[hardware]]\nid = "a"\nlabel = "A"\nengine = "local"\n'
    text += '[[hardware]]\nid = "b"\nlabel = "B"\nengine = "local"\ncpus = 0\n'
    answer = (await root.post("/api/admin/hardware-file", {"toml": text, "apply": True})).json
    assert (answer["applied"], answer["changes"]) == (False, [])
    (fault,) = answer["faults"]
    assert (fault["line"], fault["class"], fault["field"]) == (9, "b", "cpus")
    assert (await root.get("/api/admin/hardware")).json["items"] == []


async def test_groups_are_made_changed_and_kept_while_a_class_needs_them(world: World, root: Client) -> None:
    made = await root.post("/api/admin/groups", {"name": " Lab ", "members": [world.ada.user]})
    assert made.status == 201
    group = made.json
    assert (group["name"], [each["name"] for each in group["members"]]) == ("Lab", ["ada"])
    path = f"/api/admin/groups/{group['id']}"
    assert (await root.post("/api/admin/groups", {"name": "LAB"})).code == "taken"
    assert (await root.patch(path, {"members": ["nobody"]})).code == "unknown_person"
    renamed = (await root.patch(path, {"name": "The lab", "members": []})).json
    assert (renamed["name"], renamed["members"]) == ("The lab", [])
    await make(root, groups=[group["id"]])
    refused = await root.delete(path)
    assert (refused.status, refused.code) == (409, "group_in_use")
    assert "Small" in refused.json["error"]["reason"]
    await root.delete("/api/admin/hardware/small")
    assert (await root.delete(path)).status == 204
    assert (await root.get("/api/admin/groups")).json["items"] == []
    for answer in (await root.delete(path), await root.patch(path, {"name": "x"})):
        assert answer.status == 404


async def test_the_admin_sees_every_kernel_and_stops_one(world: World, root: Client) -> None:
    await make(root, price_per_hour=2.0)
    assert (await root.get("/api/admin/kernels")).json["items"] == []
    page = await start(world, by=world.people["executor"])
    (seen,) = (await root.get("/api/admin/kernels")).json["items"]
    assert (seen["notebook"], seen["notebook_name"], seen["project_name"]) == (
        world.notebook,
        "Notes",
        "Research",
    )
    assert (seen["started_by"]["name"], seen["label"], seen["state"]) == ("executor", "Small", "idle")
    assert seen["cost"] >= 0
    assert seen["because"]
    assert (await root.delete(f"/api/admin/kernels/{seen['id']}")).status == 204
    await page.until(lambda: page.kernel() == "none")
    async with asyncio.timeout(30):  # what is shown is put on record next
        while (await root.get("/api/admin/kernels")).json["items"]:
            pass
    assert (await root.delete(f"/api/admin/kernels/{seen['id']}")).status == 404
    await page.close()


async def test_who_started_a_kernel_and_what_it_costs_is_on_record(world: World, root: Client) -> None:
    await make(root, price_per_hour=2.0)
    page = await start(world)
    await root.patch("/api/admin/hardware/small", {"price_per_hour": 100, "label": "Other"})
    async with world.server.services.database.read() as session:
        (kernel,) = await kernels.living(session)
    assert (kernel.started_by, kernel.label, kernel.price_per_hour) == (world.ada.user, "Small", 2.0)
    assert kernel.running_since is not None
    await page.close()
