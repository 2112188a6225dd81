"""The gate understands real Yjs: whatever honest browsers send passes, and the ledger agrees with them."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from collab.gate import Gate
from collab.gate.decode import decode
from tests.support.updates import content_hash, replica

_ROOT = Path(__file__).parents[2]
_SCRIPT = _ROOT / "tests" / "support" / "yjs_edits.mjs"


def _play(seed: int, steps: int) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None or not (_ROOT / "frontend" / "node_modules" / "yjs").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("node and the frontend's packages are needed")
        pytest.skip("node or the frontend's packages are missing")
    ran = subprocess.run(
        [node, str(_SCRIPT), str(seed), str(steps)], capture_output=True, timeout=120, check=False, text=True
    )
    assert ran.returncode == 0, ran.stderr
    played: dict[str, Any] = json.loads(ran.stdout)
    return played


@pytest.mark.parametrize("seed", range(1, 9))
def test_whatever_yjs_clients_send_passes(seed: int) -> None:
    played = _play(seed, 300)
    doc, gate = replica(1, b"\x00\x00"), Gate()
    for number, sent in enumerate(played["history"]):
        update = base64.b64decode(sent["update"])
        try:
            gate.check(update, {sent["client"]})
        except Exception as refusal:
            raise AssertionError(
                f"update {number} of client {sent['client']}: {refusal}; {decode(update)}"
            ) from refusal
        doc.apply_update(update)
    assert len(played["history"]) > 50
    assert gate.state() == {int(client): clock for client, clock in played["vector"].items()}
    assert {key: str(cell["source"]) for key, cell in doc["cells"].items()} == played["seen"]
    state = base64.b64decode(played["state"])
    assert Gate(state).state() == gate.state()
    assert content_hash(replica(2, state)) == content_hash(doc)
    assert content_hash(replica(3, gate.full_state())) == content_hash(doc)
