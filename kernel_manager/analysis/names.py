"""Which cells depend on a variable, read from their texts alone.

A cell reads the names that it uses before it binds them itself, also inside its functions. Nothing is
evaluated: what reads a variable by `eval`, or changes an object by calling its methods, stays unseen.
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kernel_manager.imports.cells import parsed
from kernel_manager.imports.magics import python_of

LONGEST_TEXT = 100_000
"""Longer texts are data."""

IN_COMMAND = re.compile(r"[${]\s*([^\W\d]\w*)")
"""A variable in a line for a shell: `$name` or `{name}`."""

WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a cell takes from cells above it, and those that it leaves for cells below."""

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    always_binds: frozenset[str] = frozenset()
    """Those of them that it binds anew whatever happens, whatever they were."""


def names_of(source: str) -> Names:
    """Return what a cell's text reads and binds; nothing of a text that does not parse."""
    if len(source) > LONGEST_TEXT:
        return Names()
    python = python_of(source)
    commanded = frozenset(name for each in python.commands for name in IN_COMMAND.findall(each.text))
    tree = parsed(python.text)
    if tree is None:
        return Names(commanded)
    try:
        found = _Reader(symtable.symtable(python.text, "<cell>", "exec")).read(tree)
    except (SyntaxError, ValueError, RecursionError):  # what only the next step of a compiler refuses
        return Names(commanded)
    return Names(found.reads | commanded, found.binds, found.always_binds)


def sql_names(text: str, result: str | None) -> Names:
    """Return the same for a query whose rows become the variable `result`: any word may be a table."""
    binds = frozenset([result] if result is not None else [])
    return Names(frozenset(WORD.findall(text[:LONGEST_TEXT])), binds, binds)


def dependants(names: Iterable[str], below: Mapping[str, Names]) -> list[str]:
    """Return the cells, of those `below` in their order, that depend on the variables `names`."""
    changed, found = set(names), []
    for cell, its in below.items():
        if changed & its.reads:
            found.append(cell)
            changed |= its.binds
        else:
            changed -= its.always_binds
        if not changed:
            break
    return found


class _Reader:
    """Reads the statements of one text in order. `symtable` knows Python's scopes."""

    def __init__(self, table: symtable.SymbolTable) -> None:
        symbols = table.get_symbols()
        self._used = {each.get_name() for each in symbols if each.is_referenced()}
        self._bound = {
            each.get_name()
            for each in symbols
            if each.is_assigned() or each.is_imported() or each.is_namespace()
        }
        self._inner = [(child.get_lineno(), *_of_others(child)) for child in table.get_children()]

    def read(self, tree: ast.Module) -> Names:
        reads: set[str] = set()
        binds: set[str] = set()
        always: set[str] = set()
        for statement in tree.body:
            used, bound = self._statement(statement)
            reads |= used - always
            binds |= bound
            if isinstance(statement, _UNCONDITIONAL):
                always |= bound - used
        return Names(frozenset(reads), frozenset(binds), frozenset(always - reads))

    def _statement(self, statement: ast.stmt) -> tuple[set[str], set[str]]:
        used: set[str] = set()
        bound = set(_declared(statement))
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        used &= self._used
        bound &= self._bound
        used -= _targets(statement)
        changed = set(_changed_in_place(statement))
        used |= changed
        bound |= changed
        for line, reads, writes in self._inner:
            if _first_line(statement) <= line <= (statement.end_lineno or line):
                used |= reads
                bound |= writes
        return used, bound


_UNCONDITIONAL = ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


def _of_others(table: symtable.SymbolTable) -> tuple[set[str], set[str]]:
    """Return the names of the cell's own scope that a function, class or comprehension reads and binds."""
    symbols = [each for each in table.get_symbols() if each.is_global()]
    reads = {each.get_name() for each in symbols if each.is_referenced()}
    binds = {each.get_name() for each in symbols if each.is_assigned()}
    for child in table.get_children():
        inner_reads, inner_binds = _of_others(child)
        reads |= inner_reads
        binds |= inner_binds
    return reads, binds


def _declared(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that definitions and imports bind."""
    for node in ast.walk(statement):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name


def _changed_in_place(statement: ast.stmt) -> Iterator[str]:
    """Yield the variables of which a statement changes a part: `x += 1`, `x[0] = 1`, `x.y = 1`."""
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            root: ast.expr = node
            while isinstance(root, ast.Subscript | ast.Attribute):
                root = root.value
            if isinstance(root, ast.Name):
                yield root.id


def _targets(statement: ast.stmt) -> set[str]:
    """Return what a loop or `with` binds before its body uses it."""
    match statement:
        case ast.For(target=target, iter=first) | ast.AsyncFor(target=target, iter=first):
            return _names(target) - _names(first)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            opened = set().union(*(_names(each.context_expr) for each in items))
            return {
                name for each in items if each.optional_vars for name in _names(each.optional_vars)
            } - opened
        case _:
            return set()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _first_line(statement: ast.stmt) -> int:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return min([statement.lineno, *(each.lineno for each in statement.decorator_list)])
        case _:
            return statement.lineno
