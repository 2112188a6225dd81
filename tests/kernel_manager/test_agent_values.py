"""How the agent looks at values: hostile ones, plain ones and those of libraries. No kernel, no waiting."""

from __future__ import annotations

import json
import sys
import types
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from kernel_manager.guest.agent.children import children_of, count_of
from kernel_manager.guest.agent.explorer import MOST_VARIABLES, Explorer, look_at, shown
from kernel_manager.guest.agent.marks import mark_of
from kernel_manager.guest.agent.operations import Refused
from kernel_manager.guest.agent.plots import plot_of


class Touched(BaseException):
    """Somebody's own code ran."""


def _touch(*args: object, **kwargs: object) -> Any:
    raise Touched


class Trap:
    """Everything that can be asked of it is a trap, a class of its own included."""

    __len__ = __iter__ = __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __getattr__ = _touch  # type: ignore[assignment]
    __format__ = __sizeof__ = __dir__ = __reduce_ex__ = __index__ = __float__ = __array__ = _touch  # type: ignore[assignment]
    shape = dtype = nbytes = columns = size = property(_touch)

    def __getattribute__(self, name: str) -> Any:
        raise Touched(name)


class LyingClass(Trap):
    __class__ = property(_touch)  # type: ignore[assignment]


class OwnDict(Trap):
    __dict__ = property(_touch)  # type: ignore[assignment]


class Meta(type):
    __instancecheck__ = __subclasscheck__ = __repr__ = __len__ = __eq__ = __getattribute__ = _touch  # type: ignore[assignment]
    __hash__ = _touch  # type: ignore[assignment]


class LoudStr(str):
    __str__ = __repr__ = __len__ = __iter__ = __getitem__ = __eq__ = __hash__ = __format__ = _touch  # type: ignore[assignment]


class LoudDict(dict):  # type: ignore[type-arg]
    items = values = __len__ = __iter__ = __repr__ = _touch  # type: ignore[assignment]


class Zone(tzinfo):
    utcoffset = tzname = dst = _touch  # type: ignore[assignment]


class OthersSlot(Trap):
    __dict__ = type.__dict__["__dict__"]


class ndarray(Trap):
    """Calls itself numpy's."""


ndarray.__module__ = "numpy"


def shell(**names: Any) -> Any:
    """Return what the explorer uses of IPython's shell."""
    events = types.SimpleNamespace(register=lambda event, call: calls.setdefault(event, call))
    calls: dict[str, Any] = {}
    parent = {"header": {"msg_id": ""}}
    return types.SimpleNamespace(
        user_ns=dict(names), user_ns_hidden={}, events=events, calls=calls, parent_header=parent,
        transform_cell=lambda text: text,
    )  # fmt: skip


def run(ipython: Any, request: str, code: str) -> None:
    """Run a cell."""
    ipython.parent_header = {"header": {"msg_id": request}}
    ipython.calls["pre_execute"]()
    exec(code, ipython.user_ns)
    ipython.user_ns.pop("__builtins__", None)
    ipython.calls["post_execute"]()
    result = types.SimpleNamespace(success=True, info=types.SimpleNamespace(raw_cell=code))
    ipython.calls["post_run_cell"](result)


def hostile() -> list[Any]:
    class Odd(metaclass=Meta):
        pass

    return [
        Trap(), LyingClass(), OwnDict(), OthersSlot(), Odd, Odd(), LoudStr("x"), LoudDict(a=1), ndarray(),
        Trap, LyingClass,
        datetime(2020, 1, 1, tzinfo=Zone()), [Trap()], {1: Trap()}, (Trap(), [Trap()]), deque([Trap()]),
        {"a": LoudStr("x")}, [LoudDict()], [Odd], defaultdict(_touch, a=Trap()), iter([]), (x for x in "a"),
    ]  # fmt: skip


def test_nothing_of_a_strange_value_is_called() -> None:
    for value in hostile():
        json.dumps(shown("x", value))
        mark_of(value)
        for _, child in children_of(value, 0, 5):
            look_at(child)
        assert look_at(value).kind != "array"


