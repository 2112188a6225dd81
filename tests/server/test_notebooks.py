"""Notebooks and cells over HTTP: made, imported, copied, exported, changed, binned."""

from __future__ import annotations

import base64
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest

from collab.ipynb import MAX_BYTES
from server.config import Config
from tests.support.server import running
from tests.support.socket_page import Page
from tests.support.world import World

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64).decode()
SVG = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script>" + " " * 9000 + "</svg>"
HTML = "<script>alert(1)</script>" + " " * 9000


def file_with(*outputs: dict[str, Any]) -> dict[str, Any]:
    cell = {"id": "imported-cell", "cell_type": "code", "metadata": {}, "source": "x = 1"}
    cell |= {"execution_count": 3, "outputs": list(outputs)}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


def display(**data: str) -> dict[str, Any]:
    bundle = {mime.replace("_", "/").replace("svg", "svg+xml"): value for mime, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": bundle}


async def imported(world: World, *outputs: dict[str, Any]) -> str:
    body = {"name": "Imported", "ipynb": file_with(*outputs)}
    made = await world.ada.post(f"/api/projects/{world.project}/notebooks", body)
    assert made.status == 201, made.json
    notebook: str = made.json["id"]
    return notebook


async def test_a_new_notebook_has_one_empty_code_cell(world: World) -> None:
    made = await world.ada.post(f"/api/projects/{world.project}/notebooks", {"name": "Fresh"})
    assert made.status == 201
    found = (await world.ada.get(f"/api/notebooks/{made.json['id']}")).json
    assert [(cell["type"], cell["source"], cell["run"]) for cell in found["cells"]] == [("code", "", None)]
    assert found["rights"] == sorted(found["rights"])


async def test_a_cell_made_by_a_script_is_seen_at_once(world: World) -> None:
    page = await Page.open(world.people["viewer"], world.notebook)
    first, second = await world.cells("a", "c")
    path = f"/api/notebooks/{world.notebook}/cells"
    between = (await world.ada.post(path, {"source": "b", "after": first})).json["id"]
    await page.until(lambda: page.texts() == ["a", "b", "c"])
    changed = await world.ada.put(f"{path}/{between}", {"source": "B", "type": "markdown", "after": None})
    assert changed.json["source"] == "B"
    await page.until(lambda: page.texts() == ["B", "a", "c"])
    assert (await world.ada.delete(f"{path}/{second}")).status == 204
    await page.until(lambda: page.texts() == ["B", "a"])
    await page.close()


async def test_cells_that_are_not_there_are_refused(world: World) -> None:
    path = f"/api/notebooks/{world.notebook}/cells"
    for answer in (
        await world.ada.put(f"{path}/nowhere", {"source": "x"}),
        await world.ada.delete(f"{path}/nowhere"),
        await world.ada.post(path, {"after": "nowhere"}),
    ):
        assert (answer.status, answer.code) == (404, "unknown_cell")


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("executor", 403), ("editor", 201)])
async def test_cells_need_the_right_to_edit(world: World, role: str, status: int) -> None:
    answer = await world.people[role].post(f"/api/notebooks/{world.notebook}/cells", {"source": "x"})
    assert answer.status == status


async def test_a_file_comes_back_with_its_outputs(world: World) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "hello\n" * 3000}
    notebook = await imported(world, stream, display(image_png=PNG, text_plain="a picture"))
    answer = await world.people["viewer"].get(f"/api/notebooks/{notebook}/ipynb")
    file = nbformat.reads(answer.body.decode(), as_version=4)
    nbformat.validate(file)
    [cell] = file.cells
    assert cell.source == "x = 1"
    assert cell.outputs[0].text == "hello\n" * 3000
    assert cell.outputs[1].data["image/png"] == PNG


async def test_a_broken_file_is_refused_in_words(world: World) -> None:
    for broken in ("{", "[]", {"nbformat": 99}):
        body = {"name": "Broken", "ipynb": broken}
        answer = await world.ada.post(f"/api/projects/{world.project}/notebooks", body)
        assert answer.status == 400
        assert answer.json["error"]["reason"]


async def test_a_file_may_be_as_large_as_everywhere_else_and_no_larger(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "frontend/src/pages/project/importFile.ts").read_text()
    assert Config().max_import_bytes == MAX_BYTES == 64 * 1024 * 1024
    assert "MOST_BYTES = 64 * 1024 * 1024" in page
    async with running(tmp_path / "data", max_import_bytes=2 * 1024 * 1024) as server:
        ann = await server.person("ann")
        path = f"/api/projects/{await server.project(ann)}/notebooks"
        cell = file_with()["cells"][0] | {
            "source": '"\n' * 200_000
        }  # a request of escapes is longer than its file

        def text_of(size: int) -> str:
            text = json.dumps(file_with() | {"cells": [cell] * 2})
            return text + " " * (size - len(text))

        for size, status in ((2_097_152, 201), (2_097_153, 413), (9_000_000, 413)):
            body = json.dumps({"name": "Large", "ipynb": text_of(size)}).encode()
            answer = await ann.post(path, data=io.BytesIO(body), headers={"Content-Type": "application/json"})
            assert answer.status == status
            if status == 413:
                assert answer.json["error"]["reason"].startswith("The file is larger than 2 MiB. Clear its")


