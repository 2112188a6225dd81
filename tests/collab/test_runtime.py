"""The typed view of the runtime document: what is written reads back, and nothing is written twice."""

from __future__ import annotations

import pytest
from pycrdt import Array, Doc, Map

from collab.runtime import KernelEntry, RunEntry, RuntimeDocument
from collab.wire import (
    BlobRef,
    DisplayOutput,
    ErrorOutput,
    Inline,
    InputRequest,
    QueueEntry,
    StreamOutput,
    UnknownOutput,
)

CELL = "cell-00000000"
RUN = RunEntry("run-1", "user-1", "Ada", "queued", source_hash="00", queued="2024-01-01T00:00:00.000Z")
OUTPUTS = [
    StreamOutput("o1", "stdout", 12, 3, True, text="hello\n"),
    DisplayOutput("o2", {"text/plain": Inline("1"), "image/png": BlobRef("ff", 9)}, {"x": [1]}, "d", 4),
    ErrorOutput("o3", "ValueError", "no", ["line"]),
    UnknownOutput("o4", '{"output_type": "odd"}'),
]


@pytest.fixture
def runtime() -> RuntimeDocument:
    return RuntimeDocument(Doc())


def updates_of(runtime: RuntimeDocument) -> list[bytes]:
    updates: list[bytes] = []
    runtime.doc.observe(lambda event: updates.append(event.update))
    return updates


def queued(cell: str) -> QueueEntry:
    return QueueEntry("run-1", cell, "user-1", "Ada", "2024-01-01T00:00:00Z")


def test_an_empty_document_has_no_kernel_and_no_runs(runtime: RuntimeDocument) -> None:
    assert runtime.kernel() == KernelEntry()
    assert runtime.queue() == []
    assert runtime.entry(CELL) is None


