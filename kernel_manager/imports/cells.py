"""What one cell or source file imports and installs, read from its text alone.

A text that does not parse still tells its complete import lines, so a half-typed cell hides nothing. The
answer depends on the text only: keep it by the text's hash.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, replace

from kernel_manager.imports.installs import Install, read_install
from kernel_manager.imports.magics import PythonText, Statement, python_of, statements
from kernel_manager.imports.walk import Found, Import, module_names, walk

LONGEST_TEXT = 500_000
"""Longer texts are data; they are read line by line."""
DEEPEST_BRACKETS = 90
"""Python's own parser gives up at 200; a cell with more is not parsed as a whole."""

FILE_NAME = "<somebody's cell>"
"""What warnings about a text are attributed to."""

BRACKETS = re.compile(r"[()\[\]{}]")
CHAIN = re.compile(r"[-+~]{1000}|(?:not\s+){300}|(?:\*\*\s*[\w.]+\s*){300}")
"""What nests without brackets."""

IMPORT_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<word>import|from)[ \t]+[\w.]")
OPENS = re.compile(
    r"(?P<indent>[ \t]*)(?P<word>try|if|with|else|except|finally|def|class|for|while|async)\b(?P<rest>.*)"
)
BUILT_IN_EXTENSIONS = frozenset({"autoreload", "storemagic", "cython"})
PERCENT_CELL = re.compile(r"^# ?%%", re.MULTILINE)


@dataclass(frozen=True)
class CellImports:
    """What a text imports and installs."""

    imports: tuple[Import, ...] = ()
    installs: tuple[Install, ...] = ()
    paths: tuple[str, ...] = ()
    """Folders that it puts on `sys.path`, as far as they are written out."""
    writes: str | None = None
    """The module that `%%writefile` makes of it."""
    is_whole: bool = True
    """Whether it parsed; if not, imports may be missing."""


def read_cell(source: str | list[str]) -> CellImports:
    """Return what a notebook's code cell imports; a list, as files hold it, is joined."""
    text = "".join(source) if isinstance(source, list) else source
    return _read(python_of(text.removeprefix("\ufeff")))


def read_source(text: str) -> CellImports:
    """Return what a `.py` file imports; one in percent format may hold magics between its marks."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    whole = _walked(text)
    if whole is not None:
        return _found(whole, PythonText(text, (), ()), is_whole=True)
    return _read(python_of(text) if PERCENT_CELL.search(text) else PythonText(text, (), ()))


def _read(python: PythonText) -> CellImports:
    found = _walked(python.text)
    is_whole = found is not None
    return _found(found or _salvaged(python.text), python, is_whole=is_whole)


def _found(found: Found, python: PythonText, *, is_whole: bool) -> CellImports:
    imports = list(found.imports)
    for extension in python.extensions:
        name = extension.text.split()[0] if extension.text.split() else ""
        if name.replace(".", "").isidentifier() and name not in BUILT_IN_EXTENSIONS:
            imports.append(Import(name, extension.line))
        elif name == "cython":
            imports.append(Import("Cython", extension.line))
    if python.uses_pylab:
        imports += [Import("numpy", 1), Import("matplotlib", 1)]
    commands = [*python.commands, *(Statement(text, line) for text, line in found.commands)]
    installs = [install for each in commands if (install := read_install(each.text, each.line)) is not None]
    for text, line in found.cells:
        inner = read_cell(text)
        imports += [replace(each, line=line) for each in inner.imports]
        installs += [replace(each, line=line) for each in inner.installs]
    written = python.writes.rpartition("/")[2] if python.writes else ""
    writes = written.removesuffix(".py") if written.endswith(".py") else None
    return CellImports(tuple(imports), tuple(installs), found.paths, writes, is_whole)


def _walked(text: str) -> Found | None:
    """Return what the syntax tree tells, or None where there is no tree."""
    tree = parsed(text)
    if tree is None:
        return None
    try:
        return walk(tree)
    except RecursionError:
        return None


def parsed(text: str) -> ast.Module | None:
    """Return a text's syntax tree; None where it has none, or one too deep or long to be asked for."""
    if len(text) > LONGEST_TEXT or _is_too_deep(text):
        return None
    # Escapes in people's strings are theirs to mend. A filter for this name alone is safe in threads.
    warnings.filterwarnings("ignore", module=re.escape(FILE_NAME))
    try:
        return ast.parse(text, FILE_NAME)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_too_deep(text: str) -> bool:
    """Tell whether brackets or signs nest so deep that parsing could exhaust the stack."""
    if sum(map(text.count, "([{")) > DEEPEST_BRACKETS:
        depth = 0
        for bracket in BRACKETS.findall(text):
            depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
            if depth > DEEPEST_BRACKETS:
                return True
    return len(text) > 1_000 and CHAIN.search(text) is not None


def _salvaged(text: str) -> Found:
    """Return the import lines that are complete in a text that does not parse as a whole."""
    imports: list[Import] = []
    guards: list[tuple[int, bool, bool]] = []
    for line in statements(text):
        if not line.text.strip():
            continue
        indent = len(line.text) - len(line.text.lstrip())
        while guards and guards[-1][0] >= indent:
            guards.pop()
        opening = OPENS.match(line.text)
        if opening is not None:
            is_guard = opening["word"] in ("try", "except") or "find_spec" in opening["rest"]
            guards.append((indent, is_guard, "TYPE_CHECKING" in opening["rest"]))
        if not IMPORT_LINE.match(line.text) or any(for_types for _, _, for_types in guards):
            continue
        tree = parsed(line.text.strip())
        if tree is not None:
            is_optional = any(is_guard for _, is_guard, _ in guards)
            imports += [
                Import(name, line.line, is_optional)
                for node in tree.body
                if isinstance(node, ast.Import | ast.ImportFrom)
                for name in module_names(node)
            ]
    return Found(tuple(imports), (), ())
