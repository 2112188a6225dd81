"""Variables that go from one real kernel to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from kernel_manager.client import SupervisorClient
from kernel_manager.reports import Message, Usage
from tests.support.kernels import Reports, attached

pytestmark = pytest.mark.kernel

LIMITS = {"cap": 1 << 24, "total_cap": 1 << 26, "each_s": 5.0, "total_s": 30.0}


async def call(
    client: SupervisorClient, reports: Reports, function: Literal["save", "restore", "survey"], **values: Any
) -> dict[str, Any]:
    msg_id = f"call-{function}"
    client.call(msg_id, function, json.dumps(values))
    await reports.finished(msg_id)
    told = [m.content for m in reports.of(Message) if m.msg_id == msg_id and m.msg_type == "commonbook"]
    result = told[-1]["result"]
    assert isinstance(result, dict)
    return result


async def test_variables_outlive_their_kernel_and_nothing_of_ours_shows(tmp_path: Path) -> None:
    async with attached(tmp_path, kernel_id="one") as (client, reports, _):
        client.execute(
            "a", "import math\nx = 41\ndef add(n): return x + n\nclass P: pass\np = P()\ng = (i for i in ())"
        )
        await reports.finished("a")
        survey = await call(client, reports, "survey")
        assert {each["name"] for each in survey["variables"]} == {"math", "x", "add", "P", "p", "g"}
        found = await call(client, reports, "save", saved="s1", **LIMITS)
        assert {each["name"] for each in found["kept"]} == {"math", "x", "add", "P", "p"}
        assert [each["name"] for each in found["lost"]] == ["g"]
        client.execute("b", "print(sorted(n for n in globals() if 'common' in n), _, 'x' in Out)\n1")
        assert (await reports.finished("b")).count == 2
        assert reports.text("b") == "[]  False\n"
    async with attached(tmp_path, kernel_id="two") as (client, reports, _):
        back = await call(client, reports, "restore", saved="s1", names=None, each_s=5.0)
        assert back["failed"] == []
        client.execute("a", "print(add(1), isinstance(p, P), math.pi > 3)")
        await reports.finished("a")
        assert reports.text("a") == "42 True True\n"


async def test_the_kernel_looks_idle_while_it_is_asked_for_nothing_but_this(tmp_path: Path) -> None:
    """A call is no output and prints nothing into any cell."""
    async with attached(tmp_path) as (client, reports, _):
        await call(client, reports, "survey")
        assert [m.msg_type for m in reports.of(Message)] == ["commonbook"]
        usage = await reports.first(Usage)
        assert usage.quiet is not None
        assert usage.quiet.output == usage.quiet.age
