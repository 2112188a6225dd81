"""What the reader of code looks up before somebody asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kernel_manager.guest.analyse import Reader, complete


def test_code_is_parsed_once_for_all_that_it_defines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reader, parsed = Reader(str(tmp_path / "cache")), []
    really = reader._script

    def script(code: str, path: str) -> Any:
        parsed.append(code)
        return really(code, path)

    monkeypatch.setattr(reader, "_script", script)
    code = "import pandas as pd\n" + "\n".join(f"name{n} = 'text {n}'" for n in range(20))
    ends = reader._not_kept(code, "notebook.py")
    assert ends == [*(f"\nname{n}." for n in reversed(range(20))), "\npd.", "\n_ = pd.DataFrame()\n_."]
    assert len(parsed) == 2, "pandas' DataFrame is not in the code"


def test_what_was_asked_is_not_looked_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reader = Reader(str(tmp_path / "cache"))
    code = "a = 'text'\nb = 1"
    asked = reader._script(code + "\na.", "notebook.py")
    assert complete(asked, 3, 2, reader._members)["names"]
    assert reader._not_kept(code, "notebook.py") == ["\nb."]
