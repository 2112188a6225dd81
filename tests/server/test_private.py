"""What is kept is nobody else's to read, whatever folder it is put into."""

from __future__ import annotations

from pathlib import Path

from server.app import Server
from server.config import Config


async def test_a_folder_that_was_there_before_keeps_its_secrets_too(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    server = await Server.start(Config(data=folder, port=0))
    modes = {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()}
    await server.stop()
    assert "commonbook.sqlite3" in modes
    assert "blobs" in modes
    assert modes == dict.fromkeys(modes, 0)