def test_a_library_is_known_by_what_it_holds_and_not_by_what_a_type_says() -> None:
    fake = ndarray()
    assert (look_at(fake).type, look_at(fake).preview) == ("ndarray", "")


def test_recursive_and_deep_containers_end() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    assert look_at(ring).preview == "[1, [1, […]]]"
    deep: Any = []
    for _ in range(5000):
        deep = {"a": [deep]}
    assert look_at(deep).preview == "{'a': [{…}]}"


def test_a_container_that_is_changing_is_shown_as_far_as_it_goes() -> None:
    class Changing(Exception):
        pass

    class Key:
        def __hash__(self) -> int:
            return 1

    assert look_at({Key(): 1}).preview == "{<" + Key.__qualname__ + ">: 1}"


PLAIN = [
    (5, "number", "5"), (True, "number", "True"), (1.5, "number", "1.5"), (float("nan"), "number", "nan"),
    (-float("inf"), "number", "-inf"), (2j, "number", "2j"), (10**1000, "number", "about 10^1000"),
    (Decimal("1.10"), "number", "1.10"), (None, "other", "None"), ("שלום 🎉", "text", "'שלום 🎉'"),
    ("\u202eabc", "text", "'\\u202eabc'"), ("\ud800", "text", "'\\ud800'"), (b"\x00a", "text", "b'\\x00a'"),
    (OrderedDict(a=1), "collection", "{'a': 1}"), (range(0, 10, 3), "collection", "range(0, 10, 3)"),
    (set(), "collection", "{}"), (timedelta(1), "date", "1 day, 0:00:00"), (sys, "module", "sys"),
    (datetime(2020, 1, 1, tzinfo=UTC), "date", "2020-01-01 00:00:00+00:00"), (len, "function", "len"),
    (lambda a, b=1, *c, d, **e: 0, "function", "(a, b, *c, d, **e)"), (Trap.__init__, "other", ""),
    (Enum("Colour", ["RED"]).RED, "other", ""), (namedtuple("Point", "x y")(1, 2), "other", ""),  # type: ignore[misc]
]  # fmt: skip


@pytest.mark.parametrize(("value", "kind", "preview"), PLAIN, ids=range(len(PLAIN)))
def test_plain_values_are_shown_in_one_line(value: object, kind: str, preview: str) -> None:
    look = look_at(value)
    assert (look.kind, look.preview) == (kind, preview)


def test_large_values_cost_and_say_little() -> None:
    for value in (
        "x" * 1_000_000,
        bytes(1_000_000),
        list(range(1_000_000)),
        dict.fromkeys(range(100_000), "y" * 99),
    ):
        look = look_at(value)
        assert len(look.preview) <= 120
        assert look.length is not None
        assert (look.size or 0) > 100_000


