"""What a cell imports is read from its text, whatever else stands in it, and nothing is run."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.imports.cells import CellImports, read_cell, read_source
from kernel_manager.imports.magics import statements


def names(found: CellImports) -> list[str]:
    return [each.name + ("?" if each.is_optional else "") for each in found.imports]


def asked(found: CellImports) -> list[str]:
    return [each.text for install in found.installs for each in install.wanted]


def refused(found: CellImports) -> list[str]:
    return [each.text for install in found.installs for each in install.refused]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy as np, os.path", ["numpy", "os.path"]),
        ("from google.cloud import bigquery, storage", ["google.cloud.bigquery", "google.cloud.storage"]),
        ("from a.b import *", ["a.b"]),
        ("from . import a\nfrom .b import c\nfrom .. import d", []),
        ("def f():\n    import a\n    class B:\n        import c", ["a", "c"]),
        ("async with x() as y:\n    import a\nawait z()", ["a"]),
        ("match x:\n    case 1:\n        import a", ["a"]),
        ("import a; import b", ["a", "b"]),
        ("import importlib\nimportlib.import_module('a.b')\n__import__('c')", ["importlib", "a.b", "c"]),
        ("importlib.import_module(name)\nimportlib.import_module('.x', 'y')", []),
        ("x = 'import nothing'\n# import nothing", []),
        ("while True:\n    for x in y:\n        import a\n    else:\n        import b", ["a", "b"]),
        ("x = [__import__('a') for _ in y]\nf(lambda: __import__('b'))", ["a", "b"]),
        ("if __name__ == '__main__':\n    import a", ["a"]),
        ("import \uff4eumpy", ["numpy"]),
    ],
)
def test_imports_count_wherever_they_stand(text: str, expected: list[str]) -> None:
    assert names(read_cell(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("try:\n    import a\nexcept ImportError:\n    a = None", ["a?"]),
        ("try:\n    import a\nexcept ModuleNotFoundError:\n    import b", ["a?", "b?"]),
        ("try:\n    import a\nexcept:\n    pass", ["a?"]),
        ("try:\n    import a\nexcept (ImportError, OSError):\n    pass", ["a?"]),
        ("try:\n    import a\nexcept ValueError:\n    pass", ["a"]),
        ("try:\n    import a\nfinally:\n    import b", ["a", "b"]),
        ("try:\n    import a\nexcept ImportError:\n    raise SystemExit('no')", ["a"]),
        (
            "def f():\n    try:\n        import a\n    except ImportError:\n        raise SystemExit('no')",
            ["a?"],
        ),
        ("try:\n    import a\nexcept ImportError:\n    !pip install a\n    import a", ["a?", "a"]),
        ("try:\n    from a.new import f\nexcept ImportError:\n    from a import f", ["a.new.f?", "a.f"]),
        ("if importlib.util.find_spec('a'):\n    import a", ["a?"]),
        ("with contextlib.suppress(ImportError):\n    import a", ["a?"]),
        (
            "import typing\nif typing.TYPE_CHECKING:\n    import a\nelse:\n    import b",
            ["typing", "b"],
        ),
        ("if not TYPE_CHECKING:\n    import a", ["a"]),
        ("if os.name == 'nt':\n    import a", ["a?"]),
        ("if path.name == 'nt':\n    import a", ["a"]),
        ("\ufeffimport a", ["a"]),
        ("if sys.version_info >= (3, 11):\n    import a\nelse:\n    import b", ["a?", "b?"]),
        ("if sys.platform == 'win32':\n    import a", ["a?"]),
    ],
)
def test_an_import_is_optional_where_the_text_does_without(text: str, expected: list[str]) -> None:
    assert names(read_cell(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "%matplotlib inline\nimport a\nx = !ls\ny = %time f()\nimport b\npd.read_csv?\n?foo\nfoo??",
            ["a", "b"],
        ),
        ("if True:\n    !ls\nimport a", ["a"]),
        ("if True:\n    %cd x\nelse:\n    !ls\nimport a", ["a"]),
        ("x = (3\n % 2)\nimport a\n!ls", ["a"]),
        ('x = """\n%% not\n!pip install evil\nimport nothing\n"""\nimport a\n%cd x', ["a"]),
        ("%time import a\n%timeit -n 10 import b", ["a", "b"]),
        ("%load_ext google.cloud.bigquery\n%load_ext autoreload", ["google.cloud.bigquery"]),
        ("%matplotlib widget\n%matplotlib inline", ["ipympl"]),
        ("%pylab inline", ["numpy", "matplotlib"]),
        ("%%time\nimport a", ["a"]),
        ("\n\n%%capture out\nimport a\n!ls", ["a"]),
        ("%%timeit -n 10 import a\nimport b", ["a", "b"]),
        ("%%bash\nimport a", []),
        ("%%html\n<b>import a</b>", []),
        ("%%sql\nselect import from a", []),
        ("%%javascript\nimport a from 'b'", []),
        ("%%writefile x.py\nimport a", []),
        ("a != b\nimport a\n!!ls", ["a"]),
        ("import a\r\n!ls\r\nimport b", ["a", "b"]),
        ("ls -la\nimport a", ["a"]),
    ],
)
def test_lines_that_are_not_python_hide_no_import(text: str, expected: list[str]) -> None:
    assert names(read_cell(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import numpy as np\ndf.head(\nimport pandas as pd", ["numpy", "pandas"]),
        ("import a\nx = '''abc\nimport b", ["a", "b"]),
        ("print 'two'\nfrom x.y import (a,\n  b)", ["x.y.a", "x.y.b"]),
        ("from x import (a,", []),
        ("import", []),
        ("import pan\nfrom", ["pan"]),
        ("print 1\ntry:\n    import a\nexcept ImportError:\n    import b\nimport c", ["a?", "b?", "c"]),
        ("print 1\nif TYPE_CHECKING:\n    import a\nimport b", ["b"]),
        ("print 1\nx = '''\nimport nothing\n'''\nimport a", ["a"]),
        ("(" * 500 + ")" * 500 + "\nimport a", ["a"]),
        ("-" * 100_000 + "1\nimport a", ["a"]),
        ("x = \0\nimport a", ["a"]),
    ],
)
def test_a_text_that_does_not_parse_still_tells_its_whole_import_lines(
    text: str, expected: list[str]
) -> None:
    found = read_cell(text)
    assert names(found) == expected
    assert not found.is_whole or text.startswith("import pan")


def test_the_line_of_an_import_is_the_line_in_the_cell() -> None:
    text = "%matplotlib inline\n!pip install \\\n  x\n\nimport a\n"
    assert [each.line for each in read_cell(text).imports] == [5]
    assert [each.line for each in read_cell("\n%%time\nimport a").imports] == [3]


def test_source_may_be_a_list_of_lines() -> None:
    assert names(read_cell(["import a\n", "import b"])) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%pip install a", ["a"]),
        ("!pip install -q -U 'a>=1,<2' b[c]==3", ["a>=1,<2", "b[c]==3"]),
        ("!pip install a>=1.0", ["a>=1.0"]),
        ("!pip3 install a  # why", ["a"]),
        ("!python -m pip install a", ["a"]),
        ("!{sys.executable} -m pip install a", ["a"]),
        ("!uv pip install a", ["a"]),
        ("!uv add a", ["a"]),
        ("pip.main(['install', '-q', 'a'])", ["a"]),
        ("pip._internal.main(('install', 'a'))", ["a"]),
        ("app.main(['install', 'a'])", []),
        ("pip install a", ["a"]),
        ("x = !pip install a", ["a"]),
        ("!pip install a \\\n   b \\\n   c\nimport x", ["a", "b", "c"]),
        ("!pip install a && pip install b; pip install c > log.txt 2>&1", ["a", "b", "c"]),
        ("!CUDA=1 sudo pip install a", ["a"]),
        ("!apt-get install -y a && pip install b", ["b"]),
        ("%pip install \"a>=1; python_version<'3.9'\"", ["a>=1; python_version<'3.9'"]),
        ("!pip install --index-url https://x.invalid a --target b", ["a"]),
        ("%%bash\npip install a\npip install b", ["a", "b"]),
        ("get_ipython().system('pip install a')", ["a"]),
        ("get_ipython().run_line_magic('pip', 'install a>=1')", ["a>=1"]),
        ("os.system('pip install a')", ["a"]),
        ("subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'a>=1'])", ["a>=1"]),
        ("if 'google.colab' in sys.modules:\n    %pip install a", ["a"]),
        ("# !pip install a\n#%pip install b", []),
        ("!pip uninstall a\n!pip list\n!pip show a\n%conda list", []),
        ("print('pip install a')", []),
    ],
)
def test_install_lines_keep_the_authors_words(text: str, expected: list[str]) -> None:
    assert asked(read_cell(text)) == expected


@pytest.mark.parametrize(
    "word",
    [
        "git+https://x.invalid/y.git",
        "https://x.invalid/a.whl",
        "./a.whl",
        "/tmp/a.tar.gz",
        "..",
        "a@https://x.invalid/b",
    ],
)
def test_addresses_and_paths_in_install_lines_are_kept_apart(word: str) -> None:
    found = read_cell(f"!pip install {word} numpy -r other.txt -e .")
    assert asked(found) == ["numpy"]
    assert refused(found) == [word, "-r other.txt", "-e ."]


def test_percent_format_is_read_as_cells_are() -> None:
    text = "# %% [markdown]\n# import nothing\n# %%\nimport a\n# %%\n%matplotlib inline\nimport b\n"
    assert names(read_source(text)) == ["a", "b"]


def test_cells_with_a_magic_are_read_as_nbconvert_writes_them() -> None:
    found = read_source(
        "import a\n"
        "get_ipython().run_cell_magic('time', '', 'import b\\nfrom c import d\\n')\n"
        "get_ipython().run_cell_magic('bash', '', 'pip install -q e\\n')\n"
        "get_ipython().run_cell_magic('html', '', '<b>import nothing</b>')\n"
    )
    assert names(found) == ["a", "b", "c.d"]
    assert [each.line for each in found.imports] == [1, 2, 2]
    assert asked(found) == ["e"]


def test_a_source_file_may_begin_with_a_mark_and_end_lines_as_windows_does() -> None:
    assert names(read_source("\ufeffimport a\r\nimport b\r\n")) == ["a", "b"]


def test_a_cell_that_writes_a_module_says_which() -> None:
    assert read_cell("%%writefile lib/loader.py\nimport a").writes == "loader"
    assert read_cell("%%writefile notes.txt\nimport a").writes is None


def test_folders_put_on_the_path_are_told_as_far_as_they_are_written_out() -> None:
    assert read_cell("sys.path.append('../lib')\nsys.path.insert(0, here)").paths == ("../lib", "?")


def test_nothing_is_run() -> None:
    read_cell("import os\nraise SystemExit(1)\n__import__('this').s")
    read_cell("!touch /dev/shm/never\n%run never.py")


PIECES = [
    *"abc \n\t%!?#'\"()[]{}\\=.,;:\r\0é",
    "import a",
    "try:\n",
    "    ",
    '"""',
    "%%time\n",
    "!pip install ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_cell(text)
    read_source(text)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_statements_together_are_the_text(text: str) -> None:
    assert "".join(each.text for each in statements(text)) == text


def test_a_usual_cell_takes_less_than_a_millisecond() -> None:
    text = (
        "%matplotlib inline\nimport numpy as np\nfrom sklearn.svm import SVC\n"
        + "x = [np.sin(a) for a in b]\n" * 12
    )
    read_cell(text)
    begin = time.process_time()
    for _ in range(200):
        read_cell(text)
    assert (time.process_time() - begin) / 200 < 0.005, "1 ms on a quiet machine"


@pytest.mark.parametrize(
    "text", ["%%time\n" * 20_000, "\t" * 100_000, " " * 9_000 + "!", "a, " * 3_000 + "%"]
)
def test_a_hostile_cell_is_read_in_no_time(text: str) -> None:
    begin = time.process_time()
    assert names(read_cell(text)) == []
    assert time.process_time() - begin < 5, "0.1 s on a quiet machine"
