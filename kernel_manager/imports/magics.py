"""What of a cell is Python: IPython's magics, `!` and `?` lines put aside, without asking IPython.

Its own transformer would do, at 60 ms to import and a whole shell's worth of machinery; to find imports it is
enough to know which lines are not Python. A line counts as one only where a statement can begin, so a `%` in
a bracket or in a string stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun"})
"""Cell magics whose body is Python in this kernel."""
WIDGET_BACKENDS = frozenset({"widget", "ipympl"})
"""What `%matplotlib` takes from ipympl."""
SHELL_CELLS = frozenset({"bash", "sh", "script", "system", "sx", "!"})
PYTHON_LINES = frozenset({"time", "timeit", "prun", "memit", "mprun"})
"""Line magics that run the rest of their line."""
WRITING_CELLS = frozenset({"writefile", "file"})

DEEPEST_CELLS = 5
"""How many cell magics may stand one below the other."""
LONGEST_LINE = 10_000
"""A longer line is data, and neither a call for help nor an assignment from a shell."""

TOKENS = re.compile(
    r"""(?P<string>(?i:[rbfut]{0,2})(?P<quote>\"\"\"|'''|"|')) | (?P<comment>\#[^\n]*) | (?P<open>[(\[{])"""
    r"""| (?P<close>[)\]}]) | (?P<joined>\\\n) | (?P<line>\n)""",
    re.VERBOSE,
)
ENDS = {quote: re.compile(r"(?:[^\\]|\\.)*?" + quote, re.DOTALL) for quote in ('"""', "'''")} | {
    quote: re.compile(rf"(?:[^\\\n{quote}]|\\.)*{quote}", re.DOTALL) for quote in ('"', "'")
}

ESCAPED = re.compile(r"(?P<indent>[ \t]*)(?P<mark>%{1,2}|!{1,2}|\?{1,2}|[,;/](?=\w))(?P<rest>.*)", re.DOTALL)
ASSIGNED = re.compile(
    r"(?P<indent>[ \t]*)[\w.,\[\]'\"*()][\w.,\s\[\]'\"*()]*=\s*(?P<mark>%|!)(?P<rest>.*)", re.DOTALL
)
HELP = re.compile(r"[ \t]*[\w.*%]+(\[[^\]]*\]|\([^)]*\))*\?{1,2}\s*")
BARE_INSTALL = re.compile(r"^[ \t]*(pip3?|conda|mamba|uv)\s+(pip\s+)?(install|add)\s", re.MULTILINE)
OPTION = re.compile(r"-\w+(\s+|$)(\d+\s+)?")


@dataclass(frozen=True)
class Statement:
    """The lines from one place where a statement can begin to the next."""

    text: str
    line: int
    """Counted from 1."""


@dataclass(frozen=True)
class PythonText:
    """A cell's Python, line for line as in the cell, and what was put aside."""

    text: str
    commands: tuple[Statement, ...]
    """What goes to a shell or a package tool: `pip install x`, without the `!` or `%`."""
    extensions: tuple[Statement, ...]
    """Modules that magics import, such as `%load_ext`."""
    writes: str | None = None
    """The file that `%%writefile` makes."""
    uses_pylab: bool = False


NOTHING = PythonText("", (), ())


def python_of(source: str, depth: int = 0) -> PythonText:
    """Return the Python in a cell's text, below `depth` cell magics; line numbers stay."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    first = source.lstrip()
    if first.startswith("%%"):
        return _of_magic_cell(source, source.count("\n", 0, len(source) - len(first)), depth + 1)
    if not _may_hold_magic(source):
        return PythonText(source, (), ())
    return _without_magics(source)


def statements(source: str) -> Iterator[Statement]:
    """Yield the text between the ends of lines that end a statement, with the line each begins in.

    Where a string or bracket is never closed, the rest comes line by line.
    """
    begin, line, depth, at = 0, 1, 0, 0
    line_at = 1
    while match := TOKENS.search(source, at):
        at = match.end()
        kind = match.lastgroup if match.lastgroup != "quote" else "string"
        if kind == "string":
            end = ENDS[match["quote"]].match(source, at)
            if end is None:
                if len(match["quote"]) == 3:
                    break
                continue
            line_at += source.count("\n", at, end.end())
            at = end.end()
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "joined":
            line_at += 1
        elif kind == "line":
            line_at += 1
            if depth == 0:
                yield Statement(source[begin:at], line)
                begin, line = at, line_at
    yield from _line_by_line(source[begin:], line, is_open=depth > 0 or match is not None)


def _line_by_line(rest: str, line: int, *, is_open: bool) -> Iterator[Statement]:
    if not is_open:
        if rest:
            yield Statement(rest, line)
        return
    for offset, text in enumerate(rest.splitlines(keepends=True)):
        yield Statement(text, line + offset)


def _may_hold_magic(source: str) -> bool:
    return (
        any(mark in source for mark in "%!?")
        or BARE_INSTALL.search(source) is not None
        or (source.lstrip()[:1] in (",", ";", "/"))
    )


def _without_magics(source: str) -> PythonText:
    lines: list[str] = []
    commands: list[Statement] = []
    extensions: list[Statement] = []
    uses_pylab = False
    for statement in statements(source):
        text = statement.text
        found = ESCAPED.fullmatch(text) or (ASSIGNED.fullmatch(text) if len(text) < LONGEST_LINE else None)
        if found is None:
            if BARE_INSTALL.match(text):
                commands.append(Statement(text.strip(), statement.line))
                text = _blank(text)
            elif len(text) < LONGEST_LINE and HELP.fullmatch(text):
                text = _blank(text)
            lines.append(text)
            continue
        rest = found["rest"]
        name, _, arguments = rest.strip().partition(" ")
        text = _blank(text)
        if "!" in found["mark"]:
            commands.append(Statement(rest, statement.line))
        elif found["mark"] == "%":
            if name in PYTHON_LINES:
                text = found["indent"] + _without_options(arguments) + "\n"
            elif name == "load_ext":
                extensions.append(Statement(arguments.strip(), statement.line))
            elif name == "matplotlib" and arguments.strip() in WIDGET_BACKENDS:
                extensions.append(Statement("ipympl", statement.line))
            elif name == "pylab":
                uses_pylab = True
            else:
                commands.append(Statement(rest, statement.line))
        lines.append(text)
    return PythonText("".join(lines), tuple(commands), tuple(extensions), uses_pylab=uses_pylab)


def _of_magic_cell(source: str, blank_lines: int, depth: int) -> PythonText:
    if depth > DEEPEST_CELLS:
        return NOTHING
    head, _, body = source.lstrip()[2:].partition("\n")
    name, _, arguments = head.partition(" ")
    if name in PYTHON_CELLS:
        inner = python_of(body, depth)
        setup = _without_options(arguments) if name in ("timeit", "prun") else ""
        return _moved(inner, "\n" * blank_lines + setup + "\n", blank_lines + 1)
    if name in SHELL_CELLS:
        lines = body.replace("\\\n", " ").splitlines()
        return PythonText(
            "",
            tuple(Statement(line, blank_lines + 2 + at) for at, line in enumerate(lines) if line.strip()),
            (),
        )
    if name in WRITING_CELLS:
        return PythonText("", (), (), writes=arguments.split()[-1] if arguments.split() else None)
    return NOTHING


def _moved(inner: PythonText, before: str, by: int) -> PythonText:
    def down(found: tuple[Statement, ...]) -> tuple[Statement, ...]:
        return tuple(Statement(each.text, each.line + by) for each in found)

    return PythonText(
        before + inner.text, down(inner.commands), down(inner.extensions), inner.writes, inner.uses_pylab
    )


def _blank(text: str) -> str:
    """Return a statement that does nothing in as many lines, so that a block stays a block."""
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    return f"{indent}pass" + "\n" * text.count("\n")


def _without_options(arguments: str) -> str:
    rest = arguments.strip()
    while match := OPTION.match(rest):
        rest = rest[match.end() :]
    return rest
