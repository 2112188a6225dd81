"""A project knows what its notebooks and files import, what it declares, and what is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from collab.ids import NotebookId, ProjectId
from collab.kinds import KEY
from server.environments.places import Places
from server.requirements.files import read_sources, read_text
from server.requirements.part import reader_of
from server.requirements.watch import RESTS_FOR_S, RequirementsWatch
from tests.support.socket_page import Page
from tests.support.world import World


def files(world: World) -> Path:
    folder = world.server.services.config.data / "projects" / world.project / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(world: World, state: str | None = None, **versions: str) -> None:
    """Make what looks like the kernels' environment, with distributions that ship a module of their name.

    It is the one that all projects begin with, or a state of the project's own.
    """
    places, project = Places(world.server.services.config), ProjectId(world.project)
    home = places.home(project)
    folder = places.in_use(project) if state is None else home.state(state)
    place = folder / "lib" / "python3.12" / "site-packages"
    for name, version in versions.items():
        info = place / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n")
        (place / name).mkdir()
        (place / name / "__init__.py").write_text("")
    if state is not None:
        home.finish(state)
        home.use(state)


async def asked(world: World, person: str = "viewer") -> dict[str, Any]:
    answer = await world.people[person].get(f"/api/projects/{world.project}/requirements")
    assert answer.status == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


async def closed(world: World) -> None:
    """Let go of all open notebooks."""
    await world.sessions.close()
    assert world.sessions.room_of(NotebookId(world.notebook)) is None


def lines(found: dict[str, Any], kind: str = "missing") -> list[str]:
    return [each["line"] for each in found[kind]]


async def test_what_cells_import_is_missing_until_declared_or_installed(world: World) -> None:
    [cell, _] = await world.cells("import os\nimport yaml", "from google.cloud import storage")
    found = await asked(world)
    assert lines(found) == ["google-cloud-storage", "pyyaml"]
    needed = found["missing"][1]
    assert (needed["import"], needed["distribution"], needed["evidence"]) == ("yaml", "pyyaml", "curated")
    assert needed["cells"] == [{"file": "Notes.ipynb", "cell": cell, "number": 1, "line": 2}]
    assert found["guess"].startswith("google-cloud-storage  # Notes.ipynb, cell 2\n")
    (files(world) / "requirements.txt").write_text("PyYAML>=6\n")
    found = await asked(world)
    assert lines(found) == ["google-cloud-storage"]
    assert found["guess"] is None
    assert found["declared"] == [
        {
            "name": "pyyaml",
            "line": "PyYAML>=6",
            "file": "requirements.txt",
            "number": 1,
            "installed": None,
            "used": True,
        }
    ]


async def test_every_edit_counts_at_once_also_before_it_is_stored(world: World) -> None:
    [cell] = await world.cells("import numpy")
    assert lines(await asked(world)) == ["numpy"]
    await world.ada.put(f"/api/notebooks/{world.notebook}/cells/{cell}", {"source": "import pandas"})
    assert lines(await asked(world)) == ["pandas"]
    await world.ada.delete(f"/api/notebooks/{world.notebook}/cells/{cell}")
    assert lines(await asked(world)) == []


async def test_notebooks_that_nobody_has_open_count_and_stay_closed(world: World) -> None:
    await world.cells("import numpy")
    await closed(world)
    for _ in range(2):  # the second answer comes from what was kept
        assert lines(await asked(world)) == ["numpy"]
    assert world.sessions.room_of(NotebookId(world.notebook)) is None


async def test_a_notebook_that_was_edited_and_closed_again_is_read_again(world: World) -> None:
    [cell] = await world.cells("import numpy")
    await closed(world)
    assert lines(await asked(world)) == ["numpy"]
    await world.ada.put(f"/api/notebooks/{world.notebook}/cells/{cell}", {"source": "import pandas"})
    await closed(world)
    assert lines(await asked(world)) == ["pandas"]


async def test_sql_is_no_python_and_over_tables_needs_duckdb(world: World) -> None:
    page = await Page.open(world.ada, world.notebook)
    for told in ({"connection": "c"}, {}):
        page.source.insert(None, "code", "import numpy", meta={KEY: {"kind": "sql", **told}})
        await page.saved()
        assert lines(await asked(world)) == ([] if told else ["duckdb"])
    await page.close()


async def test_markdown_and_binned_notebooks_do_not_count(world: World) -> None:
    await world.ada.post(
        f"/api/notebooks/{world.notebook}/cells", {"type": "markdown", "source": "import numpy"}
    )
    made = await world.ada.post(f"/api/projects/{world.project}/notebooks", {"name": "Other"})
    await world.ada.post(f"/api/notebooks/{made.json['id']}/cells", {"source": "import pandas"})
    assert lines(await asked(world)) == ["pandas"]
    await world.ada.delete(f"/api/notebooks/{made.json['id']}")
    assert lines(await asked(world)) == []


async def test_files_of_the_project_import_and_are_its_own_modules(world: World) -> None:
    await world.cells("import umap, helper")
    assert lines(await asked(world)) == ["umap-learn"]
    (files(world) / "umap.py").write_text("import requests")
    (files(world) / "helper").mkdir()
    (files(world) / "helper" / "deep.py").write_text("import yaml")
    found = await asked(world)
    assert lines(found) == ["pyyaml", "requests"]
    assert found["local"] == ["helper", "umap"]
    (files(world) / "umap.py").unlink()
    assert lines(await asked(world)) == ["pyyaml", "umap-learn"]


async def test_only_the_kernels_environment_counts(world: World) -> None:
    await world.cells("import tornado, inhouse, numpy")
    environment(world, inhouse="1.2.3", numpy="2.1.0")
    (files(world) / "requirements.txt").write_text("numpy\nrequests\n")
    found = await asked(world)
    assert lines(found) == ["tornado"], "the server has it, the kernels do not"
    assert lines(found, "undeclared") == ["inhouse~=1.2"]
    assert found["python"] == "3.12"
    assert [(each["name"], each["installed"], each["used"]) for each in found["declared"]] == [
        ("numpy", "2.1.0", True),
        ("requests", None, False),
    ]


async def test_what_was_installed_meanwhile_is_not_missing_any_more(world: World) -> None:
    await world.cells("import numpy, scipy")
    environment(world, numpy="2.1.0")
    assert lines(await asked(world)) == ["scipy"]
    environment(world, scipy="1.0")
    assert lines(await asked(world)) == []


async def test_a_projects_own_environment_counts_instead_of_the_common_one(world: World) -> None:
    await world.cells("import numpy, scipy")
    environment(world, numpy="2.1.0")
    assert lines(await asked(world)) == ["scipy"]
    environment(world, state="first", scipy="1.0")
    assert lines(await asked(world)) == ["numpy"]


async def test_the_kernels_python_decides_what_is_standard(world: World) -> None:
    await world.cells("import imp, distutils, tomllib")
    environment(world, numpy="2.1.0")
    found = await asked(world)
    assert lines(found) == ["setuptools"]
    assert [each["import"] for each in found["unknown"]] == ["imp"]


async def test_look_alikes_and_refused_lines_are_told_and_not_proposed(world: World) -> None:
    await world.cells(
        "import tltk\n!pip install git+https://x.invalid/a.git",
        "try:\n    import torch\nexcept ImportError: ...",
    )
    (files(world) / "requirements.txt").write_text("numpy\n--index-url https://x.invalid\n")
    found = await asked(world)
    assert lines(found) == []
    assert lines(found, "optional") == ["torch"]
    assert [(each["import"], each["looks_like"]) for each in found["unknown"]] == [("tltk", "nltk")]
    assert [(each["file"], each["number"], each["line"]) for each in found["objections"]] == [
        ("requirements.txt", 2, ""),
        (None, None, "git+https://x.invalid/a.git"),
    ]


async def test_a_broken_cell_hides_no_other(world: World) -> None:
    await world.cells("import numpy\nx = (", "import pandas")
    assert lines(await asked(world)) == ["numpy", "pandas"]


async def test_everybody_in_the_project_hears_of_a_missing_package_once_typing_rests(world: World) -> None:
    [cell] = await world.cells("")
    page = await Page.open(world.people["viewer"], world.notebook)
    address = f"/api/notebooks/{world.notebook}/cells/{cell}"

    def heard() -> list[int]:
        return [message["missing"] for message in page.messages if message["type"] == "requirements"]

    for text in ("import pan", "import pandas", "import pandas as pd"):
        await world.ada.put(address, {"source": text})
    await page.until(lambda: 1 in heard())
    assert lines(await asked(world)) == ["pandas"]
    await world.ada.put(address, {"source": "pd.x"})
    await page.until(lambda: heard()[-1] == 0)
    assert RESTS_FOR_S < 2
    await page.close()


async def test_what_changes_nothing_is_no_news(world: World) -> None:
    services, announced = world.server.services, list[int]()
    watch = RequirementsWatch(
        reader_of(services), lambda project, news: announced.append(news.missing), services.tasks
    )
    project = ProjectId(world.project)
    await world.cells("import numpy")
    await watch.look(project)
    await world.cells("x = 1", "import os")
    await watch.look(project)
    assert announced == [1]


async def test_a_stranger_learns_nothing(world: World) -> None:
    stranger = await world.server.person("mallory")
    assert (await stranger.get(f"/api/projects/{world.project}/requirements")).status == 404


async def test_a_text_is_parsed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.cells("import numpy", "import pandas")
    await asked(world)
    reader = reader_of(world.server.services)
    parsed_again = "server.requirements.reader.read_cell"
    monkeypatch.setattr(parsed_again, lambda text: pytest.fail("It was parsed again."))
    assert len((await reader.read(ProjectId(world.project))).missing) == 2


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    for folder in (outside, inside / "deep"):
        folder.mkdir(parents=True)
    (outside / "secret.py").write_text("import secret")
    (outside / "requirements.txt").write_text("secret")
    (inside / "link.py").symlink_to(outside / "secret.py")
    (inside / "folder").symlink_to(outside)
    (inside / "requirements.txt").symlink_to(outside / "requirements.txt")
    (inside / "deep" / "own.py").write_text("import own")
    os.mkfifo(inside / "pipe.py")
    (inside / "folder.py").mkdir()
    assert read_sources(inside).texts == {"deep/own.py": "import own"}
    for path in (
        "requirements.txt",
        "folder/requirements.txt",
        "../outside/requirements.txt",
        "pipe.py",
        "folder.py",
    ):
        assert read_text(inside, path) is None
    assert read_text(inside, "deep/../deep/own.py") == "import own"
    assert read_sources(tmp_path / "nothing").texts == {}
    (tmp_path / "root").symlink_to(outside)
    assert read_sources(tmp_path / "root").texts == {}


def test_large_files_and_many_files_have_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.py").write_bytes(b"#" * (1024 * 1024 + 1))
    for number in range(4):
        (tmp_path / f"{number}.py").write_text("import a")
    assert len(read_sources(tmp_path).texts) == 4
    monkeypatch.setattr("server.requirements.files.MOST_FILES", 3)
    found = read_sources(tmp_path)
    assert (len(found.texts), found.is_whole) == (3, False)


async def test_an_editor_writes_down_what_is_needed_and_installs_nothing(world: World) -> None:
    path, file = f"/api/projects/{world.project}/requirements", files(world) / "requirements.txt"
    editor = world.people["editor"]
    file.write_text("# ours\nnumpy<3")
    assert (await editor.post(path, {"lines": ["scikit-learn", "numpy"]})).status == 204
    assert file.read_text() == "# ours\nnumpy<3\nscikit-learn"
    assert [each["name"] for each in (await asked(world))["declared"]] == ["numpy", "scikit-learn"]
    assert (await editor.get(f"/api/projects/{world.project}/environment")).json["job"] is None

    for line in (
        "reqeusts",
        "./setup",
        "--index-url https://example.org",
        "git+https://example.org/x",
        "a\nb",
    ):
        refused = await editor.post(path, {"lines": ["polars", line]})
        assert refused.status in (400, 409), line
    assert "polars" not in file.read_text(), "one bad line, and none is written"
    for role, status in (("viewer", 403), ("executor", 403), ("collaborator", 204)):
        assert (await world.people[role].post(path, {"lines": ["polars"]})).status == status
