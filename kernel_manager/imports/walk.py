"""A syntax tree's imports, with what stands around each: guards, types, other systems.

Nothing is evaluated: a name that is put together at run time stays unseen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

CATCH_MISSING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
RUNNERS = frozenset({"run", "call", "check_call", "check_output", "Popen", "system", "getoutput", "popen"})
LEAVES = frozenset({"exit", "_exit", "quit"})
DEEPEST = 6


@dataclass(frozen=True)
class Import:
    """A module that a text imports."""

    name: str
    """Dotted, with what `from` takes out of it: `google.cloud.storage`."""
    line: int
    is_optional: bool = False
    """Whether the text says what to do without it."""
    instead_of: tuple[str, ...] = ()
    """The top-level modules that were tried before it: where they are all missing it is needed after all."""

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Found:
    """What a tree imports, runs and puts on the path."""

    imports: tuple[Import, ...]
    commands: tuple[tuple[str, int], ...]
    paths: tuple[str, ...]
    cells: tuple[tuple[str, int], ...] = ()
    """Cells with a magic at their head, as nbconvert writes them into a call."""


@dataclass
class _Gathering:
    imports: list[Import] = field(default_factory=list)
    commands: list[tuple[str, int]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    cells: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    is_optional: bool = False
    in_function: bool = False
    instead_of: tuple[str, ...] = ()


def walk(tree: ast.Module) -> Found:
    """Return the imports of a tree in the order of its text."""
    found = _Gathering()
    _block(tree.body, _Place(), found)
    return Found(tuple(found.imports), tuple(found.commands), tuple(found.paths), tuple(found.cells))


def module_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the dotted names of an import; relative ones name the project itself and give none."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level or not node.module:
        return []
    return [node.module if alias.name == "*" else f"{node.module}.{alias.name}" for alias in node.names]


def _block(body: Sequence[ast.stmt], place: _Place, found: _Gathering) -> None:
    for statement in body:
        _statement(statement, place, found)


def _statement(node: ast.stmt, place: _Place, found: _Gathering) -> None:
    match node:
        case ast.Import() | ast.ImportFrom():
            found.imports += [
                Import(name, node.lineno, place.is_optional, place.instead_of) for name in module_names(node)
            ]
        case ast.Try() | ast.TryStar():
            _try(node, place, found)
        case ast.If():
            _if(node, place, found)
        case ast.With() | ast.AsyncWith():
            is_guard = any(_suppresses_missing(item.context_expr) for item in node.items)
            for item in node.items:
                _calls(item.context_expr, place, found)
            _block(node.body, _optional(place) if is_guard else place, found)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inner = _Place(place.is_optional, True, place.instead_of)
            _block(node.body, inner, found)
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    _statement(child, place, found)
                elif isinstance(child, ast.match_case):
                    _block(child.body, place, found)
                else:
                    _calls(child, place, found)


def _try(node: ast.Try | ast.TryStar, place: _Place, found: _Gathering) -> None:
    catching = [handler for handler in node.handlers if _catches_missing(handler)]
    gives_up = any(_leaves(handler.body) for handler in catching) and not place.in_function
    inner = place if not catching or gives_up else _optional(place)
    before = len(found.imports)
    _block(node.body, inner, found)
    tried = found.imports[before:]
    before = len(found.imports)
    tops = {each.top for each in tried}
    may_stand_in = tops and (not place.is_optional or place.instead_of)
    stand_in = replace(inner, instead_of=(*place.instead_of, *sorted(tops))) if may_stand_in else inner
    for handler in node.handlers:
        _block(handler.body, stand_in if handler in catching else place, found)
    if catching:  # what is tried again in another way is needed after all
        found.imports[before:] = [
            replace(each, is_optional=place.is_optional, instead_of=()) if each.top in tops else each
            for each in found.imports[before:]
        ]
    _block(node.orelse, inner, found)
    _block(node.finalbody, place, found)


def _if(node: ast.If, place: _Place, found: _Gathering) -> None:
    names = {each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)}
    attributes = {each.attr for each in ast.walk(node.test) if isinstance(each, ast.Attribute)}
    _calls(node.test, place, found)
    if "TYPE_CHECKING" in names | attributes:
        is_negated = isinstance(node.test, ast.UnaryOp)
        _block(node.body if is_negated else node.orelse, place, found)
        return
    depends = bool({"find_spec", "version_info", "platform", "PY2", "PY3"} & (names | attributes))
    depends |= "name" in attributes and "os.name" in ast.unparse(node.test)
    inner = _optional(place) if depends else place
    _block(node.body, inner, found)
    _block(node.orelse, inner, found)


def _calls(node: ast.AST, place: _Place, found: _Gathering) -> None:
    """Look for modules imported by a call, for pip started by one, and for changes of the path."""
    for each in ast.walk(node):
        if not isinstance(each, ast.Call):
            continue
        called = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
        literal = _text(each.args[0]) if each.args else None
        if called in ("import_module", "__import__"):
            if (
                literal
                and not literal.startswith(".")
                and all(part.isidentifier() for part in literal.split("."))
            ):
                found.imports.append(Import(literal, each.lineno, place.is_optional))
        elif called in RUNNERS and each.args:
            command = literal or _words(each.args[0])
            if command:
                found.commands.append((command, each.lineno))
        elif called == "main" and each.args and ast.unparse(each.func).startswith("pip."):
            found.commands.append((f"pip {_words(each.args[0]) or ''}", each.lineno))
        elif called == "run_line_magic" and len(each.args) == 2 and literal:
            arguments = _text(each.args[1]) or ""
            if literal == "load_ext" and all(part.isidentifier() for part in arguments.strip().split(".")):
                found.imports.append(Import(arguments.strip(), each.lineno))
            elif literal != "load_ext":
                found.commands.append((f"{literal} {arguments}", each.lineno))
        elif called == "run_cell_magic" and len(each.args) == 3 and literal:
            head = f"%%{literal} {_text(each.args[1]) or ''}".rstrip()
            found.cells.append((f"{head}\n{_text(each.args[2]) or ''}", each.lineno))
        elif called in ("append", "insert", "extend") and _is_sys_path(each.func):
            found.paths += [text for argument in each.args if (text := _text(argument) or "?") != "?"] or [
                "?"
            ]


def _words(node: ast.expr) -> str | None:
    """Return `[sys.executable, "-m", "pip", ...]` as a command line."""
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    words = [
        _text(element) or ast.unparse(element).replace("sys.executable", "python") for element in node.elts
    ]
    return " ".join(f'"{word}"' if set(word) & set(" <>;") else word for word in words)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_sys_path(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and ast.unparse(function.value) == "sys.path"


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(name in CATCH_MISSING for name in _last_names(handler.type))


def _suppresses_missing(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and "suppress" in _last_names(node.func)
        and any(name in CATCH_MISSING for argument in node.args for name in _last_names(argument))
    )


def _last_names(node: ast.expr) -> Iterator[str]:
    for each in node.elts if isinstance(node, ast.Tuple) else [node]:
        if isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.Name):
            yield each.id


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a handler gives up: then the import is needed after all."""
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    return (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and any(name in LEAVES for name in _last_names(last.value.func))
    )


def _optional(place: _Place) -> _Place:
    return _Place(is_optional=True, in_function=place.in_function)  # and no stand-in for anything
