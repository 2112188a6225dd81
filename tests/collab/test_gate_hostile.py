"""The hostile updates, tried in a child process that afterwards still serves two honest clients."""

from __future__ import annotations

import base64
import json
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from collab.gate import Gate, GateRefusal
from tests.support.updates import CELL, cell, content_hash, notebook, replica, written

_CORPUS = Path(__file__).parents[1] / "data" / "hostile" / "crdt.json"
_ATTACKER, _HONEST = {5, 7}, (900, 901)
"""The corpus writes as 5 and 7; granting both leaves every attack but theft to be found."""


def _updates() -> list[tuple[str, bytes]]:
    """Return the updates of the corpus, bare or inside a sync message."""
    found = []
    for entry in json.loads(_CORPUS.read_text())["items"]:
        raw = base64.b64decode(entry["payload_b64"]) if "payload_b64" in entry else eval(entry["gen"])
        if entry["kind"] == "sync_message":
            if raw[:2] not in (b"\x00\x01", b"\x00\x02") or len(raw) < 5:
                continue
            raw = raw[3:]  # Channel, step and a length of one byte.
        found.append((entry["id"], raw))
    return found


def _child(pipe: Connection) -> None:
    doc = notebook(3)
    doc_id = doc.client_id
    gate = Gate(doc.get_update())
    results: dict[str, str] = {}
    before = content_hash(doc)
    for name, update in _updates():
        try:
            gate.check(update, _ATTACKER - {doc_id})
            doc.apply_update(update)
            results[name] = "accepted"
        except GateRefusal as refusal:
            results[name] = refusal.code
    unharmed = content_hash(doc) == before
    clients = [replica(number, doc.get_update()) for number in _HONEST]
    for turn in range(50):
        writer = clients[turn % 2]
        source = writer["cells"][CELL]["source"]
        sent = written(writer, lambda source=source, turn=turn: source.insert(turn, "z"))  # type: ignore[misc]
        gate.check(sent, {writer.client_id})
        relayed = written(doc, lambda sent=sent: doc.apply_update(sent))  # type: ignore[misc]
        clients[1 - turn % 2].apply_update(relayed)
    clients[0]["cells"]["newcell00000"] = cell("done")
    last = clients[0].get_update(doc.get_state())
    gate.check(last, {_HONEST[0]})
    doc.apply_update(last)
    clients[1].apply_update(last)
    hashes = {content_hash(one) for one in (doc, *clients)}
    letters = str(doc["cells"][CELL]["source"]).count("z")
    pipe.send({"results": results, "unharmed": unharmed, "hashes": len(hashes), "letters": letters})


def test_hostile_updates_crash_nothing_and_lose_nothing() -> None:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    child = spawn.Process(target=_child, args=(there,))
    child.start()
    there.close()
    assert here.poll(60)
    report: dict[str, Any] = here.recv()
    child.join(10)
    assert child.exitcode == 0
    assert len(report["results"]) >= 19
    assert [name for name, code in report["results"].items() if code == "accepted"] == []
    assert report["unharmed"]
    assert report["hashes"] == 1
    assert report["letters"] == 50