def test_a_run_with_every_kind_of_output_reads_back(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    for index, output in enumerate(OUTPUTS):
        assert runtime.append_output(CELL, output) == index
    assert runtime.update_run(CELL, state="done", count=7, ended="2024-01-01T00:00:01Z", stale=True)
    entry = runtime.entry(CELL)
    assert entry is not None
    assert entry.outputs == OUTPUTS
    assert (entry.state, entry.count, entry.stale, entry.run) == ("done", 7, True, "run-1")
    assert isinstance(entry.count, int)
    assert runtime.entries() == {CELL: entry}


def test_a_run_can_begin_with_outputs(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RunEntry("r", "u", "Ada", "done", outputs=list(OUTPUTS)))
    entry = runtime.entry(CELL)
    assert entry is not None
    assert entry.outputs == OUTPUTS


def test_what_is_empty_takes_no_room_and_reads_back(runtime: RuntimeDocument) -> None:
    outputs = [
        StreamOutput("o1", "stdout", 12, 3, done=False),
        StreamOutput("o2", "stderr", 0, 0, True, text=""),
    ]
    entry = RunEntry("run-1", "", "", "done", count=0, outputs=outputs)
    runtime.begin_run(CELL, entry)
    stored = runtime.doc["cells"].to_py()[CELL]
    assert stored.keys() == {"run", "outputs"}
    assert stored["run"].keys() == {"run", "state", "count"}
    assert stored["outputs"][0].keys() == {"type", "id", "name", "bytes", "lines", "done"}
    assert runtime.entry(CELL) == entry


def test_a_new_run_replaces_the_old_one(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    runtime.append_output(CELL, OUTPUTS[0])
    runtime.begin_run(CELL, RunEntry("run-2", "user-2", "Ben", "queued"))
    entry = runtime.entry(CELL)
    assert entry is not None
    assert (entry.run, entry.outputs) == ("run-2", [])


def test_an_output_is_replaced_in_place(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    for output in OUTPUTS[:3]:
        runtime.append_output(CELL, output)
    assert runtime.replace_output(CELL, 1, OUTPUTS[3])
    assert not runtime.replace_output(CELL, 3, OUTPUTS[3])
    entry = runtime.entry(CELL)
    assert entry is not None
    assert entry.outputs == [OUTPUTS[0], OUTPUTS[3], OUTPUTS[2]]


def test_clearing_outputs_keeps_the_run_and_removing_forgets_it(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    runtime.append_output(CELL, OUTPUTS[0])
    runtime.clear_outputs(CELL)
    entry = runtime.entry(CELL)
    assert entry is not None
    assert entry.outputs == []
    runtime.remove(CELL)
    assert runtime.entry(CELL) is None


def test_a_cell_without_a_run_takes_no_outputs(runtime: RuntimeDocument) -> None:
    assert runtime.append_output(CELL, OUTPUTS[0]) is None
    assert not runtime.update_run(CELL, state="done")
    assert not runtime.replace_output(CELL, 0, OUTPUTS[0])
    runtime.clear_outputs(CELL)
    runtime.remove(CELL)


def test_kernel_fields_read_back_and_the_same_value_makes_no_update(runtime: RuntimeDocument) -> None:
    question = InputRequest("run-1", CELL, "Name? ", False)
    runtime.set_kernel(state="busy", epoch=3, input=question)
    assert runtime.kernel() == KernelEntry("busy", 3, input=question)
    updates = updates_of(runtime)
    runtime.set_kernel(state="busy", epoch=3, input=question)
    assert updates == []
    runtime.set_kernel(input=None)
    assert runtime.kernel().input is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("", "abc"), ("abc", ""), ("abc", "bc"), ("abc", "ac"), ("ac", "abc"), ("abc", "abc"), ("aba", "a")],
)
def test_the_queue_becomes_what_it_is_set_to(runtime: RuntimeDocument, old: str, new: str) -> None:
    runtime.set_queue(queued(cell) for cell in old)
    updates = updates_of(runtime)
    runtime.set_queue(queued(cell) for cell in new)
    assert [entry.cell for entry in runtime.queue()] == list(new)
    assert len(updates) == (old != new)


def test_a_suggestion_is_absent_unless_it_is_made(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    assert "suggestion" not in runtime.doc["cells"][CELL]["run"]
    runtime.update_run(CELL, suggestion="x = 1")
    assert runtime.doc["cells"][CELL]["run"]["suggestion"] == "x = 1"
    runtime.update_run(CELL, suggestion=None)
    assert "suggestion" not in runtime.doc["cells"][CELL]["run"]


def test_the_same_run_again_makes_no_update(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    updates = updates_of(runtime)
    assert runtime.update_run(CELL, state="queued", stale=False)
    assert updates == []


def test_a_run_that_an_earlier_version_wrote_reads_back_and_goes_on(runtime: RuntimeDocument) -> None:
    old = {
        "run": "run-1",
        "by": "user-1",
        "by_name": "Ada",
        "state": "running",
        "count": 4,
        "source_hash": "0" * 64,
        "queued": "2024-01-01T00:00:00.250Z",
    }
    long = {"type": "stream", "id": "o1", "name": "stdout", "bytes": 9000, "lines": 3, "done": True}
    runtime.doc["cells"][CELL] = Map(old | {"outputs": Array([long | {"head": "a", "tail": "z"}])})
    entry = runtime.entry(CELL)
    assert entry == RunEntry(**old, outputs=[StreamOutput("o1", "stdout", 9000, 3, True, head="a", tail="z")])  # type: ignore[arg-type]
    assert isinstance(entry.count, int)

    runtime.begin_run("other-cell-0000", RUN)
    runtime.update_run(CELL, state="done", ended="2024-01-01T00:00:01.500Z")

    entry = runtime.entry(CELL)
    assert entry is not None
    assert (entry.state, entry.by_name, entry.queued) == ("done", "Ada", old["queued"])
    assert (entry.ended, entry.source_hash) == ("2024-01-01T00:00:01.500Z", "0" * 16)
    assert runtime.doc["cells"].to_py()[CELL].keys() == {"run", "outputs"}


def test_joining_two_hundred_runs_of_long_texts_is_cheap(runtime: RuntimeDocument) -> None:
    cells = [f"cell-{number:011}" for number in range(200)]
    for cell in cells:
        runtime.begin_run(cell, RunEntry("run-000000000000", "user-00000000000", "Ada Lovelace", "queued"))
    for number, cell in enumerate(cells):
        runtime.set_queue(queued(waiting) for waiting in cells[number:])
        times = {"started": "2024-01-01T00:00:01.000Z", "source_hash": f"{number:064}"}
        runtime.update_run(cell, state="running", count=number, **times)
        runtime.append_output(cell, StreamOutput(f"log{number:09}-1", "stdout", 8192, 100, False))
        runtime.replace_output(cell, 0, StreamOutput(f"log{number:09}-1", "stdout", 25_000, 312, True))
        runtime.update_run(cell, state="done", ended="2024-01-01T00:00:02.000Z")
    assert len(runtime.doc.get_update()) < 70_000


def test_a_field_of_another_name_is_a_mistake(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    with pytest.raises(TypeError):
        runtime.update_run(CELL, outputs=[])
    with pytest.raises(TypeError):
        runtime.set_kernel(mood="good")


def test_a_batch_is_one_update(runtime: RuntimeDocument) -> None:
    runtime.begin_run(CELL, RUN)
    updates = updates_of(runtime)
    with runtime.transaction():
        runtime.update_run(CELL, state="running")
        runtime.append_output(CELL, OUTPUTS[0])
        runtime.set_kernel(state="busy")
        runtime.set_queue([queued(CELL)])
    assert len(updates) == 1
