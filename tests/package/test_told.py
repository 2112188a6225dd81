"""The catalogs of what the server says name sentences that it still says."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.live import ROOT

CATALOG = ROOT / "frontend" / "src" / "i18n" / "told" / "zh-Hans.json"
SPEAKERS = ("server", "collab", "kernel_manager")
PLACE = re.compile(r"\{\d\}")


def templates(path: Path) -> Iterator[str]:
    """Yield the texts in a module, with `{0}`, `{1}` where something is filled in."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{0}" for part in node.values
            )


def test_every_translated_sentence_is_one_that_the_server_says() -> None:
    said = {text for name in SPEAKERS for path in (ROOT / name).rglob("*.py") for text in templates(path)}
    plain = {PLACE.sub("{0}", text) for text in said}
    filled = re.compile(
        "|".join(
            re.escape(text).replace(re.escape("{0}"), ".+")
            for text in plain
            if "{0}" in text and len(text.replace("{0}", "")) > 12
        ),
        re.DOTALL,
    )
    gone = [
        sentence
        for sentence in json.loads(CATALOG.read_text())
        if not {PLACE.sub("{0}", sentence), PLACE.sub("{0}", sentence.rstrip("."))} & plain
        and filled.fullmatch(sentence) is None
    ]
    assert gone == []


def test_what_people_meet_most_is_translated() -> None:
    """Whatever is refused by these modules in a sentence without places has its translation."""
    known = json.loads(CATALOG.read_text()).keys()
    everyday = (
        "collab/session/decide.py", "server/refusals.py", "server/handlers/comments.py",
        "server/handlers/people.py", "server/handlers/versions.py", "server/files/paths.py",
        "server/storage.py",
    )  # fmt: skip
    sentence = re.compile(r"[A-Z][^{`\"]* [^{`\"]*[.!?]")
    missing = []
    for name in everyday:
        tree = ast.parse((ROOT / name).read_text())
        stated = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inside = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        missing += [
            f"{name}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in stated | inside
            and sentence.fullmatch(node.value)
            and node.value not in known
        ]
    assert missing == []