def test_arrays_and_frames_say_their_form_and_their_first_values() -> None:
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    days = pd.to_datetime(["2020-01-01", None])
    frame = pd.DataFrame([[1, "a", days[0]], [2, "b", days[1]]], columns=["n", "n", 3])
    frame["c"] = pd.Categorical(["q", "r"])
    odd = np.empty(2, dtype=object)
    odd[0], odd[1] = Trap(), 1
    nat = np.array(["2020-01-01", "NaT"], dtype="M8[D]")
    for value, kind, form, shape, preview in [
        (np.zeros((2, 3)), "array", "ndarray float64", [2, 3], "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]"),
        (odd, "array", "ndarray object", [2], "[<Trap>, 1]"),
        (nat, "array", "ndarray datetime64[D]", [2], "[2020-01-01, NaT]"),
        (np.float32(np.inf), "number", "float32", None, "inf"),
        (np.array(5), "array", "ndarray int64", [], "[5]"),
        (frame, "frame", "DataFrame", [2, 4], "n int64, n str, 3 datetime64[us], c category"),
        (frame["c"], "array", "Series category", [2], "'c': ['q', 'r']"),
        (pd.Series([object(), None], dtype=object), "array", "Series object", [2], "[<object>, None]"),
        (pd.Series(days), "array", "Series datetime64[us]", [2], "['2020-01-01', nan]"),
        (pd.NaT, "other", "NaTType", None, "NaT"),
        (pd.Timestamp("2020-01-01", tz="UTC"), "date", "Timestamp", None, "2020-01-01 00:00:00+00:00"),
        (pd.MultiIndex.from_tuples([(1, 2)]), "array", "MultiIndex object", [1], "[(1, 2)]"),
        (pd.period_range("2024-01", "2024-01", freq="M"), "array", "PeriodIndex period[M]", [1], "[2024-01]"),
        (pd.Categorical(["a", None]), "array", "Categorical category", [2], "['a', nan]"),
        (pd.Interval(0, 1), "date", "Interval", None, "(0, 1]"),
        ([pd.Timestamp("2020-01-01"), pd.NaT], "collection", "list", None, "[2020-01-01 00:00:00, NaT]"),
        (np.ma.array([1, 2], mask=[0, 1]), "array", "MaskedArray int64", [2], ""),
        (np.rec.array([(1, "a")]), "array", "recarray records", [1], ""),
        (pd.DataFrame(np.zeros((1, 2000))), "frame", "DataFrame", [1, 2000], None),
    ]:  # fmt: skip
        look = look_at(value)
        assert (look.kind, look.type, look.shape) == (kind, form, shape)
        assert preview is None or look.preview == preview
        json.dumps(shown("x", value))
    assert [label for label, _ in children_of(frame, 0, 9)] == ["n", "n", "3", "c"]
    assert count_of(frame["n"].iloc[:, 0]) == 0


def test_columns_of_somebodys_own_type_are_not_asked() -> None:
    pd = pytest.importorskip("pandas")

    class Own(pd.api.extensions.ExtensionDtype):  # type: ignore[misc]
        type, name = object, property(_touch)
        __str__ = __repr__ = _touch

    Own.__qualname__ = "Own"

    class Values(pd.api.extensions.ExtensionArray):  # type: ignore[misc]
        dtype, armed = Own(), False
        nbytes = property(_touch)
        isna, copy = (lambda self: [False]), (lambda self: self)
        __len__ = lambda self: 1  # noqa: E731

        def __getitem__(self, item: Any) -> Any:
            return _touch() if Values.armed and item != slice(None) else self

    column = pd.Series(Values(), copy=False, name="c")
    frame = pd.DataFrame({"c": column, "n": [1]}, copy=False)
    Values.armed = True
    assert (look_at(column).type, look_at(column).length) == ("Series Own", 1)
    assert (look_at(frame).preview, look_at(frame).size) == ("c Own, n int64", None)
    for value in (column, frame):
        assert mark_of(value) != 0


def test_what_hangs_on_an_object_is_shown_and_can_be_unfolded() -> None:
    class Point:
        def __init__(self) -> None:
            self.x, self._hidden, self.label = 1, 2, "a"

    assert look_at(Point()).preview == "x=1, label='a'"
    for value in (Point(), types.SimpleNamespace(a=1)):
        assert look_at(value).children
        assert count_of(value) == len(vars(value))


def test_one_value_that_defies_looking_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel_manager.guest.agent.explorer.plain", lambda v: _touch() if v == 1 else None)
    ipython = shell(bad=1, good=types.SimpleNamespace(a=2))
    items = Explorer(ipython).snapshot(ipython, {}).content["items"]
    assert [(each["name"], each["type"]) for each in items] == [("bad", "int"), ("good", "SimpleNamespace")]


