"""Input cells: what their definitions may say, and how a person's value becomes code that is only a value."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from collab.inputs import (
    BadValue,
    TextInput,
    assigned,
    assignment,
    input_of,
    is_variable,
    literal,
    options_of,
)
from collab.kinds import KEY

CORPUS = json.loads((Path(__file__).parents[1] / "data" / "inputs.json").read_text())


def defined(control: str, name: str = "x", **more: Any) -> dict[str, Any]:
    return {KEY: {"kind": "input", "control": control, "name": name, **more}}


def text_for(meta: dict[str, Any], value: object) -> str:
    definition = input_of(meta)
    assert definition is not None
    return assignment(definition, value)


@pytest.mark.parametrize(
    ("control", "more", "value", "text"),
    [
        ("text", {}, 'say "hi"\n\\', r'x = "say \"hi\"\n\\"'),
        ("text", {}, "größe 😀\u2028!ls\x85", r'x = "größe 😀\u2028!ls\x85"'),
        ("number", {}, 3, "x = 3"),
        ("number", {}, 3.0, "x = 3"),
        ("number", {}, -2.5, "x = -2.5"),
        ("number", {}, 1e300, "x = 1e+300"),
        ("slider", {"min": 0, "max": 1, "step": 0.1}, 1, "x = 1.0"),
        ("slider", {"max": 10}, 10, "x = 10"),
        ("date", {}, "2026-02-03", 'x = __import__("datetime").date(2026, 2, 3)'),
        ("select", {"options": ["a", 1, 2.5]}, 1.0, "x = 1"),
        ("select", {"options": ["1"]}, "1", 'x = "1"'),
        ("checkbox", {}, True, "x = True"),
        ("file", {}, "data/a b.csv", 'x = "data/a b.csv"'),
        ("file", {}, "", 'x = ""'),
    ],
)
def test_a_value_becomes_one_assignment(control: str, more: dict[str, Any], value: Any, text: str) -> None:
    assert text_for(defined(control, **more), value) == text


@pytest.mark.parametrize(
    ("control", "more", "value"),
    [
        ("text", {}, 1),
        ("text", {}, "x" * 10_001),
        ("text", {}, "\ud800"),
        ("number", {}, True),
        ("number", {}, "1"),
        ("number", {}, float("nan")),
        ("number", {}, float("inf")),
        ("number", {}, 10**400),
        ("number", {"min": 2}, 1),
        ("number", {"step": 1}, 1.5),
        ("slider", {}, 101),
        ("date", {}, "2026-2-3"),
        ("date", {}, "2026-02-30"),
        ("date", {}, "2026-02-03T00:00"),
        ("date", {"min": "2026-01-01"}, "2025-12-31"),
        ("select", {"options": ["a", 1]}, "b"),
        ("select", {"options": ["a", 1]}, True),
        ("select", {"options": ["a", 1]}, "1"),
        ("select", {}, ""),
        ("checkbox", {}, 1),
        ("file", {}, "/etc/passwd"),
        ("file", {}, "a/../../b"),
        ("file", {}, "a//b"),
        ("file", {}, "a\\b"),
        ("file", {}, "a\nb"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_words(control: str, more: dict[str, Any], value: Any) -> None:
    definition = input_of(defined(control, **more))
    assert definition is not None
    with pytest.raises(BadValue, match=r"^This .*\.$"):
        assignment(definition, value)


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"kind": "input"},
        {"kind": "sql", "control": "text", "name": "x"},
        {"kind": "input", "control": "password", "name": "x"},
        {"kind": "input", "control": "text", "name": 1},
        {"kind": "input", "control": "text", "name": "x", "label": "l" * 201},
        {"kind": "input", "control": "text", "name": "x", "label": "\ud800"},
        {"kind": "input", "control": "text", "name": "x", "runs": "everything"},
        {"kind": "input", "control": "slider", "name": "x", "min": 5, "max": 5},
        {"kind": "input", "control": "slider", "name": "x", "step": 0},
        {"kind": "input", "control": "slider", "name": "x", "max": float("inf")},
        {"kind": "input", "control": "slider", "name": "x", "max": 10**400},
        {"kind": "input", "control": "number", "name": "x", "min": "0"},
        {"kind": "input", "control": "date", "name": "x", "max": "soon"},
        {"kind": "input", "control": "select", "name": "x", "options": [["a"]]},
        {"kind": "input", "control": "select", "name": "x", "options": ["a" * 201]},
        {"kind": "input", "control": "select", "name": "x", "options": list(range(501))},
        {"kind": "input", "control": "select", "name": "x", "options": [float("nan")]},
        {"kind": "input", "control": "select", "name": "x", "variable": "a.b()"},
        [],
        "input",
        None,
    ],
)
def test_a_definition_that_makes_no_sense_is_none(found: Any) -> None:
    assert input_of({KEY: found}) is None


BAD_NAMES = [
    "",
    "1",
    "a b",
    "a.b",
    "class",
    "None",
    "a;b",
    "a=1",
    "a\n",
    "__x",
    "__builtins__",
    "ﬁ",
    "x" * 65,
    "a-b",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_python_would_not_take_as_it_stands_is_none(name: str) -> None:
    assert not is_variable(name)
    assert input_of(defined("text", name)) is None


SCALARS = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from(list("\"'\\\n\r%!?{}x#\x00\x0b\x0c\x1c\x85\u2028\u202e😀"))),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
)


@settings(max_examples=300, deadline=None)
@given(SCALARS)
def test_whatever_the_value_the_code_is_one_literal_and_gives_it_back(value: Any) -> None:
    line = f"x = {literal(value)}"
    assert line.isprintable()
    assert TransformerManager().transform_cell(line) == line + "\n"
    namespace: dict[str, Any] = {}
    exec(line, namespace)
    assert (namespace["x"], type(namespace["x"])) == (value, type(value))
    assert namespace.keys() == {"x", "__builtins__"}
    found = assigned("x", line)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "source",
    [
        "",
        "y = 1",
        "x == 1",
        "x = 1\nimport os",
        "x = 1; import os",
        "x = f'{1}'",
        "x = b''",
        "x = 'a' 'b'",
        "x = 'a' + input()",
        "x = __import__('os').getcwd()",
        'x = __import__("os").date(1, 1, 1)',
        'x = __import__("datetime").date(2026, 13, 1)',
        "x = 1_0",
        "x = 01",
        "x = 1e999",
        "x = '\u2028!ls'",
        "x = 'a\x85%%bash'",
        "x = '''a'''",
        r"x = '\N{BULLET}'",
        " x = 1",
        "x = 1 # y",
        "x = 1\r!ls",
        "x = 1\x0c!ls",
    ],
)
def test_a_text_that_is_more_than_the_assignment_of_a_literal_holds_no_value(source: str) -> None:
    assert assigned("x", source) is None


def test_a_text_typed_by_hand_counts_as_long_as_it_is_one() -> None:
    assert assigned("x", "x=5\n\n") == 5
    assert assigned("größe", "größe  =  'it''s'") is None
    assert assigned("größe", r"größe = 'it\'s'") == "it's"


@pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: entry["text"][:40])
def test_server_and_page_write_the_same_text(entry: dict[str, Any]) -> None:
    definition = input_of({KEY: {"kind": "input", "name": "x", **entry["definition"]}})
    assert definition is not None
    assert assignment(definition, entry["value"]) == f"x = {entry['text']}"
    found = assigned("x", f"x = {entry['text']}")
    assert found == (date.fromisoformat(entry["value"]) if isinstance(found, date) else entry["value"])


def test_of_what_a_kernel_says_only_texts_and_numbers_are_options() -> None:
    said = ["a", "a", 1, 2.5, True, None, [1], "l" * 201, "\ud800", float("nan"), 10**400]
    assert options_of(said) == ("a", 1, 2.5)
    assert options_of({"a": 1}) == ()
    assert len(options_of(list(range(9999)))) == 500


def test_a_definition_reads_what_it_does_not_know_as_if_it_were_not_there() -> None:
    assert input_of(defined("text", colour="red", id="c1")) == TextInput(name="x")