async def test_a_copy_keeps_cells_and_outputs_and_goes_its_own_way(world: World) -> None:
    original = await imported(world, display(image_png=PNG))
    body = {"name": "Copy", "copy_of": original}
    made = await world.ada.post(f"/api/projects/{world.project}/notebooks", body)
    copy = (await world.ada.get(f"/api/notebooks/{made.json['id']}")).json
    sha256 = copy["cells"][0]["run"]["outputs"][0]["data"]["image/png"]["sha256"]
    assert (await world.ada.get(f"/api/outputs/{sha256}?notebook={copy['id']}")).status == 200
    await world.ada.put(f"/api/notebooks/{copy['id']}/cells/{copy['cells'][0]['id']}", {"source": "y"})
    assert (await world.ada.get(f"/api/notebooks/{original}")).json["cells"][0]["source"] == "x = 1"


async def test_nobody_copies_what_they_may_not_read(world: World) -> None:
    mallory = await world.server.person("mallory")
    own = await world.server.project(mallory)
    body = {"name": "Copy", "copy_of": world.notebook}
    assert (await mallory.post(f"/api/projects/{own}/notebooks", body)).status == 404


async def test_the_bin_and_back(world: World) -> None:
    path = f"/api/notebooks/{world.notebook}"
    await world.cells("kept")
    assert (await world.ada.patch(path, {"name": "Better"})).json["name"] == "Better"
    assert (await world.ada.delete(path)).status == 204
    assert (await world.ada.get(path)).status == 404
    back = await world.ada.patch(path, {"deleted": False})
    assert [cell["source"] for cell in back.json["cells"]] == ["kept"]
    assert (await world.ada.get(path)).json["name"] == "Better"


async def test_blobs_are_handed_out_so_that_they_cannot_act(world: World) -> None:
    notebook = await imported(world, display(image_png=PNG, image_svg=SVG, text_html=HTML))
    found = (await world.ada.get(f"/api/notebooks/{notebook}")).json
    data = found["cells"][0]["run"]["outputs"][0]["data"]
    answers = {
        mime: await world.people["viewer"].get(f"/api/outputs/{value['sha256']}?notebook={notebook}")
        for mime, value in data.items()
    }
    png, svg, html = answers["image/png"], answers["image/svg+xml"], answers["text/html"]
    assert png.headers["Content-Type"] == "image/png"
    assert png.body == base64.b64decode(PNG)
    assert svg.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert html.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert html.body.decode() == HTML
    assert all(answer.headers["X-Content-Type-Options"] == "nosniff" for answer in answers.values())


async def test_a_hash_is_no_secret(world: World) -> None:
    notebook = await imported(world, display(image_png=PNG))
    found = (await world.ada.get(f"/api/notebooks/{notebook}")).json
    sha256 = found["cells"][0]["run"]["outputs"][0]["data"]["image/png"]["sha256"]
    mallory = await world.server.person("mallory")
    own = await world.server.project(mallory)
    other = (await mallory.post(f"/api/projects/{own}/notebooks", {"name": "Mine"})).json["id"]
    assert (await mallory.get(f"/api/outputs/{sha256}?notebook={notebook}")).status == 404
    assert (await mallory.get(f"/api/outputs/{sha256}?notebook={other}")).status == 404
    assert (await world.ada.get(f"/api/outputs/{sha256}?notebook={world.notebook}")).status == 404
    assert (await mallory.get(f"/api/notebooks/{notebook}/streams/x")).status == 404


async def test_the_list_counts_the_cells_of_what_has_just_been_made(world: World) -> None:
    path = f"/api/projects/{world.project}/notebooks"
    cells = [file_with()["cells"][0] | {"id": f"imported-{number}"} for number in range(3)]
    body = {"name": "Imported", "ipynb": file_with() | {"cells": cells}}
    made = (await world.ada.post(path, body)).json["id"]
    copied = (await world.ada.post(path, {"name": "Copy", "copy_of": made})).json["id"]
    empty = (await world.ada.post(path, {"name": "Empty"})).json["id"]
    listed = {item["id"]: item["cells"] for item in (await world.ada.get(path)).json["items"]}
    assert (listed[made], listed[copied], listed[empty]) == (3, 3, 1)


