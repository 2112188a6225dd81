"""Hardware classes in TOML: a fault has its line, class and field; what is written is read back."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.catalogue import Listed
from kernel_manager.hardware import HardwareClass
from server.hardware_file import Known, changes, read_file, write_file

KNOWN = Known({"ann": "u1", "ben": "u2"}, {"lab": "g1"}, ("local", "slurm"))

FILE = """
# Our machines
[[hardware]]
id = "small"
label = "Small"
engine = "local"
cpus = 2
memory_mib = 4096

[[hardware]]
id = "a100"
label = "One A100"
engine = "slurm"
gpus = 1
gpu_type = "a100"
price_per_hour = 2.5
users = ["Ann"]
groups = ["LAB"]
enabled = false

[hardware.options]
partition = "gpu"
"""

SMALL = HardwareClass(id="small", label="Small", engine="local", cpus=2, memory_mib=4096)
A100 = HardwareClass(
    id="a100",
    label="One A100",
    engine="slurm",
    gpus=1,
    gpu_type="a100",
    price_per_hour=2.5,
    users=("u1",),
    groups=("g1",),
    options={"partition": "gpu"},
)


def test_a_file_is_read_with_names_as_ids() -> None:
    found = read_file(FILE, KNOWN)
    assert found.faults == []
    assert found.classes == [Listed(SMALL), Listed(A100, enabled=False)]


def fault(text: str) -> tuple[int | None, str | None, str | None, str]:
    found = read_file(text, KNOWN)
    assert found.classes == []
    (only,) = found.faults
    return only.line, only.hardware, only.field, only.reason


HEAD = '[[hardware]]\nid = "a"\nlabel = "A"\nengine = "local"\n'


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("x = ", (1, None, None), "not TOML"),
        ('[[hardware]]\nid = "a"\nid = "b"\n', (3, None, None), "not TOML"),
        ("", (None, None, None), "holds no class"),
        ("hardware = 5", (None, None, None), "two brackets"),
        ("[hardware]\nid = 'a'", (None, None, None), "two brackets"),
        ("hardware = [1, 2]", (None, None, None), "two brackets"),
        (HEAD + "[other]\nx = 1", (None, None, None), "no setting 'other'"),
        (HEAD + "\n\ncpus = -1", (7, "a", "cpus"), "-1 is out of range"),
        (HEAD + "cpus = nan", (5, "a", "cpus"), "out of range"),
        (HEAD + "cpus = inf", (5, "a", "cpus"), "out of range"),
        (HEAD + "cpus = true", (5, "a", "cpus"), "cpus must be a number."),
        (HEAD + "memory_mib = '4 GB'", (5, "a", "memory_mib"), "must be a whole number"),
        (HEAD + "memory_mib = 4096.5", (5, "a", "memory_mib"), "must be a whole number"),
        (HEAD + "memory_mib = 1000000000000", (5, "a", "memory_mib"), "out of range"),
        (HEAD + f"gpus = {10**100}", (5, "a", "gpus"), "out of range"),
        (HEAD + f"cpus = {10**400}", (5, "a", "cpus"), "cpus"),
        (HEAD + "memory = 4096", (5, "a", "memory"), "Is memory_mib meant?"),
        (HEAD + "internet = 'yes'", (5, "a", "internet"), "must be true or false"),
        (HEAD + "users = ['mallory']", (5, "a", "users"), "no account 'mallory'"),
        (HEAD + "users = [1]", (5, "a", "users"), "must be a list of texts"),
        (HEAD + "groups = ['Nobody']", (5, "a", "groups"), "no group 'Nobody'"),
        (HEAD + "label.x = 1", (5, None, None), "not TOML"),
        (HEAD + "price_per_hour = 2026-01-01", (5, "a", "price_per_hour"), "must be a number"),
        (HEAD + "options = 'x'", (5, "a", "options"), "must be a table"),
        (HEAD + "[hardware.options]\npartition = 'x'", (5, "a", "options"), "takes no option 'partition'"),
        ("[[hardware]]\nid = 5\nlabel = 'A'\nengine = 'local'", (2, None, "id"), "must be a text"),
        ("[[hardware]]\nlabel = 'A'\nengine = 'local'", (1, None, "id"), "Every class needs id"),
        (HEAD + HEAD, (6, "a", "id"), "the class a twice"),
        (HEAD.replace("local", "cloud"), (4, "a", "engine"), "no engine 'cloud'"),
        (
            "[[hardware]]\nid = '../../etc'\nlabel = 'A'\nengine = 'local'",
            (2, "../../etc", "id"),
            "small letters",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_its_class_and_its_field(
    text: str, expected: tuple[int | None, str | None, str | None], words: str
) -> None:
    line, name, field, reason = fault(text)
    assert (line, name, field) == expected
    assert words in reason
    assert reason.endswith((".", "?"))


def test_all_faults_of_all_classes_are_told_and_nothing_is_taken() -> None:
    text = HEAD + "cpus = -1\nmemory_mib = 0\n" + HEAD.replace('"a"', '"b"') + "gpus = 'x'\n"
    found = read_file(text, KNOWN)
    assert found.classes == []
    assert [(each.hardware, each.field, each.line) for each in found.faults] == [
        ("a", "cpus", 5),
        ("a", "memory_mib", 6),
        ("b", "gpus", 11),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a = " + "[" * 50_000,
        "a = " + "{x=" * 20_000,
        "hardware = [" + "[]," * 50_000 + "]",
        "x" * 200_001,
        "a = " + "9" * 10_000,
        "\ufeff[[hardware]]",
        "a = '\x00'",
        "[[hardware]]\n" * 501,
        ".".join("a" * 3_000) + " = 1",
    ],
    ids=["headers", "arrays", "tables", "many", "long", "digits", "bom", "nul", "classes", "dots"],
)
def test_a_hostile_file_is_answered_soon_and_in_words(text: str) -> None:
    began = time.process_time()
    found = read_file(text, KNOWN)
    assert time.process_time() - began < 5
    assert found.classes == []
    assert found.faults
    assert all(len(each.reason) < 500 for each in found.faults)


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    assert read_file(text, KNOWN).faults
    read_file(HEAD + text, KNOWN)


def test_an_import_tells_what_is_added_what_changes_and_what_stays() -> None:
    before = [Listed(SMALL), Listed(replace(A100, id="other"))]
    wanted = [Listed(replace(SMALL, cpus=4, users=("u2",)), enabled=False), Listed(A100)]
    told = changes(before, wanted, KNOWN)
    assert [(each.id, each.kind) for each in told] == [("small", "changed"), ("a100", "added")]
    assert [(each.field, each.before, each.after) for each in told[0].fields] == [
        ("cpus", "2", "4"),
        ("users", "", '["ben"]'),
        ("enabled", "", "false"),
    ]
    assert [each.kind for each in changes(wanted, wanted, KNOWN)] == ["unchanged", "unchanged"]


line = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


@given(
    st.builds(
        HardwareClass,
        id=st.from_regex("[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
        label=line,
        engine=st.just("slurm"),
        description=line,
        cpus=st.none() | st.floats(0.1, 1024),
        memory_mib=st.none() | st.integers(128, 10**6),
        gpus=st.integers(0, 64),
        internet=st.booleans(),
        price_per_hour=st.none() | st.floats(0, 1000),
        users=st.sampled_from([(), ("u1",), ("u2", "u1")]),
        groups=st.sampled_from([(), ("g1",)]),
        max_per_user=st.none() | st.integers(1, 100),
        options=st.dictionaries(st.sampled_from(["partition", "qos"]), line.filter(lambda t: t[0] != "-")),
    ),
    st.booleans(),
)
def test_what_is_written_is_read_back(hardware: HardwareClass, enabled: bool) -> None:
    listed = Listed(hardware, enabled)
    found = read_file(write_file([listed], KNOWN), KNOWN)
    assert found.faults == []
    assert found.classes == [listed]
