"""What comm messages make of a kernel's widgets; also those that no honest kernel sends."""

from __future__ import annotations

from typing import Any

import pytest

from kernel_manager.reports import Message
from kernel_manager.supervisor.requests import Reply, Requests
from kernel_manager.widgets import Bounds, Closed, Models, Opened, Said, Updated, folded, ids_in


def message(kind: str, comm: Any, data: Any = None, buffers: tuple[bytes, ...] = (), **more: Any) -> Message:
    content = {"comm_id": comm, "data": data, **more}
    return Message(1, 1, "cell", kind, content, {}, buffers)


def opened(comm: str, state: Any, buffers: tuple[bytes, ...] = (), **data: Any) -> Message:
    return message("comm_open", comm, {"state": state, **data}, buffers, target_name="jupyter.widget")


def update(
    comm: str, state: Any, method: str = "update", buffers: tuple[bytes, ...] = (), **data: Any
) -> Message:
    return message("comm_msg", comm, {"method": method, "state": state, **data}, buffers)


def test_an_update_changes_its_keys_and_leaves_the_others() -> None:
    models = Models()
    [first] = models.apply(opened("a", {"value": 1, "max": 9}))
    assert isinstance(first, Opened)
    assert first.model.origin == "cell"
    [change] = models.apply(update("a", {"value": 5}))
    assert isinstance(change, Updated)
    assert (change.keys, change.is_echo, change.model.state) == ({"value"}, False, {"value": 5, "max": 9})
    [echo] = models.apply(update("a", {"value": 6}, "echo_update"))
    assert isinstance(echo, Updated)
    assert echo.is_echo
    assert models.apply(message("comm_close", "a")) == [Closed("a")]
    assert models.apply(update("a", {"value": 7})) == []
    assert models.size == 0


def test_buffers_are_kept_by_path_and_go_with_their_key() -> None:
    models = Models()
    paths = [["image"], ["files", 0, "content"]]
    models.apply(opened("a", {"files": [{"name": "x"}]}, (b"png", b"text"), buffer_paths=paths))
    model = models.get("a")
    assert model is not None
    assert model.buffers == {("image",): b"png", ("files", 0, "content"): b"text"}
    assert model.state["image"] is None
    models.apply(update("a", {"files": []}))
    assert model.buffers == {("image",): b"png"}
    assert [each.data for each in model.buffers_of(["image"])] == [b"png"]


def test_a_custom_message_leaves_no_trace() -> None:
    models = Models()
    models.apply(opened("a", {}))
    [said] = models.apply(message("comm_msg", "a", {"method": "custom", "content": {"do": 1}}, (b"x",)))
    assert isinstance(said, Said)
    assert (said.content, said.buffers) == ({"do": 1}, (b"x",))


def test_the_states_of_a_kernel_fill_a_server_that_starts_anew() -> None:
    models = Models(takes_up=True)
    models.apply(update("a", {"msg_id": "cell"}))  # heard before anybody knew of it
    states = {"a": {"state": {"value": 1}}, "b": {"model_name": "X", "state": {"image": None}}, "c": 3}
    data = {"method": "update_states", "states": states, "buffer_paths": [["b", "state", "image"]]}
    models.apply(message("comm_msg", "commonbook-widget-states", data, (b"png",)))
    a, b = models.get("a"), models.get("b")
    assert a is not None
    assert b is not None
    assert a.state == {"msg_id": "cell", "value": 1}
    assert b.buffers == {("image",): b"png"}
    assert models.get("c") is None


