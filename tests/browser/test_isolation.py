"""Hostile outputs in a real browser: none may act with the page's origin, read it, or leave the frame."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.support.live import Person, Script
from tests.support.page import SLOW, opened

pytestmark = pytest.mark.browser

CORPUS = json.loads((Path(__file__).parents[1] / "data" / "hostile" / "outputs.json").read_text())["items"]
ENDLESS = {"output_html-039"}
"""Floods its parent for ever: tried alone, since it keeps its own process busy."""

REACH_OUT = """
<div id="report">waiting</div>
<script>
const tried = {}
const note = (name, work) => {
  try { tried[name] = String(work()) } catch (error) { tried[name] = error.name }
}
note("parent", () => parent.document.title)
note("cookie", () => document.cookie)
note("storage", () => localStorage.length)
note("eval", () => eval("1 + 1"))
note("open", () => window.open("/") === null ? "refused" : "opened")
note("navigate", () => { top.location.href = "https://away.invalid/"; return "went" })
const done = () => { document.getElementById("report").textContent = JSON.stringify(tried) }
fetch("/api/me").then(() => { tried.fetch = "reached" }, error => { tried.fetch = error.name }).then(done)
</script>
"""


def payload(item: dict[str, Any]) -> str:
    return item["payload"] if "payload" in item else base64.b64decode(item["payload_b64"]).decode("latin-1")


def with_outputs(*bundles: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook whose cells already hold these MIME bundles."""
    cells = [
        {
            "id": f"cell{index:08d}",
            "cell_type": "code",
            "metadata": {},
            "execution_count": 1,
            "source": "",
            "outputs": [{"output_type": "display_data", "data": bundle, "metadata": {}}],
        }
        for index, bundle in enumerate(bundles)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def look_everywhere(page: Page) -> None:
    """Scroll through the notebook, so that everything in it is built."""
    page.evaluate(
        """async () => {
            const box = document.querySelector("#scroll")
            const step = Math.max(400, box.scrollHeight / 50)
            for (let top = 0; top < box.scrollHeight; top += step) {
                box.scrollTo(0, top)
                await new Promise(done => setTimeout(done, 60))
            }
        }"""
    )


def assert_untouched(page: Page, address: str) -> None:
    assert page.evaluate("window.__pwn") is None
    assert page.evaluate("typeof document.cookie") == "string"
    assert page.evaluate("document.body instanceof HTMLBodyElement")
    assert page.url == address


def test_no_hostile_output_acts_in_the_page(ada: Script, person: Callable[..., Person]) -> None:
    items = [item for item in CORPUS if item["kind"].startswith("output_") and item["id"] not in ENDLESS]
    bundles = []
    for item in items:
        mime, text = item["mime"], payload(item)
        bundles.append({mime: json.loads(text) if mime.endswith("json") else text})
    notebook = ada.imported(ada.project(), with_outputs(*bundles))
    at = person("ada")
    dialogs: list[str] = []
    at.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    requests: list[Request] = []
    at.page.on("request", lambda request: requests.append(request))
    page = opened(at.page, notebook).page
    look_everywhere(page)
    # That nothing happens shows only after a while; some of the frames never fall silent.
    page.evaluate("() => new Promise(done => setTimeout(done, 1500))")
    assert page.locator(".output-frame iframe").count() > 10
    assert_untouched(page, f"{ada.url}/n/{notebook}")
    assert dialogs == []
    assert len(at.context.pages) == 1
    # What the frame's policy stops is told as a request that failed, and leaves nothing.
    gone = [request.url for request in requests if request.failure != "csp"]
    assert [url for url in gone if not url.startswith((ada.url, "data:", "blob:"))] == []
    assert not any("/api/v1/" in url for url in gone)
    at.errors.clear()  # those of the hostile scripts, in their frames


def test_no_hostile_markdown_acts_in_the_page(ada: Script, person: Callable[..., Person]) -> None:
    items = [item for item in CORPUS if item["kind"] == "markdown"]
    texts = [*map(payload, items), "[fine](https://example.org)"]
    cells = [
        {"id": f"text{index:08d}", "cell_type": "markdown", "metadata": {}, "source": text}
        for index, text in enumerate(texts)
    ]
    notebook = ada.imported(
        ada.project(), {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    )
    at = person("ada")
    page = opened(at.page, notebook).page
    look_everywhere(page)
    links = page.locator(".prose a").evaluate_all("links => links.map(a => a.getAttribute('href') ?? '')")
    assert "https://example.org" in links
    assert all(link.startswith(("http://", "https://", "#", "mailto:")) for link in links)
    assert page.locator(".prose :is(input, form, script, iframe, [id], [name])").count() == 0
    assert_untouched(page, f"{ada.url}/n/{notebook}")


def test_a_frame_reaches_nothing_outside_itself(ada: Script, person: Callable[..., Person]) -> None:
    notebook = ada.imported(ada.project(), with_outputs({"text/html": REACH_OUT}))
    page = opened(person("ada").page, notebook).page
    report = page.frame_locator(".output-frame iframe").locator("#report")
    expect(report).not_to_have_text("waiting", timeout=SLOW)
    tried = json.loads(report.inner_text())
    assert tried == {
        "parent": "SecurityError",
        "cookie": "SecurityError",
        "storage": "SecurityError",
        "eval": "EvalError",
        "open": "refused",
        "navigate": tried["navigate"],
        "fetch": "TypeError",
    }
    assert_untouched(page, f"{ada.url}/n/{notebook}")


def test_a_frame_that_never_stops_sending_leaves_the_page_usable(
    ada: Script, person: Callable[..., Person]
) -> None:
    flood = next(item for item in CORPUS if item["id"] in ENDLESS)
    ipynb = with_outputs({"text/plain": "calm"}, {"text/html": payload(flood)})
    notebook = ada.imported(ada.project(), ipynb)
    at = opened(person("ada").page, notebook)
    at.write(0, "# still typing")
    expect(at.cell(0)).to_contain_text("# still typing")
    at.wait_saved()


def test_a_blob_of_html_is_never_a_page(ada: Script, person: Callable[..., Person]) -> None:
    html = "<script>top.__pwn = 1; document.title = 'taken'</script>" + "x" * 20_000
    notebook = ada.imported(ada.project(), with_outputs({"text/html": html}))
    at = person("ada")
    with at.page.expect_request(lambda request: "/api/outputs/" in request.url) as found:
        opened(at.page, notebook)
    response = at.context.request.get(found.value.url)
    assert response.status == 200
    assert "text/html" not in response.headers["content-type"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
