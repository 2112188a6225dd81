"""What the browser has to fetch before a notebook shows."""

from __future__ import annotations

import json
from typing import Any

from tests.support.live import ROOT

STATIC = ROOT / "server" / "static"
MANIFEST = STATIC / ".vite" / "manifest.json"
FIRST = ("index.html", "src/pages/App.tsx", "src/pages/notebook/NotebookPage.tsx")
MOST_BYTES = 500_000


def first_load(manifest: dict[str, Any]) -> set[str]:
    """Return the files of scripts and styles that the page of a notebook needs, by what imports what."""
    seen: set[str] = set()
    files: set[str] = set()
    waiting = [*FIRST]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            chunk = manifest[name]
            files |= {chunk["file"], *chunk.get("css", ())}
            waiting += chunk.get("imports", ())
    return files


def gzipped_bytes(name: str) -> int:
    twin = STATIC / f"{name}.gz"
    return (twin if twin.exists() else STATIC / name).stat().st_size


def test_a_notebook_page_fetches_at_most_500_kb_before_it_shows() -> None:
    sizes = {name: gzipped_bytes(name) for name in first_load(json.loads(MANIFEST.read_text()))}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    assert sum(sizes.values()) <= MOST_BYTES, largest