def test_too_many_models_and_too_large_values_are_left_out() -> None:
    models = Models(Bounds(models=3, model_bytes=1000, total_bytes=1500))
    for name in "abcd":
        models.apply(opened(name, {"n": 1}))
    assert len(models) == 3
    models.apply(update("a", {"text": "x" * 2000, "small": 1}))
    a = models.get("a")
    assert a is not None
    assert a.is_cut
    assert "text" not in a.state
    assert a.state["small"] == 1
    for name in "abc":
        models.apply(update(name, {"text": "x" * 700}))
    assert models.size <= 1500
    models.apply(update("b", {"huge": None}, buffers=(b"x" * 5000,), buffer_paths=[["huge"]]))
    b = models.get("b")
    assert b is not None
    assert b.buffers == {}
    for name in "abc":
        models.apply(message("comm_close", name))
    assert models.size == 0


@pytest.mark.parametrize(
    "hostile",
    [
        message("comm_open", "x", None, target_name="jupyter.widget"),
        message("comm_open", "x", {"state": [1]}, target_name="jupyter.widget"),
        message("comm_open", "x", {"state": {}}, target_name="somebody.else"),
        message("comm_open", 7, {"state": {}}, target_name="jupyter.widget"),
        message("comm_open", "x" * 300, {"state": {}}, target_name="jupyter.widget"),
        message("comm_msg", "known", {"method": "update", "state": 5}),
        message("comm_msg", "known", {"method": ["update"], "state": {}}),
        message("comm_msg", "known", {"method": "update_states"}),
        message("comm_msg", "commonbook-widget-states", {"method": "update_states", "states": [1]}),
        message("comm_msg", "known", 3),
        message("stream", "known", {}),
    ],
)
def test_what_is_not_of_the_right_shape_is_passed_over(hostile: Message) -> None:
    models = Models()
    models.apply(opened("known", {"value": 1}))
    assert models.apply(hostile) == []
    assert [model.state for model in models] == [{"value": 1}]


def test_an_abyss_ends_at_some_depth() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    models = Models()
    models.apply(
        opened("a", {"deep": deep, "nan": float("nan")}, buffer_paths=[[], [None], "x", ["deep"] * 99])
    )
    model = models.get("a")
    assert model is not None
    assert str(model.state["deep"]).count("[") < 100
    assert model.state["nan"] is None
    assert model.buffers == {}


def test_references_are_found_wherever_they_stand() -> None:
    view = {"outputs": [{"data": {"application/vnd.jupyter.widget-view+json": {"model_id": "z"}}}]}
    assert ids_in({"a": ["IPY_MODEL_x1"], "b": {"c": "IPY_MODEL_y-2"}, "d": "IPY", **view}) == {
        "x1",
        "y-2",
        "z",
    }


def test_an_output_widget_joins_text_and_redraws_lines() -> None:
    outputs: list[Any] = []
    for text in ("10 %", "\r20 %", "\ndone\n"):
        outputs = folded(outputs, "stream", {"name": "stdout", "text": text}) or []
    assert outputs == [{"output_type": "stream", "name": "stdout", "text": "20 %\ndone\n"}]
    shown = {"data": {"text/plain": "1"}, "transient": {"display_id": "d"}}
    outputs = folded(outputs, "display_data", shown) or []
    outputs = folded(outputs, "update_display_data", {**shown, "data": {"text/plain": "2"}}) or []
    assert outputs[1]["data"] == {"text/plain": "2"}
    assert folded(outputs, "status", {}) is None
    assert folded(outputs, "clear_output", {}) == []
    for _ in range(300):
        outputs = folded(outputs, "display_data", {"data": {}}) or []
    assert len(outputs) == 200
    [long] = folded([], "stream", {"name": "stdout", "text": "x" * 1_000_000}) or []
    assert len(long["text"]) < 300_000


def test_a_word_to_a_comm_is_over_when_the_kernel_is_idle_again() -> None:
    requests = Requests()
    assert requests.admit("move", has_reply=False)
    assert not requests.admit("move", has_reply=False)
    assert not requests.waiting_to_start
    requests.admit("cell")
    assert requests.replied("cell", Reply("ok"), 1.0) is None
    ended = requests.idle("move", 2.0)
    assert ended is not None
    assert (ended.msg_id, ended.status) == ("move", "ok")
    assert requests.count_open == 1