def test_modules_of_torch_say_how_many_parameters_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a look-alike: torch itself is not among the tests' packages."""
    torch = types.ModuleType("torch")

    class Parameter:
        __slots__ = ("count",)

        def __init__(self, count: int) -> None:
            self.count = count

        nelement, __repr__ = (lambda self: self.count), _touch

    Parameter.__module__, Parameter.__qualname__ = "torch", "Parameter"
    torch.Parameter = Parameter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)

    class Net:
        def __init__(self, *inner: Any) -> None:
            self.training = True
            self._parameters = {"weight": Parameter(1000), "bias": None, "odd": Trap()}
            self._modules = {str(at): each for at, each in enumerate(inner)}

        __call__ = __getattr__ = __repr__ = __len__ = _touch

    shared = Net()
    net = Net(shared, shared, Trap(), None)
    net._modules["ring"] = net
    assert (look_at(net).kind, look_at(net).preview) == ("model", "2,000 parameters, training")


def test_lazy_values_stay_lazy() -> None:
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    duckdb, xr = pytest.importorskip("duckdb"), pytest.importorskip("xarray")
    linear = pytest.importorskip("sklearn.linear_model")
    lazy = pl.DataFrame({"a": [1]}).lazy().map_batches(_touch)
    relation = duckdb.sql("select 1 as a, error('it ran') as b")
    frame = pl.DataFrame({"a": [1, 2]})
    data = xr.Dataset({"t": ("x", [1, 2])})
    model, fitted = linear.LinearRegression(), linear.LinearRegression().fit([[1], [2]], [1, 2])
    for value, kind, preview in [
        (lazy, "LazyFrame", "a query that has not run"),
        (relation, "Relation", "a query: a INTEGER, b"),
        (frame, "DataFrame", "a Int64"),
        (frame["a"], "Series Int64", "'a': [1, 2]"),
        (pa.table({"a": [1]}), "Table", "a int64"),
        (pa.array([1, None]), "Int64Array int64", "[1, None]"),
        (data["t"], "DataArray int64", "'t' (x: 2)"),
        (data, "Dataset", "(x: 2) 't'"),
        (model, "LinearRegression", "not fitted: fit_intercept=True"),
        (fitted, "LinearRegression", "fitted: fit_intercept=True"),
    ]:
        look = look_at(value)
        assert (look.type, look.preview[: len(preview)]) == (kind, preview)
        json.dumps(shown("x", value))
    assert [label for label, _ in children_of(data, 0, 9)] == ["t"]
    assert "coef_" in [label for label, _ in children_of(fitted, 0, 20)]


def test_tensors_on_a_gpu_are_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a look-alike: torch itself is not among the tests' packages."""
    torch = types.ModuleType("torch")

    class Tensor:
        shape, dtype, device, _version = (2, 2), "torch.float32", "cuda:0", 3
        nelement, element_size, is_contiguous = (lambda self: 4), (lambda self: 4), (lambda self: True)
        detach = _touch

    Tensor.__module__, Tensor.__qualname__ = "torch", "Tensor"
    torch.Tensor = Tensor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    look = look_at(Tensor())
    assert (look.type, look.shape, look.size, look.preview) == ("Tensor float32", [2, 2], 16, "[…] on cuda:0")
    before = mark_of(Tensor())
    monkeypatch.setattr(Tensor, "_version", 4)
    assert mark_of(Tensor()) != before


def test_a_mark_changes_with_what_changes_in_place() -> None:
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")

    class Thing:
        pass

    def poke(thing: Any) -> None:
        thing.x = 1

    pl, xr = pytest.importorskip("polars"), pytest.importorskip("xarray")
    linear = pytest.importorskip("sklearn.linear_model")
    changes: list[tuple[Any, Any]] = [
        (linear.LinearRegression(), lambda v: v.fit([[1], [2]], [1, 2])),
        (types.SimpleNamespace(a=1), lambda v: setattr(v, "a", "2")),
        (pl.Series([1, 2]), lambda v: v.append(pl.Series([3]))),
        (xr.Dataset({"t": ("x", [1, 2])}), lambda v: v.__setitem__("u", ("x", [3, 4]))),
        (xr.DataArray([1.0, 2.0], dims="x"), lambda v: v.__setitem__(0, 9.0)),
        (np.ma.array([1, 2]), lambda v: v.__setitem__(0, 7)),
        ([1, 2], lambda v: v.append(3)), ([1, 2], lambda v: v.__setitem__(0, 9)), (Thing(), poke),
        ({1}, lambda v: v.add(2)), (bytearray(b"ab"), lambda v: v.__setitem__(0, 0)),
        ({"a": 1}, lambda v: v.update(a=2)), (np.zeros((3, 3)), lambda v: v.__setitem__((0, 0), 1)),
        (pd.Series([1, 2]), lambda v: v.__setitem__(0, 7)),
        (pd.DataFrame({"a": [1, 2]}), lambda v: v.__setitem__("b", 1)),
        (pd.DataFrame({"a": [1, 2]}), lambda v: v.__setitem__("a", [1, 3])),
    ]  # fmt: skip
    for value, change in changes:
        before = mark_of(value)
        assert mark_of(value) == before
        change(value)
        assert mark_of(value) != before


