"""SQL as text: where statements end, where values stand, and that a value never becomes text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.kinds import SQL_MAGIC
from kernel_manager.guest.sql import MAGIC
from kernel_manager.guest.sql.binding import FORMAT, PSYCOPG, QMARK, BadValue, Style, render
from kernel_manager.guest.sql.chain import Known, Queries, chained
from kernel_manager.guest.sql.duck import SYNTAX as DUCKDB
from kernel_manager.guest.sql.lite import SYNTAX as SQLITE
from kernel_manager.guest.sql.mysql import SYNTAX as MYSQL
from kernel_manager.guest.sql.postgres import SYNTAX as POSTGRES
from kernel_manager.guest.sql.text import Syntax, Token, Unclosed, place_in, statements, tokens

DIALECTS = {"duckdb": DUCKDB, "sqlite": SQLITE, "mysql": MYSQL, "postgresql": POSTGRES}

EVIL = [
    "'; DROP TABLE t; --",
    '" OR 1=1 --',
    "\\'; DROP TABLE t; #",
    "$$; DROP TABLE t; $$",
    "%s %(x)s %% :x ? {{ n }}",
    "*/ DROP TABLE t /*",
    "\x00",
    "ʼ; 你好",
]


def split(text: str, syntax: Syntax = POSTGRES) -> list[str]:
    return ["".join(token.text for token in each) for each in statements(text, syntax)]


def rendered(
    text: str, syntax: Syntax = POSTGRES, style: Style = QMARK, **names: Any
) -> tuple[str, list[Any]]:
    [statement] = statements(text, syntax)
    done = render(statement, lambda token, expression: eval(expression, dict(names)), style, syntax)
    return done.text, list(done.params)


def test_the_guest_and_the_document_use_one_magic() -> None:
    assert MAGIC == SQL_MAGIC


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("postgresql", "a; b ;; -- c;\n", ["a", "b"]),
        ("postgresql", "select ';'; select \";\"", ["select ';'", 'select ";"']),
        ("postgresql", "select $f$ ; $$ ; $f$; x", ["select $f$ ; $$ ; $f$", "x"]),
        ("postgresql", "select E'\\';'; x", ["select E'\\';'", "x"]),
        ("postgresql", "select '\\'; x", ["select '\\'", "x"]),
        ("postgresql", "select /* ; /* ; */ ; */ 1; x", ["select /* ; /* ; */ ; */ 1", "x"]),
        ("postgresql", "select 'it''s; one'; x", ["select 'it''s; one'", "x"]),
        ("mysql", "select '\\';'; x", ["select '\\';'", "x"]),
        ("mysql", 'select `;`, ";" # ;\n; x', ['select `;`, ";"', "x"]),
        ("mysql", "select 1--1; x", ["select 1--1", "x"]),
        ("sqlite", "select [;], `;`; x", ["select [;], `;`", "x"]),
        (
            "sqlite",
            "create trigger t after insert on a begin delete from b; select case when 1 then 2 end; end; x",
            [
                "create trigger t after insert on a begin delete from b; select case when 1 then 2 end; end",
                "x",
            ],
        ),
        (
            "mysql",
            "create procedure p() begin if a then select 1; end if; while b do set c=1; end while; end; x",
            [
                "create procedure p() begin if a then select 1; end if; while b do set c=1; end while; end",
                "x",
            ],
        ),
        ("postgresql", "begin; select 1; end; x", ["begin", "select 1", "end", "x"]),
        ("postgresql", "select ' never closed; x", ["select ' never closed; x"]),
    ],
)
def test_statements_end_where_the_dialect_says(dialect: str, text: str, expected: list[str]) -> None:
    assert split(text, DIALECTS[dialect]) == expected


@given(st.text(alphabet="ab'\"`$;-/*#\\[]{} \n%:E1", max_size=40), st.sampled_from(sorted(DIALECTS)))
def test_no_character_is_lost_and_none_is_moved(text: str, dialect: str) -> None:
    try:
        found = list(tokens(text, DIALECTS[dialect]))
    except Unclosed:
        return
    assert "".join(token.text for token in found) == text
    assert all(text.startswith(token.text, token.at) for token in found)


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_value_is_a_parameter_whatever_it_holds(dialect: str, evil: str) -> None:
    for style, mark in ((QMARK, "?"), (FORMAT, "%s")):
        text, params = rendered("select * from t where a = {{ v }}", DIALECTS[dialect], style, v=evil)
        assert (text, params) == (f"select * from t where a = {mark}", [evil])


@pytest.mark.parametrize(
    "literal",
    ["'{{ v }}'", '"{{ v }}"', "/* {{ v }} */", "$$ {{ v }} $$", "$a$ {{ v }} $a$", "-- {{ v }}\n x"],
)
def test_braces_in_strings_names_and_comments_are_text(literal: str) -> None:
    assert rendered(f"select {literal} , 1") == (f"select {literal} , 1", [])


def test_percent_signs_and_colons_are_harmless() -> None:
    text = "select '50% :x %s', a % 2, b::text from t"
    assert rendered(text, style=FORMAT) == (text, [])
    assert rendered(text + " where c = {{ v }}", style=FORMAT, v=1) == (
        "select '50%% :x %%s', a %% 2, b::text from t where c = %s",
        [1],
    )
    assert rendered(text + " where c = {{ v }}", style=QMARK, v=1)[0] == text + " where c = ?"


def test_lists_become_as_many_parameters() -> None:
    assert rendered("a in {{ v }}", v=[1, 2]) == ("a in (?, ?)", [1, 2])
    assert rendered("a in ({{ v }})", v=(1, 2)) == ("a in (?, ?)", [1, 2])
    assert rendered("a in ({{ v }}, {{ w }})", v=[1], w=range(2)) == ("a in (?, ?, ?)", [1, 0, 1])
    with pytest.raises(BadValue, match="empty list"):
        rendered("a in {{ v }}", v=[])
    with pytest.raises(BadValue, match="is the most"):
        rendered("a in {{ v }}", v=list(range(10_001)))


def test_what_is_missing_is_null_and_numbers_of_numpy_are_pythons() -> None:
    import numpy
    import pandas

    values = [
        numpy.int64(3),
        float("nan"),
        pandas.NA,
        pandas.NaT,
        numpy.float32("nan"),
        pandas.Timestamp("2020"),
    ]
    _, params = rendered("{{ v }}", v=values)
    assert params[:5] == [3, None, None, None, None]
    assert type(params[0]) is int
    assert type(params[5]).__name__ == "datetime"
    assert rendered("{{ v }}", v=pandas.Series([1, 2]))[1] == [1, 2]
    for wrong in ({"a": 1}, pandas.DataFrame({"a": [1]}), [[1]]):
        with pytest.raises(BadValue, match="single values"):
            rendered("{{ v }}", v=wrong)


def test_a_name_is_quoted_by_its_filter_alone() -> None:
    assert rendered("select {{ v | identifier }}", v='a"; drop table t; --') == (
        'select "a""; drop table t; --"',
        [],
    )
    assert rendered("{{ v | identifier }}", MYSQL, v=["a`b", "c"]) == ("`a``b`, `c`", [])
    assert rendered("{{ {'a': {'b': 7}}['a']['b'] | 8 }}") == ("?", [15])
    for wrong in (1, "", [], "a\0b", [1]):
        with pytest.raises(BadValue, match="needs a name"):
            rendered("{{ v | identifier }}", v=wrong)


def test_a_failing_expression_says_where_it_stands() -> None:
    with pytest.raises(BadValue, match="NameError") as caught:
        rendered("select\n {{ nope }}")
    assert place_in("select\n {{ nope }}", caught.value.at) == (2, 2)
    with pytest.raises(Unclosed):
        list(tokens("select {{ a ", POSTGRES))


@pytest.mark.parametrize("style", [PSYCOPG, FORMAT, QMARK])
def test_a_place_in_what_was_sent_is_a_place_in_the_cell(style: Style) -> None:
    text = "select '%', {{ a }},\n  {{ bb }} as x, nope from t"
    [statement] = statements(text, POSTGRES)
    done = render(statement, lambda token, expression: [1] * 11 if expression == "a" else 2, style, POSTGRES)
    seen = done.text
    if style is PSYCOPG:
        seen = seen.replace("%%", "%")
        for number in range(1, 13):
            seen = seen.replace("%s", f"${number}", 1)
        assert done.source_of(seen.index("nope")) == text.index("nope")
    elif style is QMARK:
        assert done.source_of(seen.index("nope")) == text.index("nope")


def test_an_earlier_result_stands_for_its_query() -> None:
    frame = object()
    [first] = statements("select * from t where a = {{ v }} -- end", POSTGRES)
    [value] = [token for token in first if token.kind == "value"]
    queries = Queries()
    queries.remember("df_1", Known("c", first, {value.at: "it's"}, frame, False))

    def used(text: str, connection: str | None = "c", own: str | None = None, **names: Any) -> list[str]:
        [statement] = statements(text, POSTGRES)
        return list(queries.used_by(statement, connection, own, names))

    assert used("select * from DF_1", df_1=frame) == ["df_1"]
    assert used('select * from "df_1"', df_1=frame) == ["df_1"]
    assert used("select 'df_1'", df_1=frame) == []
    assert used("select * from df_1", connection="other", df_1=frame) == []
    assert used("select * from df_1", own="df_1", df_1=frame) == []
    assert used("select * from df_1", df_1=object()) == []

    def asked(text: str) -> tuple[str, list[Any]]:
        [statement] = statements(text, POSTGRES)
        known = queries.used_by(statement, "c", None, {"df_1": frame})
        whole, values = chained(statement, known, POSTGRES)

        def evaluate(token: Token, expression: str) -> Any:
            return values.get(token.at, 7)

        done = render(whole, evaluate, QMARK, POSTGRES)
        return done.text, list(done.params)

    before = 'WITH "df_1" AS (select * from t where a = ?\n)'
    assert asked("select * from df_1 where b = {{ n }}") == (
        f"{before} select * from df_1 where b = ?",
        ["it's", 7],
    )
    assert asked("with x as (select 1) select * from df_1")[0].startswith(f"{before}, x as (select 1)")
    assert asked("with recursive x as (select 1) select * from df_1")[0].startswith(
        'WITH RECURSIVE "df_1" AS'
    )
