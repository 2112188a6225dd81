"""Lists come in parts: nothing is left out, nothing comes twice, and a bad cursor is an answer, not a bug."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.paging import MOST, Place, Window, cursor_of, newest_first, oldest_first, part, window_of
from server.refusals import Refusal
from tests.server.test_requests import ITEMS, is_plain_error
from tests.support.server import Client, RunningServer

PLACES = st.sets(st.builds(Place, st.integers(-5, 5), st.text("abc", min_size=1, max_size=3)), max_size=30)


def itself(place: Place) -> Place:
    return place


@given(PLACES, st.integers(1, 7))
def test_all_parts_together_are_the_list(places: set[Place], limit: int) -> None:
    found, cursor = part(places, itself, Window(limit))
    while cursor is not None:
        more, cursor = part(places, itself, window_of(str(limit), cursor))
        assert 1 <= len(more) <= limit
        assert min(more) > found[-1]
        found += more
    assert found == sorted(places)


@given(PLACES, PLACES, PLACES, st.integers(1, 7))
def test_what_comes_or_goes_meanwhile_moves_nothing_else(
    stays: set[Place], goes: set[Place], comes: set[Place], limit: int
) -> None:
    goes -= stays
    comes -= stays | goes
    first, cursor = part(stays | goes, itself, Window(limit))
    rest, _ = part(stays | comes, itself, window_of(None, cursor)) if cursor else ([], None)
    seen = [place for place in first + rest if place in stays]
    assert seen == sorted(stays)


def test_places_follow_time_to_the_microsecond() -> None:
    now = datetime(2026, 3, 4, 5, 6, 7, 8, UTC)
    later = now + timedelta(microseconds=1)
    assert oldest_first(now, "b") < oldest_first(later, "a")
    assert newest_first(later, "b") < newest_first(now, "a")
    assert newest_first(now, "a") < newest_first(now, "b")


@pytest.mark.parametrize("limit", ["", "0", "-1", "201", "1000000000", "1e2", "١", " 5", "5 ", "all", "0x10"])
def test_a_bad_limit_is_refused(limit: str) -> None:
    with pytest.raises(Refusal, match="from 1 to 200"):
        window_of(limit, None)


BAD_CURSORS = [
    "",
    "%",
    "a",
    "x" * 201,
    "bnVsbA",
    cursor_of(Place(1, "a"))[:-3],
    cursor_of(Place(1, "a' OR 1=1")),
    cursor_of(Place(1, "a\0")),
    cursor_of(Place(True, "a")),
    cursor_of(Place("1", "a")),  # type: ignore[arg-type]
    cursor_of((1, "a", 2)),  # type: ignore[arg-type]
    cursor_of({"order": 1}),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
def test_a_bad_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal, match="`next` of an earlier part"):
        window_of(None, cursor)


async def walk(client: Client, path: str, limit: int) -> list[list[dict[str, Any]]]:
    """Return the parts of a list."""
    parts, following = [], ""
    while True:
        answer = (await client.get(f"{path}limit={limit}{following}")).json
        parts.append(answer["items"])
        if answer["next"] is None:
            return parts
        following = f"&cursor={answer['next']}"


async def test_every_list_comes_in_parts(server: RunningServer) -> None:
    root = await server.person("root", admin=True)
    project = await server.project(root)
    for n in range(4):
        member = await server.person(f"m{n}")
        await server.project(root, f"P{n}")
        await server.notebook(project, root, f"N{n}")
        await root.post(f"/api/projects/{project}/members", {"who": member.name, "role": "viewer"})
        await root.post(f"/api/projects/{project}/members", {"who": f"n{n}@example.org", "role": "viewer"})
        await root.post(f"/api/projects/{project}/links", {"role": "viewer"})
        await root.post("/api/tokens", {"name": f"T{n}"})
        await server.browser_of(root.user)
    sizes = {
        "/api/projects?": [2, 2, 1],
        "/api/projects?deleted=true&": [0],
        f"/api/projects/{project}/notebooks?": [2, 2],
        "/api/notebooks?": [2, 2],
        f"/api/projects/{project}/members?": [2, 2, 2, 2, 1],
        f"/api/projects/{project}/links?": [2, 2],
        "/api/tokens?": [2, 2],
        "/api/sessions?": [2, 2, 1],
        "/api/admin/users?": [2, 2, 1],
    }
    for path, expected in sizes.items():
        parts = await walk(root, path, 2)
        assert [len(items) for items in parts] == expected, path
        together = [item for items in parts for item in items]
        assert together == (await root.get(path)).json["items"], path
        far = cursor_of(Place(-(1 << 62), "a"))
        assert (await root.get(f"{path}cursor={far}")).status in (200, 400), path
        for query in ("limit=0", f"limit={MOST + 1}", "cursor=", "cursor=bnVsbA", "limit=%00", "limit=%ff"):
            answer = await root.get(path + query)
            assert (answer.status, is_plain_error(answer)) == (400, True), (path, query)


async def test_those_who_are_only_invited_come_last(server: RunningServer) -> None:
    owner, late = await server.person("olga"), await server.person("late")
    path = f"/api/projects/{await server.project(owner)}/members"
    await owner.post(path, {"who": "early@example.org", "role": "viewer"})
    await owner.post(path, {"who": late.name, "role": "viewer"})
    listed = (await owner.get(path)).json["items"]
    assert [m["user"]["name"] for m in listed] == ["olga", "late", "early@example.org"]


FIELDS = [
    (name, str(value))
    for item in ITEMS
    if item["kind"] == "api_body"
    and item.get("payload", "").startswith("{")
    and item["payload"].endswith("}")
    for name, value in json.loads(item["payload"]).items()
]


@pytest.mark.parametrize(("name", "value"), FIELDS)
async def test_hostile_fields_in_the_query_are_no_bug(server: RunningServer, name: str, value: str) -> None:
    owner = await server.person("olga")
    text = quote(value.encode("utf-8", "surrogatepass"))
    answer = await owner.get(f"/api/projects?{quote(name)}={text}")
    assert answer.status == (400 if name == "limit" else 200)


async def test_what_a_query_turns_on_or_off_is_yes_or_no(server: RunningServer) -> None:
    ada = await server.person("ada")
    project = await server.project(ada)
    schema = f"/api/projects/{project}/connections/none/schema"
    for path in (
        "/api/projects?deleted",
        "/api/search?query=a&regex",
        "/api/search?query=a&case",
        f"{schema}?anew",
    ):
        refused = await ada.get(f"{path}=maybe")
        assert (refused.status, refused.code) == (400, "bad_query"), path
        for said in ("true", "0"):
            assert (await ada.get(f"{path}={said}")).code != "bad_query", path
