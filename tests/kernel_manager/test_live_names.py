"""Names of living values: what code asks of them, and what can be told without running anything of theirs."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kernel_manager.analysis.live import LiveQuestion, question_in, written
from kernel_manager.guest.agent.names import complete
from kernel_manager.reports import Started
from tests.support.kernels import attached


class Touched(BaseException):
    """Somebody's own code ran."""


def _touch(*args: object, **kwargs: object) -> Any:
    raise Touched


class Meta(type):
    __dir__ = __getattribute__ = __instancecheck__ = __eq__ = _touch  # type: ignore[assignment]
    __hash__ = _touch  # type: ignore[assignment]


def trap_class() -> Any:
    """Return a class that nobody may touch, the test runner included."""

    class Trap(metaclass=Meta):
        __dir__ = __getattr__ = __iter__ = __eq__ = __hash__ = __len__ = _touch  # type: ignore[assignment]
        lazy = property(_touch)

        def __init__(self) -> None:
            object.__setattr__(self, "inner", {"deep": {"deeper": 1}})

        def __getattribute__(self, name: str) -> Any:
            raise Touched(name)

        def method(self) -> None: ...

    return Trap


class Key:
    """Has the hash of another key, and runs code when it is compared."""

    __eq__ = object.__eq__

    def __hash__(self) -> int:
        return hash("wanted")


@pytest.mark.parametrize(
    ("code", "wanted", "root", "path", "typed"),
    [
        ("df.", "attributes", "df", (), ""),
        ("x = df.lo", "attributes", "df", (), "lo"),
        ('df["na', "keys", "df", (), "na"),
        ("d['a'][\"b", "keys", "d", (("item", "a"),), "b"),
        ('df[["a", "b', "columns", "df", (), "b"),
        ('df.loc[:, "', "columns", "df", (), ""),
        ('df.groupby(by=["a", "', "columns", "df", (), ""),
        ("rows[0].na", "attributes", "rows", (("item", 0),), "na"),
        ('a.b["k', "keys", "a", (("attribute", "b"),), "k"),
        ('print(df["a"].', "attributes", "df", (("item", "a"),), ""),
        ('x = "never closed\ndf.', "attributes", "df", (), ""),
        ("fram", "names", "", (), "fram"),
    ],
)
def test_code_asks_for_the_names_of_a_value(code: str, wanted: Any, root: str, path: Any, typed: str) -> None:
    found = question_in(code)
    assert found is not None
    assert (found.wanted, found.root, found.path, found.typed) == (wanted, root, path, typed)


@pytest.mark.parametrize(
    "code", ["", "f(x).", "# df.", '"text', 'f"{df["', '"""df["', "1.", "d['a']['b']", 'd["a" + "', "x = ("]
)
def test_what_would_have_to_be_computed_is_not_asked(code: str) -> None:
    assert question_in(code) is None


def test_a_long_cell_is_read_in_milliseconds_and_from_its_last_lines() -> None:
    code = 'x = frame["a"].sum()\n' * 50_000
    began = time.process_time()
    assert question_in(f"{code}df.") == LiveQuestion("attributes", "df", (), "", "")
    assert time.process_time() - began < 0.5


def test_keys_are_written_so_that_python_reads_them_back() -> None:
    for name in ('a"b', "a'b", "back\\slash", "new\nline", "\x07", "ü 🎉", "\u202e"):
        for quote in "\"'":
            assert eval(f"{quote}{written(name, quote)}{quote}") == name


def names(namespace: dict[str, Any], code: str) -> dict[str, tuple[str, str]]:
    """Return what the agent tells of `code`: name to kind and detail."""
    question = question_in(code)
    assert question is not None
    asked = {"wanted": question.wanted, "root": question.root, "path": question.path, "typed": question.typed}
    told = complete(SimpleNamespace(user_ns=namespace), asked).content["names"]
    return {each["name"]: (each["kind"], each["detail"]) for each in told}


def test_nothing_of_a_hostile_value_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    trap = trap_class()
    namespace: dict[str, Any] = {"trap": trap(), "Class": trap, "d": {Key(): 1, "wanted": {"found": 1}}}
    monkeypatch.setattr(Key, "__eq__", _touch)
    told = names(namespace, "trap.")
    assert (told["inner"][0], told["method"][0], told["lazy"][0]) == ("instance", "function", "property")
    assert "deeper" in names(namespace, "trap.inner['deep']['")
    assert "method" in names(namespace, "Class.")
    assert names(namespace, "trap.lazy.") == names(namespace, "trap.missing.") == {}
    assert list(names(namespace, "d['wanted']['")) == ["found"]
    assert list(names(namespace, "d['")) == ["wanted"]
    held: defaultdict[str, Any] = defaultdict(_touch, a=1)
    assert names({"held": held}, "held['b'].") == {}
    assert list(held) == ["a"]
    loud = type("Loud", (dict,), {"items": _touch, "keys": _touch, "__iter__": _touch})(a=1)
    assert names({"loud": loud}, "loud['") == {}


def test_a_module_that_loads_lazily_is_not_made_to() -> None:
    module = ModuleType("lazy")
    vars(module).update(__getattr__=_touch, there=1)
    assert "there" in names({"lazy": module}, "lazy.th")
    assert names({"lazy": module}, "lazy.absent.") == {}


def test_columns_come_with_their_types() -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame = pd.DataFrame({"price": [1.5], "two words": ["a"], 3: [1]})
    for code in ('df["', 'df[["price", "', 'df.groupby("', 'df.loc[:, "'):
        assert names({"df": frame}, code) == {"price": ("column", "float64"), "two words": ("column", "str")}
    dotted = names({"df": frame}, "df.")
    assert dotted["price"] == ("column", "float64")
    assert "two words" not in dotted
    assert dotted["groupby"][0] == "function"
    assert "mean" in names({"df": frame}, "df.price.me")
    assert list(names({"df": pl.DataFrame({"Name": [1]})}, 'df["na')) == ["Name"]
    assert names({"n": 5}, 'n["') == {}


def test_many_names_are_cut_short() -> None:
    many = {f"key{number}": number for number in range(100_000)}
    assert len(names({"d": many}, 'd["')) == 200


@pytest.mark.kernel
async def test_names_are_told_while_a_cell_runs(tmp_path: Path) -> None:
    async with attached(tmp_path) as (client, reports, _):
        client.execute("a", "import time\nd = {'before': 1}\nd['while'] = 2\ntime.sleep(600)")
        await reports.first(Started, lambda report: report.msg_id == "a")
        asked = {"wanted": "keys", "root": "d", "path": [], "typed": ""}
        found: list[str] = []
        for _ in range(200):
            answer = await client.ask("names.complete", asked, 30)
            found = [each["name"] for each in answer.content["names"]]
            if found == ["before", "while"]:
                break
        assert found == ["before", "while"]
