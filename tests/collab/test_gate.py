"""Each attack is refused for its own reason and leaves no trace; each honest edit passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment

from collab.gate import Gate, GateRefusal, check_json_depth
from collab.gate.decode import decode
from collab.wire import varuint
from tests.support.updates import (
    ALICE,
    BOB,
    CELL,
    SERVER,
    TEXT_PARENT,
    TEXT_START,
    any_text,
    cell,
    content_hash,
    item,
    notebook,
    removed,
    replica,
    shared,
    string,
    update,
    value,
    written,
)

_CELL_MAP = (SERVER, 1)
_FIRST = (SERVER, TEXT_START)
_NESTED = b"\x75\x01" * 30_000 + b"\x7e"


class Room:
    """A document behind its gate, as the hub keeps it."""

    def __init__(self, cells: int = 1) -> None:
        self.doc = notebook(cells)
        self.gate = Gate(self.doc.get_update())

    def receive(self, update: bytes, own_ids: set[int]) -> None:
        self.gate.check(update, own_ids)
        self.doc.apply_update(update)

    def client(self, client_id: int) -> Doc[Any]:
        return replica(client_id, self.doc.get_update())

    def refuses(self, update: bytes, own_ids: set[int] | None = None) -> str:
        """Return the code; the gate must be as before and let the next honest edit pass."""
        before, recorded = content_hash(self.doc), self.recorded()
        with pytest.raises(GateRefusal) as refused:
            self.receive(update, {ALICE} if own_ids is None else own_ids)
        assert self.recorded() == recorded
        assert content_hash(self.doc) == before
        assert content_hash(replica(1, self.gate.full_state())) == before
        assert refused.value.reason.endswith(".")
        self.accepts_typing()
        return refused.value.code

    def recorded(self) -> object:
        """Return everything that the ledger holds."""
        ledger = self.gate._ledger
        authors = {
            client: (author.end, list(author.starts), list(author.places), len(author.deleted))
            for client, author in ledger._authors.items()
        }
        containers = [*ledger._containers.items(), *ledger._roots.items()]
        return authors, [(name, container.kind, container.blocks) for name, container in containers]

    def accepts_typing(self) -> None:
        bob = self.client(BOB + len(self.gate.state()))
        source = bob["cells"][CELL]["source"]
        self.receive(written(bob, lambda: source.insert(0, "ok")), {bob.client_id})
        assert content_hash(bob) == content_hash(self.doc)


@pytest.fixture
def room() -> Room:
    return Room()


ATTACKS: dict[str, tuple[str, bytes]] = {
    "time bomb: an item that hangs on the victim's next one": (
        "dangling",
        update(ALICE, 0, string("boom", origin=(SERVER, 5000))),
    ),
    "a right neighbour that does not exist": (
        "dangling",
        update(ALICE, 0, string("x", origin=_FIRST, right=(9, 9))),
    ),
    "a parent that does not exist": ("dangling", update(ALICE, 0, string("x", parent=(BOB, 0)))),
    "an item that hangs on itself": ("dangling", update(ALICE, 0, string("x", origin=(ALICE, 0)))),
    "an item that hangs on a later one of its own": (
        "dangling",
        update(ALICE, 0, string("x", origin=(ALICE, 1)), string("y", origin=_FIRST)),
    ),
    "a known struct retold with a dangling neighbour": (
        "dangling",
        update(SERVER, TEXT_START, string("p", origin=(BOB, 3))),
    ),
    "a known struct retold under an unknown root": (
        "unknown_root",
        update(SERVER, 0, value(b"\x7e", root="evil", key="schema")),
    ),
    "a known struct retold at another place": (
        "malformed",
        update(SERVER, 2, value(any_text("code"), root="meta", key="lang")),
    ),
    "delete bomb": ("delete_unknown", update(ALICE, 0, deletes={SERVER: [(0, 2**31)]})),
    "delete bomb against a client who wrote nothing": (
        "delete_unknown",
        update(ALICE, 0, deletes={BOB: [(0, 1)]}),
    ),
    "a deletion of one's own future": ("delete_unknown", update(ALICE, 0, deletes={ALICE: [(0, 5)]})),
    "client id theft": ("foreign_author", update(SERVER, 1000, string("x", origin=_FIRST))),
    "unknown root": ("unknown_root", update(ALICE, 0, string("x", root="evil"))),
    "unknown root after a new cell and a jump": (
        "unknown_root",
        update(
            ALICE,
            0,
            string("fine", origin=_FIRST),
            shared(1, root="cells", key="newcell00000"),
            value(any_text("a"), root="meta", key="a"),
            value(b"\x79", root="evil", key="k"),
        ),
    ),
    "unknown root beside a permitted change": (
        "unknown_root",
        update(ALICE, 0, string("fine", origin=_FIRST), value(b"\x79", root="evil", key="k")),
    ),
    "30,000 nested arrays": ("too_deep", update(ALICE, 0, value(_NESTED, root="meta", key="x"))),
    "65 nested objects": (
        "too_deep",
        update(ALICE, 0, value(b"\x76\x01\x01k" * 65 + b"\x7e", root="meta", key="x")),
    ),
    "a shallow array": ("schema", update(ALICE, 0, value(b"\x75\x01\x7e", root="meta", key="x"))),
    "gap": ("gap", update(ALICE, 3, string("x", origin=_FIRST))),
    "skip": ("gap", update(ALICE, 0, b"\x0a\x05", string("x", origin=_FIRST))),
    "list item under a map root": ("keyless", update(ALICE, 0, string("x", root="cells"))),
    "list item inside a cell": ("keyless", update(ALICE, 0, string("x", parent=_CELL_MAP))),
    "attribute of a text": ("schema", update(ALICE, 0, value(b"\x78", parent=TEXT_PARENT, key="bold"))),
    "something inside a plain value": ("content", update(ALICE, 0, string("x", parent=(SERVER, 2)))),
    "neighbours in two places": (
        "malformed",
        update(ALICE, 0, string("x", origin=_FIRST, right=(SERVER, 2))),
    ),
    "a text beside a map entry": ("content", update(ALICE, 0, string("x", origin=(SERVER, 2)))),
    "subdocument": ("content", update(ALICE, 0, item(9, b"\x04guid\x7e", root="meta", key="sub"))),
    "XmlElement as a cell": ("content", update(ALICE, 0, shared(3, root="cells", key="xml000000000"))),
    "Text as a cell": ("content", update(ALICE, 0, shared(2, root="cells", key="text00000000"))),
    "string as a cell": ("schema", update(ALICE, 0, value(any_text("x"), root="cells", key="str000000000"))),
    "Array in metadata": ("content", update(ALICE, 0, shared(0, root="meta", key="list"))),
    "embed in a text": ("content", update(ALICE, 0, item(5, b"\x02{}", origin=_FIRST))),
    "format in a text": ("content", update(ALICE, 0, item(6, b"\x04bold\x04true", origin=_FIRST))),
    "values in a text": ("content", update(ALICE, 0, value(any_text("x"), origin=_FIRST))),
    "binary in metadata": ("content", update(ALICE, 0, item(3, b"\x01x", root="meta", key="b"))),
    "bytes as a value": ("schema", update(ALICE, 0, value(b"\x74\x01x", root="meta", key="b"))),
    "undefined as a value": ("schema", update(ALICE, 0, value(b"\x7f", root="meta", key="b"))),
    "infinity as a value": ("schema", update(ALICE, 0, value(b"\x7c\x7f\x80\x00\x00", root="meta", key="b"))),
    "another schema number": ("schema", update(ALICE, 0, value(b"\x7d\x02", origin=(SERVER, 0)))),
    "a cell id with a slash": ("schema", update(ALICE, 0, shared(1, root="cells", key="../../etc/passwd"))),
    "a short cell id": ("schema", update(ALICE, 0, shared(1, root="cells", key="short"))),
    "an unknown key in a cell": ("schema", update(ALICE, 0, value(b"\x78", parent=_CELL_MAP, key="outputs"))),
    "a cell type that is a number": ("schema", update(ALICE, 0, value(b"\x7d\x01", origin=(SERVER, 2)))),
    "a long cell type": ("schema", update(ALICE, 0, value(any_text("t" * 33), origin=(SERVER, 2)))),
    "a position beyond ASCII": ("schema", update(ALICE, 0, value(any_text("é"), origin=(SERVER, 3)))),
    "a negative time of deletion": (
        "schema",
        update(ALICE, 0, value(b"\x7d\x41", parent=_CELL_MAP, key="deleted")),
    ),
    "deep JSON text in metadata": (
        "schema",
        update(ALICE, 0, value(any_text("[" * 70 + "]" * 70), root="meta", key="json:x")),
    ),
    "JSON text deep enough for a recursion error": (
        "schema",
        update(ALICE, 0, value(any_text("[" * 100_000), root="meta", key="json:x")),
    ),
    "broken JSON text in metadata": (
        "schema",
        update(ALICE, 0, value(any_text("{"), root="meta", key="json:x")),
    ),
    "an endless key": ("schema", update(ALICE, 0, value(b"\x7e", root="meta", key="k" * 257))),
    "an endless metadata text": (
        "schema",
        update(ALICE, 0, value(any_text("x" * 300_000), root="meta", key="t")),
    ),
    "huge GC": ("too_long", update(ALICE, 0, removed(2**32))),
    "GC of 2^63": ("malformed", update(ALICE, 0, removed(2**63))),
    "GC to the end of the clock": ("too_long", update(ALICE, 0, *[removed(2**24)] * 128)),
    "GC of more than anybody types": ("too_long", update(ALICE, 0, removed(2**24 + 1))),
    "huge deleted struct": ("too_long", update(ALICE, 0, item(1, varuint(2**31), origin=_FIRST))),
    "empty GC": ("malformed", update(ALICE, 0, removed(0))),
    "empty string": ("malformed", update(ALICE, 0, string("", origin=_FIRST))),
    "a GC with flags": ("malformed", update(ALICE, 0, b"\x20\x01")),
    "no bytes": ("malformed", b""),
    "text instead of bytes": ("malformed", b"hello"),
    "trailing byte": ("malformed", update(ALICE, 0, string("x", origin=_FIRST)) + b"\x00"),
    "one byte short": ("malformed", update(ALICE, 0, string("x", origin=_FIRST))[:-1]),
    "broken UTF-8": ("malformed", update(ALICE, 0, item(4, b"\x02\xc3\x28", origin=_FIRST))),
    "half a surrogate pair": ("malformed", update(ALICE, 0, item(4, b"\x03\xed\xa0\x80", origin=_FIRST))),
    "one author twice": ("malformed", b"\x02" + (b"\x01" + varuint(ALICE) + b"\x00\x00\x01") * 2 + b"\x00"),
    "unknown content": ("malformed", update(ALICE, 0, item(11, b"\x00", origin=_FIRST))),
    "v2 encoding": ("malformed", bytes.fromhex("00000000000000000000") + b"\x00\x01\x00"),
    "over 1 MiB": ("too_large", update(ALICE, 0, string("x" * 2**20, origin=_FIRST))),
    "2^40 structs": ("too_large", b"\x01\x80\x80\x80\x80\x80\x20" + varuint(ALICE) + b"\x00" + removed(1)),
    "half a million GC structs": ("too_large", update(ALICE, 0, *[removed(1)] * 200_000)),
    "a crowd of items between wrong neighbours": (
        "crowded",
        update(ALICE, 0, *[string("x", origin=_FIRST, right=(SERVER, 7 + i % 7)) for i in range(20_000)]),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_leaves_no_trace(room: Room, attack: str) -> None:
    code, hostile = ATTACKS[attack]
    assert room.refuses(hostile) == code


def _alice(edit: Callable[[Doc[Any]], object]) -> Callable[[Room], bytes]:
    def make(room: Room) -> bytes:
        alice = room.client(ALICE)
        return written(alice, lambda: edit(alice))

    return make


def _put(doc: Doc[Any], path: str, value: Any) -> None:
    *parents, last = path.split("/")
    target: Any = doc["cells"] if parents.pop(0) == "cells" else doc["meta"]
    for name in parents:
        target = target[name]
    target[last] = value


FORBIDDEN: dict[str, tuple[str, Callable[[Room], bytes]]] = {
    "a cell replaced by a string": ("schema", _alice(lambda doc: _put(doc, f"cells/{CELL}", "gone"))),
    "a cell replaced by a cell": ("replaced", _alice(lambda doc: _put(doc, f"cells/{CELL}", cell("mine")))),
    "a text replaced by a text": (
        "replaced",
        _alice(lambda doc: _put(doc, f"cells/{CELL}/source", Text("mine"))),
    ),
    "a text replaced by a string": ("schema", _alice(lambda doc: _put(doc, f"cells/{CELL}/source", "mine"))),
    "a whole cell under a path": ("schema", _alice(lambda doc: _put(doc, "cells/..", cell("x")))),
    "a whole cell under an endless id": (
        "schema",
        _alice(lambda doc: _put(doc, "cells/" + "i" * 65, cell("x"))),
    ),
    "a cell without a text": (
        "schema",
        _alice(lambda doc: _put(doc, "cells/newcell00000", Map({"type": "code", "pos": "a2"}))),
    ),
    "a cell type taken away": ("schema", _alice(lambda doc: doc["cells"][CELL].pop("type"))),
    "a text taken away": ("schema", _alice(lambda doc: doc["cells"][CELL].pop("source"))),
    "the schema number taken away": ("schema", _alice(lambda doc: doc["meta"].pop("schema"))),
    "a subdocument": ("content", _alice(lambda doc: _put(doc, "cells/subdocument0", Doc()))),
    "an array of cells": ("content", _alice(lambda doc: _put(doc, "cells/array0000000", Array([1])))),
    "an XML fragment": ("content", _alice(lambda doc: _put(doc, "meta/xml", XmlFragment([XmlElement("p")])))),
    "a list in metadata": ("schema", _alice(lambda doc: _put(doc, f"cells/{CELL}/meta/tags", ["a"]))),
    "bold text": ("content", _alice(lambda doc: doc["cells"][CELL]["source"].format(0, 2, {"bold": True}))),
}


@pytest.mark.parametrize("change", FORBIDDEN)
def test_a_change_outside_the_schema_is_refused(room: Room, change: str) -> None:
    code, make = FORBIDDEN[change]
    assert room.refuses(make(room)) == code


HONEST: dict[str, Callable[[Doc[Any]], object]] = {
    "typing": lambda doc: doc["cells"][CELL]["source"].insert(5, "x"),
    "emoji": lambda doc: doc["cells"][CELL]["source"].insert(5, "a😀é\u0000z"),
    "erasing": lambda doc: doc["cells"][CELL]["source"].clear(),
    "a new cell": lambda doc: _put(doc, "cells/newcell00000", cell("x = 1", "a2")),
    "an empty cell without metadata": lambda doc: _put(
        doc, "cells/newcell00000", Map({"type": "raw", "pos": "a2", "source": Text("")})
    ),
    "a new cell that is binned at once": lambda doc: (
        _put(doc, "cells/newcell00000", cell()),
        _put(doc, "cells/newcell00000/deleted", 1_700_000_000_000),
    ),
    "moving": lambda doc: _put(doc, f"cells/{CELL}/pos", "a5V"),
    "moving thrice": lambda doc: [_put(doc, f"cells/{CELL}/pos", place) for place in ("a5", "a6", "a7")],
    "another type": lambda doc: _put(doc, f"cells/{CELL}/type", "markdown"),
    "to the bin": lambda doc: _put(doc, f"cells/{CELL}/deleted", 1_700_000_000_000),
    "purging": lambda doc: doc["cells"].pop(CELL),
    "metadata": lambda doc: [
        _put(doc, f"cells/{CELL}/meta/{key}", value)
        for key, value in {"s": "t", "n": 1.5, "b": True, "z": None, "json:tags": '["a"]'}.items()
    ],
    "metadata as a whole": lambda doc: _put(doc, f"cells/{CELL}/meta", Map({"a": 1})),
    "metadata removed": lambda doc: doc["cells"][CELL]["meta"].pop("collapsed"),
    "the title": lambda doc: _put(doc, "meta/title", "Ω"),
    "a long paste": lambda doc: doc["cells"][CELL]["source"].insert(0, "0123456789\n" * 90_000),
}


@pytest.mark.parametrize("edit", HONEST)
def test_an_honest_edit_passes(room: Room, edit: str) -> None:
    alice = room.client(ALICE)
    room.receive(written(alice, lambda: HONEST[edit](alice)), {ALICE})
    assert content_hash(room.doc) == content_hash(alice)


def test_the_empty_update_passes(room: Room) -> None:
    room.receive(b"\x00\x00", set())


def test_a_seed_of_200_cells_passes_an_empty_gate() -> None:
    seed = notebook(200).get_update()
    gate = Gate()
    gate.check(seed, {SERVER})
    assert gate.state() == Gate(seed).state()


def test_a_repeated_update_is_accepted_and_changes_nothing(room: Room) -> None:
    alice = room.client(ALICE)
    edit = written(alice, lambda: HONEST["typing"](alice))
    room.receive(edit, {ALICE})
    state, seen = room.gate.state(), content_hash(room.doc)
    room.receive(edit, {ALICE})
    assert (room.gate.state(), content_hash(room.doc)) == (state, seen)


def test_a_full_resync_passes_though_others_wrote_most_of_it(room: Room) -> None:
    alice, bob = room.client(ALICE), room.client(BOB)
    room.receive(written(bob, lambda: HONEST["a new cell"](bob)), {BOB})
    alice.apply_update(room.doc.get_update())
    HONEST["erasing"](alice)
    HONEST["emoji"](alice)
    room.receive(alice.get_update(), {ALICE})
    assert content_hash(room.doc) == content_hash(alice)


def test_a_struct_that_is_known_in_part_goes_on_from_there(room: Room) -> None:
    alice = room.client(ALICE)
    source = alice["cells"][CELL]["source"]
    state = alice.get_state()
    room.receive(written(alice, lambda: source.insert(0, "ab")), {ALICE})
    source.insert(2, "cd")
    merged = alice.get_update(state)
    assert len(decode(merged).sections[0].structs) == 1
    room.receive(merged, {ALICE})
    assert content_hash(room.doc) == content_hash(alice)


def test_a_struct_known_in_part_cannot_go_on_elsewhere(room: Room) -> None:
    room.receive(update(ALICE, 0, string("ab", origin=_FIRST)), {ALICE})
    assert room.refuses(update(ALICE, 0, item(8, b"\x03" + b"\x7e" * 3, root="meta", key="x"))) == "malformed"


def test_text_typed_and_deleted_offline_passes(room: Room) -> None:
    room.receive(update(ALICE, 0, removed(40), string("x", origin=_FIRST)), {ALICE})
    room.receive(update(ALICE, 41, item(1, b"\x09", origin=(ALICE, 40)), deletes={ALICE: [(41, 9)]}), {ALICE})


def test_writing_into_a_purged_cell_passes_and_shows_nothing(room: Room) -> None:
    alice, bob = room.client(ALICE), room.client(BOB)
    room.receive(written(bob, lambda: HONEST["purging"](bob)), {BOB})
    reopened = Gate(room.doc.get_update())
    late = written(alice, lambda: HONEST["typing"](alice))
    reopened.check(late, {ALICE})
    room.receive(late, {ALICE})
    assert len(room.doc["cells"]) == 0


def test_edits_under_two_own_ids_arrive_in_one_update(room: Room) -> None:
    old = room.client(ALICE)
    HONEST["typing"](old)
    new = replica(ALICE + 1, old.get_update())
    new["cells"][CELL]["source"].insert(6, "y")
    both = new.get_update(room.doc.get_state())
    assert len(decode(both).sections) == 2
    assert room.refuses(both, {ALICE + 1}) == "foreign_author"
    room.receive(new.get_update(room.doc.get_state()), {ALICE, ALICE + 1})
    assert "y" in str(room.doc["cells"][CELL]["source"])


def test_own_ids_that_wait_for_each_other_are_refused(room: Room) -> None:
    def part(client: int, waits_for: int) -> bytes:
        return b"\x01" + varuint(client) + b"\x00" + string("x", origin=(waits_for, 0))

    circle = b"\x02" + part(ALICE, BOB) + part(BOB, ALICE) + b"\x00"
    assert room.refuses(circle, {ALICE, BOB}) == "dangling"


def test_the_server_s_own_updates_are_learnt(room: Room) -> None:
    edit = written(room.doc, lambda: HONEST["a new cell"](room.doc))
    room.gate.learn(edit)
    room.gate.learn(edit)
    alice = room.client(ALICE)
    room.receive(written(alice, lambda: alice["cells"]["newcell00000"]["source"].insert(0, "x")), {ALICE})
    assert content_hash(replica(1, room.gate.full_state())) == content_hash(room.doc)


def test_a_server_that_leaves_the_schema_is_told_at_once(room: Room) -> None:
    with pytest.raises(GateRefusal):
        room.gate.learn(written(room.doc, lambda: _put(room.doc, "meta/list", [1])))


def test_what_the_observer_reports_holds_nothing_that_was_known(room: Room) -> None:
    """The reason why a hub relays the observer's update: a forged copy of old structs never travels."""
    alice = room.client(ALICE)
    HONEST["typing"](alice)
    everything = alice.get_update()
    room.gate.check(everything, {ALICE})
    relayed = written(room.doc, lambda: room.doc.apply_update(everything))
    assert [section.client for section in decode(relayed).sections] == [ALICE]


