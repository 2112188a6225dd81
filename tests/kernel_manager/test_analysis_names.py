"""Which cells depend on a variable, told from their texts."""

from __future__ import annotations

import pytest

from kernel_manager.analysis.names import Names, dependants, names_of


@pytest.mark.parametrize(
    ("source", "reads", "binds"),
    [
        ("y = x + 1", "x", "y"),
        ("x = 1\nprint(x)", "print", "x"),
        ("x = x + 1", "x", "x"),
        ("x += 1", "x", "x"),
        ("df['a'] = x", "df x", "df"),
        ("model.rate.start = x", "model x", "model"),
        ("for i in rows:\n    print(i, x)", "rows print x", "i"),
        ("with open(x) as f:\n    f.read()", "open x", "f"),
        ("[i * x for i in rows]", "rows x", ""),
        ("def f(a, b=x):\n    c = a + y\n    return c", "x y", "f"),
        ("def f():\n    global g\n    g = x", "x", "f g"),
        ("@wrap\ndef f(): return lambda q: q + x", "wrap x", "f"),
        ("class A(Base):\n    k = x\n    def m(self): return k + y", "Base x k y", "A"),
        ("import numpy as np, os.path\nfrom a import b as c", "", "np os c"),
        ("if flag:\n    x = 1\nprint(x)", "flag print x", "x"),
        ("try:\n    a\nexcept E as e:\n    print(e)", "a E print e", "e"),
        ("match x:\n    case [a, *_]:\n        pass", "x", "a"),
        ("(n := x) and n", "x n", "n"),
        ("del x", "", "x"),
        ("%time y = x", "x", "y"),
        ("%%time\ny = x", "x", "y"),
        ("!ls {x} $y", "x y", ""),
        ("%%bash\necho $x", "x", ""),
        ("f'{x!r:>{width}}'", "x width", ""),
        ("x: int = y", "int y", "x"),
        ("if x:", "", ""),
        ("(" * 300, "", ""),
        ("", "", ""),
    ],
)
def test_a_cell_reads_what_it_does_not_bind_first(source: str, reads: str, binds: str) -> None:
    found = names_of(source)
    assert found.reads == set(reads.split())
    assert found.binds == set(binds.split())


def of(*texts: str) -> list[str]:
    return dependants(["x"], {str(at): names_of(text) for at, text in enumerate(texts)})


def test_what_depends_on_a_dependant_depends_too_in_order() -> None:
    assert of("y = x", "other = 1", "z = y", "print(z, other)", "print(other)") == ["0", "2", "3"]


def test_a_variable_that_is_set_anew_without_its_old_value_ends_the_chain() -> None:
    assert of("print(x)", "x = 5", "print(x)") == ["0"]
    assert of("x = x * 2", "print(x)") == ["0", "1"]
    assert of("if a:\n    x = 5", "print(x)") == ["1"]


def test_a_function_carries_what_it_reads() -> None:
    assert of("def f():\n    return x", "f()", "g()") == ["0", "1"]


def test_nothing_is_read_of_data() -> None:
    assert names_of("y = x\n" + "#" * 200_000) == Names()
