"""Rules of folding a run's messages into outputs, on whole outputs."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.outputs import (
    Change,
    DisplayUpdated,
    DisplayValue,
    ErrorValue,
    Limits,
    OutputAdded,
    OutputFold,
    OutputReplaced,
    OutputsCleared,
    OutputValue,
    StreamChange,
    StreamValue,
    merged,
)
from kernel_manager.reports import Message


def message(msg_type: str, **content: Any) -> Message:
    return Message(seq=1, epoch=1, msg_id="m", msg_type=msg_type, content=content, metadata={})


def out(text: str, name: str = "stdout") -> Message:
    return message("stream", name=name, text=text)


def shown(text: str, display_id: str | None = None, msg_type: str = "display_data", **more: Any) -> Message:
    transient = {"display_id": display_id} if display_id else {}
    return message(msg_type, data={"text/plain": text}, metadata={}, transient=transient, **more)


class Follower:
    """Applies changes as a room does: a list of outputs, and logs that may be rewritten at their end."""

    def __init__(self) -> None:
        self.outputs: list[OutputValue] = []
        self.logs: dict[str, bytes] = {}
        self.updated: list[DisplayUpdated] = []

    def follow(self, changes: list[Change]) -> None:
        for change in changes:
            match change:
                case OutputAdded(index, value):
                    assert index == len(self.outputs)
                    self.outputs.append(value)
                case OutputReplaced(index, value):
                    self.outputs[index] = value
                case StreamChange():
                    log = self.logs.get(change.id, b"")
                    assert change.offset <= len(log), "a gap"
                    self.logs[change.id] = log[: change.offset] + change.text
                    self.logs[change.id].decode()
                    assert change.size == len(self.logs[change.id])
                    assert self.outputs[change.index].id == change.id
                case OutputsCleared(streams):
                    self.outputs.clear()
                    for stream in streams:
                        self.logs.pop(stream, None)
                case DisplayUpdated():
                    self.updated.append(change)

    def texts(self) -> list[tuple[str, str]]:
        found = []
        for value in self.outputs:
            match value:
                case StreamValue():
                    found.append((value.name, self.logs.get(value.id, b"").decode() or value.text or ""))
                case DisplayValue():
                    found.append(("display", value.data.get("text/plain", "")))
                case ErrorValue():
                    found.append(("error", value.ename))
        return found


def follow(*messages: Message, limits: Limits | None = None) -> Follower:
    fold, follower = OutputFold("run", limits), Follower()
    for each in messages:
        follower.follow(fold.apply(each))
    follower.follow(fold.finish())
    assert tuple(follower.outputs) == fold.outputs
    return follower


def test_text_of_one_stream_in_a_row_is_one_output() -> None:
    follower = follow(out("a"), out("b\n"), out("c"))

    assert follower.texts() == [("stdout", "ab\nc")]
    assert follower.outputs == [StreamValue("run-1", "stdout", 4, 2, done=True, text="ab\nc")]


def test_alternating_streams_keep_their_order() -> None:
    follower = follow(out("1"), out("2", "stderr"), out("3"))

    assert follower.texts() == [("stdout", "1"), ("stderr", "2"), ("stdout", "3")]
    assert len({value.id for value in follower.outputs}) == 3


def test_a_display_between_starts_a_new_stretch_of_the_stream() -> None:
    follower = follow(out("1"), shown("chart"), out("2"))

    assert follower.texts() == [("stdout", "1"), ("display", "chart"), ("stdout", "2")]


def test_comm_and_status_messages_change_nothing_and_split_nothing() -> None:
    follower = follow(out("1"), message("comm_msg", data={}), message("status"), out("2"))

    assert follower.texts() == [("stdout", "12")]


def test_empty_or_malformed_text_is_no_output() -> None:
    bad = [out(""), message("stream", name="stdout"), message("stream", name="stdout", text=["a"])]

    assert follow(*bad).outputs == []


def test_a_result_carries_its_prompt_number() -> None:
    follower = follow(shown("42", msg_type="execute_result", execution_count=7))

    assert follower.outputs == [DisplayValue("run-1", {"text/plain": "42"}, {}, None, 7)]


def test_an_error_keeps_its_coloured_traceback() -> None:
    lines = ["\x1b[31mZeroDivisionError\x1b[0m", "  1/0"]
    follower = follow(message("error", ename="ZeroDivisionError", evalue="division", traceback=lines))

    assert follower.outputs == [ErrorValue("run-1", "ZeroDivisionError", "division", tuple(lines))]


def test_clear_output_at_once_empties_the_cell_and_drops_the_logs() -> None:
    follower = follow(out("old"), shown("x"), message("clear_output", wait=False))

    assert follower.outputs == []
    assert follower.logs == {}


def test_clear_output_that_waits_keeps_the_old_until_the_new_is_there() -> None:
    fold, follower = OutputFold("run"), Follower()
    follower.follow(fold.apply(out("old")))
    follower.follow(fold.apply(message("clear_output", wait=True)))
    assert follower.texts() == [("stdout", "old")]

    follower.follow(fold.apply(out("new")))

    assert follower.texts() == [("stdout", "new")]


def test_a_waiting_clear_with_nothing_after_it_clears_nothing() -> None:
    assert follow(out("old"), message("clear_output", wait=True)).texts() == [("stdout", "old")]


def test_ids_are_never_used_again_after_a_clear() -> None:
    fold = OutputFold("run")
    fold.apply(out("a"))
    first = fold.outputs[0].id
    fold.apply(message("clear_output", wait=False))
    fold.apply(out("b"))

    assert fold.outputs[0].id != first


def test_a_display_update_changes_every_display_of_that_name_and_only_those() -> None:
    follower = follow(
        shown("1", "bar"),
        shown("other", "else"),
        shown("1", "bar"),
        shown("2", "bar", msg_type="update_display_data"),
    )

    assert follower.texts() == [("display", "2"), ("display", "other"), ("display", "2")]


def test_a_display_update_is_reported_for_the_cells_above() -> None:
    follower = follow(shown("2", "bar", msg_type="update_display_data"))

    assert follower.outputs == []
    assert follower.updated == [DisplayUpdated("bar", {"text/plain": "2"}, {})]


def test_a_display_update_does_not_split_the_stream() -> None:
    follower = follow(out("1"), shown("2", "bar", msg_type="update_display_data"), out("3"))

    assert follower.texts() == [("stdout", "13")]


def test_values_that_json_cannot_hold_are_made_safe() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = [deep]
    data = {"application/json": {"nan": float("nan"), "big": 10**400, "deep": deep, 3: "\ud800"}}
    value = follow(message("display_data", data=data, metadata={})).outputs[0]

    assert isinstance(value, DisplayValue)
    safe = value.data["application/json"]
    assert (safe["nan"], safe["big"], safe["3"]) == (None, None, "\ufffd")
    assert repr(safe["deep"]).count("[") < 100


@pytest.mark.parametrize("msg_type", ["display_data", "execute_result", "update_display_data", "error"])
def test_a_message_of_the_wrong_shape_is_survived(msg_type: str) -> None:
    for content in ({}, {"data": None, "traceback": 3, "transient": []}, {"data": [1], "metadata": "x"}):
        follow(message(msg_type, **content))


def test_a_surrogate_pair_sent_as_two_halves_is_one_character() -> None:
    assert follow(out("\ud83d\ude00 \ud800")).texts() == [("stdout", "😀 �")]


def test_too_many_outputs_end_in_one_visible_notice() -> None:
    messages = [shown(str(n)) for n in range(30)] + [out("x"), out("y", "stderr")]
    follower = follow(*messages, limits=Limits(outputs=10))

    assert len(follower.outputs) == 11
    assert follower.texts()[-1] == ("stderr", "Output truncated: only the first 10 outputs are kept.\n")


def test_an_error_is_shown_even_after_too_many_outputs() -> None:
    messages = [shown(str(n)) for n in range(30)] + [message("error", ename="E", evalue="", traceback=[])] * 9
    follower = follow(*messages, limits=Limits(outputs=10, errors=3))

    assert follower.texts()[10:] == [follower.texts()[10], ("error", "E"), ("error", "E")]


def test_a_clear_makes_room_again() -> None:
    messages = [shown(str(n)) for n in range(30)] + [message("clear_output", wait=True), out("new")]

    assert follow(*messages, limits=Limits(outputs=10)).texts() == [("stdout", "new")]


def test_a_flood_keeps_its_beginning_and_its_end() -> None:
    lines = [f"line {n}\n" for n in range(5000)]
    text = "".join(lines)
    chunks = [out("".join(lines[at : at + 50])) for at in range(0, 5000, 50)]
    follower = follow(*chunks, limits=Limits(stream_bytes=10_000, least_stream_bytes=10))
    value = follower.outputs[0]
    assert isinstance(value, StreamValue)

    kept = follower.logs[value.id].decode()

    assert kept == text[:1000] + text[-1000:]
    assert value.size == 2000
    assert value.truncated == len(text) - 2000
    assert value.lines == kept.count("\n")
    assert value.text is None


def test_the_streams_of_a_run_share_their_cap() -> None:
    limits = Limits(stream_bytes=20_000, least_stream_bytes=1000)
    messages = [out("x" * 9000 + "\n", name) for _ in range(10) for name in ("stdout", "stderr")]

    kept = [
        value.size for value in follow(*messages, limits=limits).outputs if isinstance(value, StreamValue)
    ]

    assert kept[:2] == [9001, 9001]
    assert kept[2:] == sorted(kept[2:], reverse=True)
    assert kept[-10:] == [200] * 10


def test_only_a_short_text_is_part_of_its_output() -> None:
    short, long = "ü" * 256, "ü" * 256 + "\n"

    values = follow(out(short), out(long, "stderr")).outputs

    assert [value.text for value in values if isinstance(value, StreamValue)] == [short, None]


def test_a_million_lines_fold_fast_and_in_little_memory() -> None:
    line = "epoch 000123 loss=0.1234567 accuracy=0.98765\n"
    chunk = out(line * 1000)
    fold = OutputFold("run")
    tracemalloc.start()
    for _ in range(100):
        fold.apply(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    began = time.perf_counter()
    for _ in range(1000):
        fold.apply(chunk)
    mb_per_s = len(line) / (time.perf_counter() - began)

    assert peak < 12_000_000
    assert mb_per_s > 50


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("stdout"), st.text("a\n\r\bé😀", max_size=6)),
            st.tuples(st.just("stderr"), st.text("a\n\r\bé😀", max_size=6)),
            st.tuples(st.just("display"), st.text("a", max_size=2)),
        ),
        max_size=20,
    )
)
def test_two_changes_merged_do_what_they_do_one_by_one(steps: list[tuple[str, str]]) -> None:
    fold = OutputFold("run")
    logs: dict[str, bytes] = {}
    pending: dict[str, StreamChange] = {}
    for kind, text in steps:
        for change in fold.apply(shown(text) if kind == "display" else out(text, kind)):
            if isinstance(change, StreamChange):
                logs[change.id] = logs.get(change.id, b"")[: change.offset] + change.text
                before = pending.get(change.id)
                pending[change.id] = merged(before, change) if before else change

    assert {name: change.text for name, change in pending.items()} == logs