async def test_the_list_shows_the_last_editor_and_the_cells(world: World) -> None:
    await world.cells("a", "b")
    await world.sessions.close()
    listed = (await world.ada.get(f"/api/projects/{world.project}/notebooks")).json["items"]
    assert [(item["cells"], item["edited_by"]["name"]) for item in listed] == [(2, "ada")]


async def test_a_page_to_download_can_do_nothing_and_needs_nothing(world: World) -> None:
    hostile = '<img src=x onerror="alert(1)"><b>bold</b><script>alert(2)</script>'
    hostile += '<a href="javascript:alert(3)">a</a>'
    notebook = await imported(
        world, display(text_html=hostile), display(image_png=PNG), display(image_svg=SVG)
    )
    cell = {"type": "markdown", "source": "# Title\n<script>alert(4)</script>\n[x](javascript:alert(5))"}
    assert (await world.ada.post(f"/api/notebooks/{notebook}/cells", cell)).status == 201
    answer = await world.people["viewer"].get(f"/api/notebooks/{notebook}/export/html")
    page = answer.body.decode()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Imported.html"'
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "default-src 'none'" in page
    assert "<b>bold</b>" in page
    assert "Title" in page
    assert PNG.replace("\n", "")[:100] in page.replace("\n", "")
    tags: list[tuple[str, dict[str, str | None]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append((tag, dict(attrs)))  # type: ignore[method-assign]
    parser.feed(page)
    assert not {"script", "iframe", "object", "form"} & {tag for tag, _ in tags}
    attributes = [each for _, found in tags for each in found.items()]
    assert [name for name, _ in attributes if name.startswith("on")] == []
    links = [value for name, value in attributes if name in ("href", "src")]
    assert [link for link in links if not str(link).startswith(("data:image/", "#"))] == []
    assert [line for line in page.splitlines() if "http" in line and "http-equiv" not in line] == []
    for kind in ("py", "md"):
        text = (await world.ada.get(f"/api/notebooks/{notebook}/export/{kind}")).body.decode()
        assert "x = 1" in text


async def test_who_wrote_under_a_client_id_is_told_to_readers(world: World) -> None:
    page = await Page.open(world.people["editor"], world.notebook)
    viewer = await Page.open(world.people["viewer"], world.notebook)
    path = f"/api/notebooks/{world.notebook}/writers"
    clients = [page.of("hello")[0]["client_id"], viewer.of("hello")[0]["client_id"]]
    asked = "&".join(f"client={each}" for each in (*clients, 12345, "x", "9" * 40))
    answer = await world.people["viewer"].get(f"{path}?{asked}")
    named = {each["client"]: each["user"]["name"] for each in answer.json["items"]}
    assert named == {clients[0]: "editor", clients[1]: "viewer"}
    assert (await world.people["viewer"].get(path)).json == {"items": []}
    await page.close()
    await viewer.close()


async def test_a_file_of_another_program_becomes_notebooks_and_goes_out_again(world: World) -> None:
    path = f"/api/projects/{world.project}/imports"
    project = (
        "project:\n  notebooks:\n"
        "  - {name: First, blocks: [{type: code, content: x = 1}, {type: big-number}]}\n"
        '  - {name: "\\u202e", blocks: [{type: markdown, content: "# A"}]}\n'
    )
    made = await world.ada.post(path, {"file_name": "Sales.deepnote", "file_text": project})
    assert made.status == 201, made.json
    first, second = made.json["items"]
    assert (first["name"], second["name"]) == ("First", "Sales.deepnote")
    assert [each["code"] for each in first["repairs"]] == ["blocks"]
    script = (await world.ada.get(f"/api/notebooks/{first['id']}/export/py")).body.decode()
    assert script.startswith("# %%")
    assert "x = 1\n" in script
    again = await world.ada.post(path, {"file_name": "again.py", "file_text": script})
    found = (await world.ada.get(f"/api/notebooks/{again.json['items'][0]['id']}")).json
    assert [cell["source"] for cell in found["cells"]] == ["x = 1", ""]
    written = await world.ada.get(f"/api/notebooks/{second['id']}/export/deepnote")
    assert 'filename="Sales.deepnote.deepnote"' in written.headers["Content-Disposition"]
    assert "# A" in written.body.decode()


async def test_of_a_file_that_cannot_be_read_no_notebook_is_made(world: World) -> None:
    path = f"/api/projects/{world.project}/imports"
    project = "project: {notebooks: [{name: A, blocks: []}, {name: B, blocks: 3}]}"
    refused = await world.ada.post(path, {"file_name": "a.deepnote", "file_text": project})
    assert (refused.status, refused.json["error"]["code"]) == (400, "bad_notebook")
    listed = await world.ada.get(f"/api/projects/{world.project}/notebooks")
    assert [each["id"] for each in listed.json["items"]] == [world.notebook]