def test_an_orphan_flood_stays_cheap(room: Room) -> None:
    for clock in range(2, 4002, 2):
        with pytest.raises(GateRefusal, match="gap"):
            room.gate.check(update(ALICE, clock, string("x" * 60, origin=_FIRST)), {ALICE})
    room.accepts_typing()


def test_a_crowd_spread_over_updates_is_refused_too(room: Room) -> None:
    clock, refused = 0, False
    for _ in range(40):
        crowd = [string("x", origin=_FIRST, right=(SERVER, 7 + i % 7)) for i in range(500)]
        try:
            room.gate.check(update(ALICE, clock, *crowd), {ALICE})
        except GateRefusal as refusal:
            refused = refusal.code == "crowded"
            break
        clock += 500
    assert refused
    assert clock <= 10_000


def test_a_crowd_in_a_text_cut_into_pieces_by_deletions_is_refused_sooner(room: Room) -> None:
    crowd = [string("x", origin=(ALICE, i), right=(ALICE, i + 9)) for i in range(1000)]
    room.receive(update(ALICE, 0, string("y" * 20_000, origin=_FIRST)), {ALICE})
    room.receive(update(ALICE, 0, deletes={ALICE: [(clock, 1) for clock in range(0, 20_000, 2)]}), {ALICE})
    assert room.refuses(update(BOB, 0, *crowd), {BOB}) == "crowded"


