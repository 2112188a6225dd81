"""Secrets are taken out of what a kernel says, wherever a chunk of it ends."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.redaction import SHOWN, Redactor, Stream
from kernel_manager.supervisor import discretion, wire
from kernel_manager.supervisor.discretion import Discretion, Owner
from kernel_manager.supervisor.surrounding import Surrounding

CANARY = "cAnAry-9fe1!ü p@ss:/w#rd%"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqh\nabcd+/efgh0123==\n-----END PRIVATE KEY-----\n"
KEY_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "my-project",
        "private_key": PEM,
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)


def test_secrets_are_struck_out_in_every_form_that_text_gives_them() -> None:
    redactor = Redactor([CANARY, 'quo"ted\\value', PEM, "short"])
    for form in (CANARY, json.dumps(CANARY), repr(CANARY), "cAnAry-9fe1%21%C3%BC%20p%40ss%3A%2Fw%23rd%25"):
        assert "9fe1" not in redactor.text(f"url={form}&x")
    assert redactor.text(json.dumps('quo"ted\\value')) == '"[secret]"'
    assert "MIIEvQ" not in redactor.text("line MIIEvQIBADANBgkqh alone")
    assert redactor.text("a short word, BEGIN PRIVATE KEY") == "a short word, BEGIN PRIVATE KEY"
    assert Redactor().text("x") == "x"


def test_of_a_key_file_the_key_is_secret_and_nothing_else() -> None:
    redactor = Redactor([KEY_FILE])
    shown = redactor.text(KEY_FILE)
    assert "MIIEvQ" not in shown
    assert "abcd+/efgh" not in shown
    assert "my-project" in shown
    assert "oauth2.googleapis.com" in shown
    assert "MIIEvQ" not in redactor.text(PEM)


def test_json_stays_json_and_numbers_are_not_texts() -> None:
    redactor = Redactor(["12345678", "new\nline-secret"])
    content = b'{"a": 12345678, "b": "x 12345678", "12345678": ["line-secret"]}'
    assert json.loads(redactor.json(content)) == {"a": 12345678, "b": "x [secret]", SHOWN: [SHOWN]}
    untouched = b'{"text": "nothing of that kind"}'
    assert redactor.json(untouched) is untouched
    assert redactor.json(b'{"text": "12345678') == b"{}"
    assert redactor.data(b"ab12345678cd") == b"ab********cd"


@given(
    words=st.lists(
        st.sampled_from([CANARY, "cAnAry", "9fe1", "c", "plain ", "abcabcab", "abcab"]), max_size=12
    ),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_the_borders_of_chunks_hide_no_secret(words: list[str], cuts: list[int]) -> None:
    redactor = Redactor([CANARY, "abcabcab"])
    whole = "".join(words)
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    stream, shown = Stream(), ""
    for start, end in pairwise(places):
        shown += stream.feed(whole[start:end], redactor)
    shown += stream.rest(redactor)
    assert CANARY not in shown
    assert "abcabcab" not in shown
    assert shown == redactor.text(whole)


async def test_what_may_begin_a_secret_waits_only_until_something_else_is_said() -> None:
    put: list[tuple[Owner, str]] = []
    keeper = Discretion(lambda owner, text: put.append((owner, text)))
    out, err = (1, "m", "stdout"), (1, "m", "stderr")
    keeper.text(out, "Loading dat")
    assert put == [(out, "Loading dat")]
    keeper.know(["dat-secret-1"])
    keeper.text(out, "Loading dat")
    keeper.text(out, "-secret")
    keeper.text(err, "beside")
    assert put[1:] == [(out, "Loading "), (err, "beside")]
    keeper.text(out, "-1 done")
    assert put[3:] == [(out, "[secret] done")]
    keeper.text(out, "dat")
    keeper.let_go()
    assert put[4:] == [(out, "dat")]
    keeper.know(["another-one"])  # after a change the earlier one is still looked for
    keeper.text(out, "dat-secret-1 another-one.")
    assert put[5:] == [(out, "[secret] [secret].")]


async def test_held_text_is_shown_when_nothing_follows() -> None:
    shown = asyncio.Event()
    keeper = Discretion(lambda owner, text: shown.set())
    keeper.know(["dat-secret-1"])
    before, discretion.HELD_S = discretion.HELD_S, 0.01
    try:
        keeper.text((1, "m", "stdout"), "dat")
        async with asyncio.timeout(10):
            await shown.wait()
    finally:
        discretion.HELD_S = before


def test_every_kind_of_entry_is_redacted() -> None:
    keeper = Discretion(lambda owner, text: None)
    keeper.know([CANARY])
    content = json.dumps({"data": {"text/plain": CANARY}}).encode()
    bodies = [
        wire.MessageBody("m", "display_data", content, content, (CANARY.encode(),)),
        wire.FinishedBody("m", "error", 0.0, 1, "ValueError", CANARY, ({"source": "page", "data": CANARY},)),
        wire.InputBody("m", CANARY, False),
        wire.DiedBody("signal", CANARY, -9, CANARY, 0.0),
    ]
    for body in bodies:
        assert "9fe1" not in repr(keeper.body(body))
    assert "9fe1" not in repr(keeper.told(wire.Told("1", "ok", content, (CANARY.encode(),), CANARY)))


async def test_what_is_to_run_waits_until_the_kernel_has_its_surroundings() -> None:
    asked: list[wire.Ask] = []
    done: list[bool] = []
    given = Surrounding()
    wanted = wire.Surround({"A": "1"}, {}, ())
    assert await given.change(wanted) is None  # there is no kernel yet
    given.begin(asked.append, lambda: done.append(given.is_under_way))
    assert given.is_under_way
    await asyncio.sleep(0)
    assert json.loads(asked[0].arguments) == {"variables": {"A": "1"}, "files": {}}
    assert given.hears(wire.Told(asked[0].id, "ok"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert done == [False]
    assert await given.change(wanted) is None  # it has that already
    assert len(asked) == 1
    changing = asyncio.ensure_future(given.change(wire.Surround({}, {}, ())))
    await asyncio.sleep(0)
    assert given.is_under_way
    given.hears(wire.Told(asked[1].id, "none", reason="no agent"))
    assert await changing == "no agent"
    assert not given.hears(wire.Told("somebody else's", "ok"))
    last = asyncio.ensure_future(given.change(wire.Surround({"B": "2"}, {}, ())))
    await asyncio.sleep(0)
    given.over()
    assert await last == "The kernel has ended."
