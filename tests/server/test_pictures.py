"""Pictures in text cells: kept for who may edit, and shown to who may read."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import running

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_a_picture_is_kept_for_a_text_cell(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        notebook = (await ada.post(f"/api/projects/{project}/notebooks", {"name": "Notes"})).json["id"]
        address = f"/api/notebooks/{notebook}/pictures"

        async def put(content: bytes) -> Any:
            return await ada.post(address, {"content": base64.b64encode(content).decode()})

        kept = await put(PNG)
        assert kept.status == 201
        assert kept.json["mime"] == "image/png"
        assert kept.json["size"] == len(PNG)
        shown = await ada.get(f"/api/outputs/{kept.json['sha256']}?notebook={notebook}")
        assert shown.status == 200
        assert shown.headers["Content-Type"] == "image/png"

        for content, status in (
            (b"<svg onload='alert(1)'/>", 415),
            (PNG + bytes(10 * 2**20), 413),
            (b"", 415),
        ):
            refused = await put(content)
            assert refused.status == status, refused.json
            assert "picture" in refused.json["error"]["reason"]
        assert (await ada.post(address, {"content": "no base64"})).status == 400

        eve = await server.person("eve")
        assert (await eve.post(address, {"content": ""})).status == 404
