"""Awareness: who may say what about whom, and what others get to see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pycrdt import Awareness, Doc

from collab.frames import MalformedFrame, read_varuint
from collab.presence import MAX_BYTES, RENEW_AFTER_S, Presence, PresenceRefusal
from collab.wire import Channel, Person, varuint
from tests.support.clients import states_in

ADA = Person("ada", "Ada", 3)
PLACE = {"tname": None, "type": {"client": 7, "clock": 3}, "item": {"client": 7, "clock": 9}, "assoc": -1}
STATE = {"cell": "cell-00000000", "cursor": {"anchor": PLACE, "head": PLACE}, "view": "cell-00000001"}


def frame(client_id: int, clock: int, state: Any, count: int = 1) -> bytes:
    text = state if isinstance(state, bytes) else json.dumps(state).encode()
    body = varuint(count) + (varuint(client_id) + varuint(clock) + varuint(len(text)) + text) * count
    return bytes((Channel.AWARENESS, 1)) + varuint(len(body)) + body


def seen(out: bytes | None) -> dict[int, tuple[int, Any]]:
    assert out is not None
    return states_in(out)


def test_a_state_is_stamped_and_everything_unknown_is_dropped() -> None:
    said = STATE | {"user": {"id": "eve", "name": "Mallory"}, "color": "red", "extra": [1]}
    ((clock, state),) = seen(Presence().receive(frame(5, 1, said), 5, ADA, 0.0)).values()
    assert clock == 2
    assert state["user"] == {"id": "ada", "name": "Ada", "color": 3, "guest": False}
    assert state.keys() == {"cell", "cursor", "view", "user"}
    assert state["cursor"]["anchor"] == {
        "type": {"client": 7, "clock": 3},
        "item": {"client": 7, "clock": 9},
        "assoc": -1,
    }


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[",
        [1],
        "text",
        3,
        {"cell": 5},
        {"cursor": "text"},
        {"cursor": {"anchor": PLACE}},
        {"cursor": {"anchor": {"item": {"client": "x", "clock": 1}}, "head": PLACE}},
        {"view": {}},
        b"\xff\xfe",
        b"[" * 5000,
    ],
)
def test_a_state_of_another_shape_is_refused(said: Any) -> None:
    with pytest.raises(PresenceRefusal, match="another shape"):
        Presence().receive(frame(5, 1, said), 5, ADA, 0.0)


def test_a_state_under_another_id_is_refused_and_names_it() -> None:
    with pytest.raises(PresenceRefusal, match="own id") as refusal:
        Presence().receive(frame(6, 1, STATE), 5, ADA, 0.0)
    assert refusal.value.client_id == 6


def test_two_states_in_one_message_are_refused() -> None:
    with pytest.raises(PresenceRefusal, match="exactly one"):
        Presence().receive(frame(5, 1, STATE, count=2), 5, ADA, 0.0)


def test_a_large_state_is_refused() -> None:
    with pytest.raises(PresenceRefusal, match="too large"):
        Presence().receive(frame(5, 1, STATE | {"extra": "x" * MAX_BYTES}), 5, ADA, 0.0)


@pytest.mark.parametrize("cut", [b"\x03", b"\x03\x00\x01", b"\x03\x01\x05\x01", b"\x03\x01\x01\x01"])
def test_bytes_that_are_no_awareness_message_are_malformed(cut: bytes) -> None:
    with pytest.raises(MalformedFrame):
        Presence().receive(cut, 5, ADA, 0.0)


def test_an_unchanged_state_is_passed_on_only_to_renew_it() -> None:
    presence = Presence()
    assert presence.receive(frame(5, 1, STATE), 5, ADA, 0.0) is not None
    assert presence.receive(frame(5, 2, STATE), 5, ADA, 1.0) is None
    renewed = seen(presence.receive(frame(5, 3, STATE), 5, ADA, RENEW_AFTER_S))
    assert renewed[5][0] == 4
    assert presence.receive(frame(5, 4, STATE | {"view": None}), 5, ADA, RENEW_AFTER_S + 1) is not None


def test_an_older_clock_is_ignored() -> None:
    presence = Presence()
    presence.receive(frame(5, 4, STATE), 5, ADA, 0.0)
    assert presence.receive(frame(5, 4, STATE | {"cell": None}), 5, ADA, 0.0) is None
    assert presence.receive(frame(5, 3, STATE | {"cell": None}), 5, ADA, 0.0) is None


def test_a_newcomer_is_shown_everybody() -> None:
    presence = Presence()
    assert presence.everyone() is None
    presence.receive(frame(5, 1, STATE), 5, ADA, 0.0)
    presence.receive(frame(6, 8, STATE), 6, ADA, 0.0)
    assert {client: clock for client, (clock, _) in seen(presence.everyone()).items()} == {5: 2, 6: 9}


@pytest.mark.parametrize("clock", [3, 4])
def test_somebody_who_says_null_is_gone(clock: int) -> None:
    presence = Presence()
    presence.receive(frame(5, 3, STATE), 5, ADA, 0.0)
    assert seen(presence.receive(frame(5, clock, None), 5, ADA, 0.0)) == {5: (5, None)}
    assert presence.everyone() is None
    assert presence.receive(frame(5, 5, None), 5, ADA, 0.0) is None


def test_a_y_protocols_client_believes_the_server_in_every_step() -> None:
    presence, peer = Presence(), Awareness(Doc(client_id=9))

    def deliver(out: bytes | None) -> None:
        if out is not None:
            _, start = read_varuint(out, 2)
            peer.apply_awareness_update(out[start:], "remote")

    deliver(presence.receive(frame(5, 0, STATE), 5, ADA, 0.0))
    assert peer.states[5]["cell"] == "cell-00000000"
    deliver(presence.receive(frame(5, 2, STATE), 5, ADA, 1.0))
    deliver(presence.receive(frame(5, 3, STATE | {"cell": "cell-00000002"}), 5, ADA, 2.0))
    assert peer.states[5]["cell"] == "cell-00000002"
    deliver(presence.receive(frame(5, 4, STATE | {"cell": "cell-00000002"}), 5, ADA, 3.0))
    deliver(presence.forget(5))
    assert 5 not in peer.states
    assert presence.forget(5) is None


def test_only_another_place_is_a_movement_and_saying_that_one_is_still_there_is_none() -> None:
    presence, now = Presence(), 0.0
    presence.receive(frame(5, 1, STATE), 5, ADA, now)
    for clock in (2, 3, 4):
        now += RENEW_AFTER_S + 1
        assert presence.receive(frame(5, clock, STATE), 5, ADA, now) is not None
    assert presence.receive(frame(5, 5, STATE | {"view": "cell-00000002"}), 5, ADA, now) is not None
    assert presence.moves(5) == 0, "what scrolls by moves nobody"
    presence.receive(frame(5, 6, STATE | {"cell": "cell-00000002"}), 5, ADA, now)
    presence.receive(frame(5, 7, STATE | {"cell": "cell-00000002", "cursor": None}), 5, ADA, now)
    assert presence.moves(5) == 2
    assert presence.moves(6) == 0
