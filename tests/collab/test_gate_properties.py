"""Whatever honest clients write passes and converges; whatever is mutated harms nothing."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from collab.gate import Gate, GateRefusal
from collab.gate.ranges import Ranges
from tests.support.updates import ALICE, CELL, cell, content_hash, notebook, replica, written

pytestmark = pytest.mark.no_cover

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
_EDITS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["type", "erase", "new", "move", "note", "bin", "back", "purge", "sync", "sync"]),
        st.integers(0, 10_000),
        _TEXTS,
    ),
    max_size=40,
)


class Clients:
    """Up to four clients that edit offline and sync with one gated document when they choose to."""

    def __init__(self, count: int) -> None:
        self.doc = notebook()
        self.gate = Gate(self.doc.get_update())
        self.replicas = [replica(ALICE + number, self.doc.get_update()) for number in range(count)]
        self.made = itertools.count()

    def sync(self, client: Doc[Any]) -> None:
        update = client.get_update(self.doc.get_state())
        self.gate.check(update, {client.client_id})
        self.doc.apply_update(update)
        client.apply_update(self.doc.get_update(client.get_state()))

    def edit(self, client: Doc[Any], action: str, number: int, text: str) -> None:
        cells = client["cells"]
        ids = sorted(cells.keys())
        if action == "new" or not ids:
            cells[f"new-{client.client_id}-{next(self.made):06d}"] = cell(text)
            return
        one = cells[ids[number % len(ids)]]
        source = one["source"]
        match action:
            case "type":
                source.insert(_boundary(str(source), number), text)
            case "erase":
                start, end = sorted((_boundary(str(source), number), _boundary(str(source), number // 7)))
                del source[start:end]
            case "move":
                one["pos"] = f"a{number}"
            case "note":
                one["meta"][text] = [text, number, None, True][number % 4]
            case "bin":
                one["deleted"] = number
            case "back" if "deleted" in one:
                del one["deleted"]
            case "purge":
                del cells[ids[number % len(ids)]]


def _boundary(text: str, number: int) -> int:
    """Return an offset in UTF-8 bytes, as pycrdt counts, that lies between two characters."""
    return len(text[: number % (len(text) + 1)].encode())


@settings(max_examples=80)
@given(count=st.integers(2, 4), edits=_EDITS)
def test_honest_clients_always_pass_and_converge(count: int, edits: list[tuple[int, str, int, str]]) -> None:
    clients = Clients(count)
    for who, action, number, text in edits:
        client = clients.replicas[who % count]
        if action == "sync":
            clients.sync(client)
        else:
            clients.edit(client, action, number, text)
    for client in clients.replicas * 2:
        clients.sync(client)
    assert {content_hash(client) for client in clients.replicas} == {content_hash(clients.doc)}
    assert content_hash(replica(1, clients.gate.full_state())) == content_hash(clients.doc)
    assert Gate(clients.doc.get_update()).state() == clients.gate.state()
    assert _state_vector(clients.doc) == clients.gate.state()


def _state_vector(doc: Doc[Any]) -> dict[int, int]:
    numbers, value, shift = [], 0, 0
    for byte in doc.get_state():
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    return dict(zip(numbers[1::2], numbers[2::2], strict=True))


@settings(max_examples=75)
@given(seed=st.integers(0, 2**32))
def test_mutated_updates_never_crash_and_refused_ones_never_change_anything(seed: int) -> None:
    chance = random.Random(seed)
    doc = notebook(2)
    gate = Gate(doc.get_update())
    alice = replica(ALICE, doc.get_update())

    def edit() -> None:
        alice["cells"]["newcell00000"] = cell("😀 text")
        alice["cells"][CELL]["source"].insert(2, "abc")
        del alice["cells"][CELL]["source"][6:9]
        alice["cells"][CELL]["pos"] = "a7"

    honest = written(alice, edit)
    for _ in range(40):
        mutated = bytearray(honest)
        for _ in range(chance.randint(1, 4)):
            match chance.randrange(4):
                case 0:
                    mutated[chance.randrange(len(mutated))] = chance.randrange(256)
                case 1:
                    mutated[chance.randrange(len(mutated))] ^= 1 << chance.randrange(8)
                case 2:
                    del mutated[chance.randrange(len(mutated) - 1)]
                case _:
                    mutated.insert(chance.randrange(len(mutated)), chance.randrange(256))
        state, seen = gate.state(), content_hash(doc)
        try:
            gate.check(bytes(mutated), {ALICE})
        except GateRefusal:
            assert (gate.state(), content_hash(doc)) == (state, seen)
        else:
            doc.apply_update(bytes(mutated))
        assert _state_vector(doc) == gate.state()
        assert _pending_free(doc, gate)


def _pending_free(doc: Doc[Any], gate: Gate) -> bool:
    """What pycrdt holds back travels with its full state, where it is a hole or a dangling reference."""
    return Gate(doc.get_update()).state() == gate.state()


@given(pieces=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=20))
def test_ranges_know_what_is_new_and_stay_merged(pieces: list[tuple[int, int]]) -> None:
    ranges, units = Ranges(), set[int]()
    for start, length in pieces:
        piece = set(range(start, start + length))
        assert ranges.add(start, start + length) == (not piece <= units)
        units |= piece
    assert len(ranges) == sum(unit - 1 not in units for unit in units)