def test_each_variable_knows_who_bound_it_and_who_changed_it() -> None:
    ipython = shell()
    explorer = Explorer(ipython)

    def origins() -> dict[str, tuple[Any, Any, bool]]:
        items = explorer.snapshot(ipython, {}).content["items"]
        return {each["name"]: (each["defined"], each["changed"], each["fresh"]) for each in items}

    run(ipython, "a", "x = 5\nxs = [1]\nimport sys as system\ndef f():\n    local = x\nfor i in xs: pass")
    assert origins() == dict.fromkeys(("x", "xs", "system", "f", "i"), ("a", None, True))
    run(ipython, "b", "x = 5\nxs.append(2)")
    assert origins()["x"] == ("b", None, True)
    assert origins()["xs"] == ("a", "b", True)
    assert origins()["f"] == ("a", None, False)
    run(ipython, "c", "xs = [y for y in xs]\ndel i")
    assert origins()["xs"] == ("c", None, True)
    assert "i" not in origins()
    assert "y" not in origins()
    ipython.parent_header = {"header": {"msg_id": "d"}}
    ipython.calls["pre_execute"]()
    ipython.user_ns["xs"].append(1)
    ipython.user_ns["new"] = 1
    assert origins()["xs"] == ("c", "d", True)
    assert origins()["new"] == ("d", None, True)
    assert origins()["x"] == ("b", None, False)


def test_what_the_end_of_a_cell_had_no_time_for_is_looked_at_when_somebody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kernel_manager.guest.agent.origins.LIMIT_S", -1.0)
    ipython = shell()
    explorer = Explorer(ipython)

    def changed() -> dict[str, Any]:
        items = explorer.snapshot(ipython, {}).content["items"]
        return {each["name"]: each["changed"] for each in items}

    run(ipython, "a", "xs, ys = [1], [1]")
    assert changed() == {"xs": None, "ys": None}
    run(ipython, "b", "xs.append(2)")
    assert changed() == {"xs": "b", "ys": None}
    run(ipython, "c", "ys.append(2)")
    assert changed() == {"xs": "b", "ys": "c"}


def test_only_the_persons_own_names_are_variables() -> None:
    ipython = shell(x=1, _hidden=2, In=[], Out={}, exit=print)
    ipython.user_ns_hidden["exit"] = print
    ipython.user_ns[5] = ipython.user_ns[LoudName("y")] = "no text"
    items = Explorer(ipython).snapshot(ipython, {}).content["items"]
    assert [each["name"] for each in items] == ["x"]


class LoudName(str):
    __getitem__ = __len__ = __eq__ = _touch  # type: ignore[assignment]
    __hash__ = str.__hash__


def test_a_snapshot_ends_in_time_and_says_how_much_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel_manager.guest.agent.explorer._used", lambda: 0.0)
    ipython = shell(**{f"x{n}": n for n in range(MOST_VARIABLES + 10)})
    explorer = Explorer(ipython)
    many = explorer.snapshot(ipython, {}).content
    assert (len(many["items"]), many["total"]) == (MOST_VARIABLES, MOST_VARIABLES + 10)
    clock: Iterator[float] = iter([0.0, 0.1, 0.2, 0.3])
    monkeypatch.setattr("kernel_manager.guest.agent.explorer._used", lambda: next(clock))
    assert len(explorer.snapshot(ipython, {}).content["items"]) == 2


