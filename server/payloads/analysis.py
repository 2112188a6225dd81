"""Questions about code while it is written, and their answers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body


class AboutCode(Body, frozen=True):
    """A place in a cell: `source` is the cell's text as the person sees it, `offset` in UTF-16 code units."""

    cell: Annotated[str, Meta(max_length=64)]
    source: Annotated[str, Meta(max_length=500_000)]
    offset: Annotated[int, Meta(ge=0)]


class CompletedName(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name that fits, and what is put in for it where that is another text.

    `kind` is a word of jedi's (module, class, instance, function, param, keyword, property, statement), or
    `column` or `key` of a living value. `detail` is a word on what a living value holds under the name.
    """

    name: str
    kind: str
    detail: str = ""
    insert: str | None = None


class Completions(msgspec.Struct, frozen=True):
    """The names that fit. `typed` is how many characters before the place they replace.

    `quote`: they are keys, in a string that this character opens; empty outside of strings.
    `more`: not all are here; with another letter there are others to ask for.
    """

    names: list[CompletedName] = []
    typed: int = 0
    quote: str = ""
    more: bool = False


class Explanation(msgspec.Struct, frozen=True):
    """What a name is. `name` is null where nothing is known."""

    name: str | None = None
    kind: str = ""
    signatures: list[str] = []
    docstring: str = ""


class Signature(msgspec.Struct, frozen=True):
    """How something is called; `index` is the parameter that is being typed."""

    name: str
    parameters: list[str]
    index: int | None
    docstring: str


class Signatures(msgspec.Struct, frozen=True):
    """The calls that the place may stand in."""

    signatures: list[Signature] = []


class Definition(msgspec.Struct, frozen=True):
    """Where a name is defined: in a `cell` (`line` from 1, `column` from 0), or in a `module`.

    Of a module there is an `excerpt` from its line `first` on, with the definition at `line`. Where nothing
    was found, `known` tells whether it was looked for to the end.
    """

    known: bool = False
    cell: str | None = None
    module: str | None = None
    line: int | None = None
    column: int = 0
    excerpt: str = ""
    first: int = 1


class SeenCell(Body, frozen=True):
    """A cell's text as the person sees it."""

    cell: Annotated[str, Meta(max_length=64)]
    source: Annotated[str, Meta(max_length=500_000)]


class CheckCode(Body, frozen=True):
    """All of the notebook is checked, with the texts of `cells` in place of those that are saved."""

    cells: Annotated[tuple[SeenCell, ...], Meta(max_length=1000)] = ()


class FormatCode(Body, frozen=True):
    """The cells to format."""

    cells: Annotated[list[SeenCell], Meta(min_length=1, max_length=5000)]


class CodeEdit(msgspec.Struct, frozen=True):
    """A stretch of a cell to replace, in UTF-16 code units."""

    start: int
    end: int
    text: str


class CodeMark(msgspec.Struct, frozen=True):
    """What ruff says of a stretch of a cell, in UTF-16 code units.

    `code` is its rule, empty where the cell does not parse. `fix` says what `edits` would do.
    """

    cell: str
    code: str
    text: str
    start: int
    end: int
    level: Literal["error", "warning", "unused"]
    fix: str | None = None
    edits: list[CodeEdit] = []


class CodeMarks(msgspec.Struct, frozen=True):
    """The marks of a notebook. `known` is false where there was no answer: those of before still count."""

    marks: list[CodeMark] = []
    known: bool = True


class FormattedCode(msgspec.Struct, frozen=True):
    """The texts that look otherwise when formatted, by cell, and the cells that do not parse."""

    texts: dict[str, str] = {}
    broken: list[str] = []
