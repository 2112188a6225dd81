"""Every entry once and in order, whatever is forgotten, put away or dropped."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_manager.supervisor.journal import TEXT_LIMIT, Journal, Record
from kernel_manager.supervisor.wire import Body, MessageBody, TruncatedBody

_decode = msgspec.msgpack.Decoder(Body).decode


def body_of(record: Record) -> Body:
    return _decode(record.body)


def text_of(records: list[Record]) -> str:
    bodies = [body_of(record) for record in records]
    return "".join(
        msgspec.json.decode(body.content)["text"] for body in bodies if isinstance(body, MessageBody)
    )


def read_all(journal: Journal, since: int = 0, limit: int = 1000) -> list[Record]:
    records: list[Record] = []
    while batch := journal.read(since, limit):
        records += batch
        since = batch[-1].seq
    return records


def test_a_reader_gets_what_came_after_its_place(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=1000)
    for number in range(5):
        journal.append(1, b"%d" % number, vital=False)
    assert [record.seq for record in journal.read(2, 1000)] == [3, 4, 5]


def test_unread_text_of_one_stream_is_one_entry(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=10**9)
    for number in range(10_000):
        journal.append_text(1, "m", "stdout", f"{number}\n")
    records = read_all(journal)
    assert len(records) == 1
    assert text_of(records) == "".join(f"{number}\n" for number in range(10_000))


def test_text_that_was_read_grows_no_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=10**6)
    journal.append_text(1, "m", "stdout", "a")
    before = journal.read(0, 1000)
    journal.append_text(1, "m", "stdout", "b")
    assert journal.read(0, 1000)[:1] == before
    assert [record.seq for record in journal.read(0, 1000)] == [1, 2]


@pytest.mark.parametrize("other", [(2, "m", "stdout"), (1, "n", "stdout"), (1, "m", "stderr")])
def test_different_streams_are_never_mixed(tmp_path: Path, other: tuple[int, str, str]) -> None:
    journal = Journal(tmp_path, cap_bytes=10**6)
    journal.append_text(1, "m", "stdout", "a")
    journal.append_text(*other, "b")
    journal.append_text(1, "m", "stdout", "c")
    assert [text_of([record]) for record in read_all(journal)] == ["a", "b", "c"]


def test_one_entry_of_text_stays_below_its_limit(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=10**9)
    for _ in range(5):
        journal.append_text(1, "m", "stdout", "x" * (TEXT_LIMIT // 2))
    records = read_all(journal)
    assert len(text_of(records)) == 5 * (TEXT_LIMIT // 2)
    assert all(len(text_of([record])) <= TEXT_LIMIT for record in records)


def test_memory_is_bounded_and_files_give_the_rest(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=100_000, memory_bytes=2_000, segment_bytes=500)
    bodies = [b"%04d" % number * 10 for number in range(500)]
    for body in bodies:
        journal.append(1, body, vital=False)
    assert len(list(tmp_path.glob("journal-*.seg"))) > 10
    assert [record.body for record in read_all(journal)] == bodies
    journal.acknowledge(500)
    assert list(tmp_path.glob("journal-*.seg")) == []
    assert journal.size == 0


def test_the_cap_drops_the_oldest_outputs_and_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=2_000, memory_bytes=500, segment_bytes=100)
    for _ in range(100):
        journal.append(3, b"x" * 50, vital=False)
    records = read_all(journal)
    notice, rest = body_of(records[0]), records[1:]
    assert isinstance(notice, TruncatedBody)
    assert notice.dropped_to == records[0].seq == rest[0].seq - 1
    assert notice.dropped_bytes == 50 * notice.dropped_to
    assert sum(len(record.body) for record in rest) <= 2_000
    assert rest[-1].seq == 100


def test_the_cap_never_drops_the_end_of_a_request(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=2_000, memory_bytes=500, segment_bytes=100)
    journal.append(1, b"x" * 50, vital=False)
    journal.append(1, b"started", vital=True)
    for _ in range(100):
        journal.append(1, b"x" * 50, vital=False)
    records = read_all(journal)
    assert [(record.seq, record.body) for record in records if record.body == b"started"] == [(2, b"started")]
    assert [record.seq for record in records] == sorted({record.seq for record in records})
    assert min(record.seq for record in read_all(journal, since=2)) > 2
    journal.acknowledge(2)
    assert b"started" not in [record.body for record in read_all(journal)]


def test_an_entry_too_big_for_the_journal_is_a_notice(tmp_path: Path) -> None:
    journal = Journal(tmp_path, cap_bytes=1_000)
    journal.append(1, b"before", vital=False)
    journal.append(1, b"x" * 900, vital=False)
    journal.append(1, b"after", vital=False)
    before, notice, after = read_all(journal)
    assert (before.body, after.body) == (b"before", b"after")
    assert body_of(notice) == TruncatedBody(2, 900)


def test_a_disk_that_refuses_costs_outputs_and_not_the_kernel(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "missing", cap_bytes=10_000, memory_bytes=1_000, segment_bytes=100)
    for _ in range(200):
        journal.append(1, b"x" * 20, vital=False)
    records = read_all(journal)
    assert isinstance(body_of(records[0]), TruncatedBody)
    assert records[-1].seq == 200
    assert sum(len(record.body) for record in records[1:]) <= 1_200


append = st.tuples(st.just("append"), st.integers(1, 60), st.booleans())
text = st.tuples(st.just("text"), st.sampled_from("ab"), st.text("xyz\n", min_size=1, max_size=30))
read = st.tuples(st.just("read"), st.integers(0, 30), st.integers(1, 200))
acknowledge = st.tuples(st.just("acknowledge"), st.integers(0, 30), st.none())


@settings(max_examples=150)
@given(st.lists(st.one_of(append, text, read, acknowledge), max_size=80), st.sampled_from([300, 100_000]))
def test_every_entry_is_read_once_in_order_until_it_is_acknowledged(
    steps: list[tuple[str, int | str, int | bool | str | None]], cap: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), cap_bytes=cap, memory_bytes=150, segment_bytes=40)
        said: list[tuple[str, bytes | str]] = []  # by order of arrival
        vital: dict[int, bytes] = {}
        seen: dict[int, bytes] = {}
        acknowledged = 0
        expected_text = ""
        for kind, first, second in steps:
            if kind == "append" and isinstance(first, int):
                body = msgspec.msgpack.encode(MessageBody("m", "d", b"%d" % len(said) * first))
                seq = journal.append(1, body, vital=bool(second))
                said.append(("append", body))
                if second:
                    vital[seq] = body
            elif kind == "text" and isinstance(second, str) and isinstance(first, str):
                journal.append_text(1, first, "stdout", second)
                said.append(("text", second))
                expected_text += second
            elif kind == "read" and isinstance(first, int) and isinstance(second, int):
                for record in journal.read(first, second):
                    if not isinstance(body_of(record), TruncatedBody):
                        assert seen.setdefault(record.seq, record.body) == record.body
            elif kind == "acknowledge" and isinstance(first, int):
                acknowledged = max(acknowledged, min(first, journal.last_seq))
                journal.acknowledge(first)

        records = read_all(journal, limit=100)
        seqs = [record.seq for record in records]
        assert seqs == sorted(set(seqs))
        assert all(
            seen.get(record.seq, record.body) == record.body
            for record in records
            if not isinstance(body_of(record), TruncatedBody)
        )
        assert {seq for seq in vital if seq > acknowledged} <= set(seqs)
        if cap == 100_000 and acknowledged == 0:
            assert seqs == list(range(1, journal.last_seq + 1))
            texts = [
                r
                for r in records
                if (b := body_of(r)) and isinstance(b, MessageBody) and b.msg_type == "stream"
            ]
            assert text_of(texts) == expected_text
            assert len(said) >= len(seqs)
        journal.close()
        assert list(Path(folder).iterdir()) == []