def test_replacing_thousands_of_words_at_once_passes() -> None:
    doc = notebook(1, "word " * 5000)
    gate, alice = Gate(doc.get_update()), replica(ALICE, doc.get_update())
    source = alice["cells"][CELL]["source"]

    def replace_all() -> None:
        for number in range(5000):
            del source[number * 5 : number * 5 + 4]
            source.insert(number * 5, "term")

    gate.check(written(alice, replace_all), {ALICE})


def test_the_twin_survives_many_updates_and_a_refusal_between(room: Room) -> None:
    alice = room.client(ALICE)
    source = alice["cells"][CELL]["source"]
    for number in range(1100):
        room.receive(written(alice, lambda n=number: source.insert(n, "x")), {ALICE})  # type: ignore[misc]
    assert room.refuses(FORBIDDEN["a text replaced by a text"][1](room), {ALICE}) == "replaced"
    assert str(room.doc["cells"][CELL]["source"]).count("x") == 1100


@pytest.mark.parametrize("depth", [0, 1, 64])
def test_json_up_to_64_levels_passes(depth: int) -> None:
    check_json_depth(json.loads("[" * depth + "1" + "]" * depth))
    check_json_depth(json.loads('{"a":' * depth + "1" + "}" * depth))


@pytest.mark.parametrize("depth", [65, 20_000])
def test_deeper_json_is_refused_without_recursion(depth: int) -> None:
    deep: Any = 1
    for level in range(depth):
        deep = [deep] if level % 2 else {"a": deep, "b": [1]}
    with pytest.raises(GateRefusal, match="too_deep"):
        check_json_depth(deep)
    while isinstance(deep, list | dict):  # Freed by hand: releasing it in one go would recurse in C.
        deep = deep[0] if isinstance(deep, list) else deep["a"]