def test_a_path_leads_inside_or_says_that_it_ends() -> None:
    ipython = shell(xs=[{"a": (1, 2)}, Trap()], big=list(range(1000)))
    explorer = Explorer(ipython)

    def inside(*path: Any, start: int = 0) -> list[tuple[str, str]]:
        items = explorer.expand(ipython, {"path": list(path), "start": start}).content["items"]
        return [(each["name"], each["preview"]) for each in items]

    assert inside("xs") == [("0", "{'a': (1, 2)}"), ("1", "")]
    assert inside("xs", 0, 0) == [("0", "1"), ("1", "2")]
    assert inside("xs", 1) == []
    assert inside("big", start=990)[-1] == ("999", "999")
    assert len(inside("big")) == 100
    for path in (["gone"], ["xs", 7]):
        with pytest.raises(Refused):
            explorer.expand(ipython, {"path": path})
    for _ in range(2):
        explorer.delete(ipython, {"name": "xs"})
    assert list(ipython.user_ns) == ["big"]
    with pytest.raises(Refused, match="series of numbers"):
        explorer.plot(ipython, {"path": ["big"]}) and explorer.plot(shell(x="text"), {"path": ["x"]})


def test_options_are_the_texts_and_numbers_of_a_value() -> None:
    import numpy as np
    import pandas as pd
    import polars as pl

    class Own(list):  # type: ignore[type-arg]
        __iter__ = _touch  # type: ignore[assignment]

    mixed = ["b", "a", "b", 1, 2.5, None, float("nan"), float("inf"), True, LoudStr("x"), Trap(), ["c"]]
    ipython = shell(
        mixed=mixed,
        keys={"k": Trap(), Trap: 1},
        column=pd.Series(["x", None, "y", "x"]),
        kinds=pd.Series(pd.Categorical(["n"], ["n", "never"])),
        days=pd.date_range("2026-01-01", periods=3),
        numbers=np.arange(3),
        polars=pl.Series(["p", None]),
        frame=pd.DataFrame({"one": [1], 2: [3]}),
        many=list(range(5000)),
        own=Own([1]),
        trap=Trap(),
    )
    explorer = Explorer(ipython)

    def options(name: str) -> Any:
        return explorer.options(ipython, {"name": name}).content["options"]

    assert options("mixed") == ["b", "a", 1, 2.5]
    assert (options("keys"), options("column"), options("kinds")) == (["k"], ["x", "y"], ["n", "never"])
    assert (options("days"), options("numbers"), options("polars")) == ([], [0, 1, 2], ["p"])
    assert (options("frame"), len(options("many"))) == (["one", 2], 500)
    for name in ("own", "trap", "gone"):
        with pytest.raises(Refused):
            options(name)


def test_a_series_is_drawn_from_a_few_of_its_numbers() -> None:
    np, pd, pl = (pytest.importorskip(name) for name in ("numpy", "pandas", "polars"))
    for value in (range(10_000), np.arange(10_000), pd.Series(range(10_000)), pl.Series(range(10_000))):
        drawn = plot_of(value)
        assert (drawn["total"], drawn["step"], len(drawn["y"])) == (10_000, 5, 2000)
        assert (drawn["low"], drawn["high"], sum(drawn["bins"])) == (0, 9995, 2000)
    odd = plot_of([1.0, float("nan"), float("inf"), 1e308, -1e308, 10**400, None])
    assert (odd["missing"], odd["low"], odd["high"]) == (4, -1e308, 1e308)
    json.dumps(odd, allow_nan=False)
    assert plot_of([3, 3])["bins"] == [2]
    with pytest.raises(Refused):
        plot_of([None, None])
    assert plot_of(pd.Series([1, None, 3], dtype="Int64"))["y"] == [1.0, None, 3.0]
