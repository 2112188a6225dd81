"""Questions about code: answered beside the kernel, shut in as one, for those who may ask."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from kernel_manager.analysis import Analyst, NoAnswer, Seat
from kernel_manager.isolation_probe import Standing, standing_of
from kernel_manager.owners import FIRST
from tests.support.server import running

pytestmark = pytest.mark.kernel

HOSTILE = """
import os
class Trap:
    def __getattr__(self, name):
        open("/project/touched", "w")
        os._exit(1)
trap = Trap()
os._exit(1)
trap.
"""


async def ready(ask: Any) -> Any:
    """Ask until there is an answer: on a busy machine the first reading outlasts a question."""
    for _ in range(4):
        if answer := await ask():
            return answer
    raise AssertionError("there was no answer")


async def test_code_is_read_and_never_run(tmp_path: Path) -> None:
    uid = FIRST if os.geteuid() == 0 else None
    standing = await asyncio.to_thread(standing_of, str(tmp_path / "kernels"), uid)
    files, secret = tmp_path / "files", tmp_path / "secret"
    files.mkdir()
    secret.write_text("secret_name = 1")
    (files / "helper.py").write_text('def helps(whom: str) -> int:\n    """Help somebody."""\n    return 1\n')
    analyst = Analyst(Seat(sys.executable, files, tmp_path / "cache", standing, uid))

    async def names(code: str) -> list[str]:
        lines = code.split("\n")

        async def ask() -> Any:
            try:
                return await analyst.ask("complete", code, len(lines), len(lines[-1]), name="n")
            except NoAnswer:
                return None

        return [each["name"] for each in (await ready(ask)).get("names", [])]

    try:
        assert "helps" in await names("import helper\nhelper.he")
        called = await analyst.ask("signatures", "import helper\nhelper.helps(", 2, 13, name="n")
        assert called["signatures"][0]["parameters"] == ["whom: str"]
        found = await analyst.ask("define", "import helper\nhelper.helps", 2, 9, name="n")
        assert (found["module"], found["line"]) == ("helper", 1)
        assert found["excerpt"].startswith("def helps")
        assert (await analyst.ask("define", "a = 1\na", 2, 1, name="n"))["line"] == 1
        about = await analyst.ask("explain", "import helper\nhelper.helps", 2, 9, name="n")
        assert about["docstring"] == "Help somebody."
        await names(HOSTILE.strip())
        assert not (files / "touched").exists()
        # Even what is read is only the project's, its Python's and the system's.
        assert "secret_name" not in await names(
            f"import sys\nsys.path.append({str(tmp_path)!r})\nimport secret\nsecret.se"
        )
        assert "helps" in await names("import helper\nhelper.h")
        # What a file of the project defines is never kept: it may change.
        (files / "helper.py").write_text("def assists(): ...\n")
        assert await names("import helper\nhelper.assi") == ["assists"]
        assert "assists" not in await names("import helper\nhelper.h")
    finally:
        await analyst.close()
    with pytest.raises(NoAnswer):
        await analyst.ask("complete", "a", 1, 1, name="n")


async def test_members_follow_what_the_code_says(tmp_path: Path) -> None:
    standing = await asyncio.to_thread(standing_of, str(tmp_path / "kernels"), None)
    files = tmp_path / "files"
    files.mkdir()
    analyst = Analyst(Seat(sys.executable, files, tmp_path / "cache", standing))

    async def names(code: str, below: str = "") -> list[str]:
        lines = code.split("\n")
        asked = code + below
        answer = await analyst.ask("complete", asked, len(lines), len(lines[-1]), name="n")
        return [each["name"] for each in answer.get("names", [])]

    try:
        for _ in range(2):  # the second time what the first has kept
            assert await names("thing = 'text'\nthing.upp") == ["upper"]
            assert await names("thing = 5\nthing.bit_l") == ["bit_length"]
            assert await names("thing = 5\nthing = 'text'\nthing.bit_l") == []
            assert await names("thing = 'text'\nthing.upp", "\nthing = 5") == ["upper"]
            assert await names("def give():\n    return 5\nthing = give()\nthing.upp") == []
            assert await names("def give():\n    return ''\nthing = give()\nthing.upp") == ["upper"]
            assert await names("'a b'.split()[0].upp") == ["upper"]
            assert await names("[5].upp") == []
            assert "path" in await names("import os.pa")
            own = "class A:\n    def one(self): ...\n    def two(self):\n        self.on"
            assert await names(own) == ["one"]
        assert (tmp_path / "cache" / "members").is_dir()
    finally:
        await analyst.close()


async def test_nothing_is_read_where_nothing_can_be_shut_in(tmp_path: Path) -> None:
    analyst = Analyst(Seat(sys.executable, tmp_path, tmp_path / "cache", Standing(works=False)))
    with pytest.raises(NoAnswer, match="sandbox"):
        await analyst.ask("complete", "import os\nos.", 2, 3, name="n")
    await analyst.close()


async def test_an_editor_is_answered_about_the_whole_notebook(tmp_path: Path) -> None:
    async with running(tmp_path, kernel_python=sys.executable) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        notebook = (await ada.post(f"/api/projects/{project}/notebooks", {"name": "Notes"})).json["id"]
        for source in ('def shared_name(first, second=2):\n    """Shared."""', ""):
            await ada.post(f"/api/notebooks/{notebook}/cells", {"type": "code", "source": source})
        cells = (await ada.get(f"/api/notebooks/{notebook}")).json["cells"][-2:]
        address = f"/api/notebooks/{notebook}/analysis"
        assert (await ada.post(address)).status == 204

        async def about(what: str, source: str) -> Any:
            place = {"cell": cells[1]["id"], "source": source, "offset": len(source)}
            answer = await ada.post(f"{address}/{what}", place)
            assert answer.status == 200
            return answer.json

        found = await ready(lambda: _filled(about("completions", "shared_n"), "names"))
        named = {"name": "shared_name", "kind": "function"}
        assert found == {"names": [named], "typed": 8, "quote": "", "more": False}
        called = await about("signatures", "shared_name(1, ")
        assert called["signatures"][0]["parameters"] == ["first", "second=2"]
        assert called["signatures"][0]["index"] == 1
        defined = await about("definition", "shared_name")
        assert (defined["known"], defined["cell"], defined["line"]) == (True, cells[0]["id"], 1)
        undefined = await about("definition", "nothing_like_it")
        assert (undefined["known"], undefined["cell"], undefined["module"]) == (True, None, None)
        assert (await about("explanation", "shared_name"))["docstring"] == "Shared."
        nothing = {"names": [], "typed": 0, "quote": "", "more": False}
        assert await about("completions", "nothing_like_it.") == nothing
        too_long = {"cell": cells[1]["id"], "source": "x" * 500_001, "offset": 1}
        assert (await ada.post(f"{address}/completions", too_long)).status == 400


async def _filled(asking: Any, field: str) -> Any:
    answer = await asking
    return answer if answer[field] else None
