"""Which request defined each variable, and which one changed it last without binding its name anew.

Looks at every variable when a cell ends, for a few milliseconds at most, and at what is left when somebody
asks; and reads which names the cell's text binds: a number may lie where the same number lay before. Holds no
variable, only addresses and marks.
"""

from __future__ import annotations

import ast
from time import thread_time
from typing import Any

from .marks import mark_of

LIMIT_S = 0.005
"""How long the end of a cell may wait for this. What is not looked at then is when somebody asks."""

MOST_CHARACTERS = 100_000

parse, children = ast.parse, ast.iter_child_nodes
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Seen = dict[str, tuple[int, int]]


def variables(shell: Any) -> list[tuple[str, Any]]:
    """Return the person's own variables, in the order in which they came to be."""
    hidden = shell.user_ns_hidden
    found = []
    for name, value in list(shell.user_ns.items()):
        if type(name) is not str or name[:1] == "_" or name in ("In", "Out"):
            continue
        if not (name in hidden and hidden[name] is value):
            found.append((name, value))
    return found


def names_bound(code: str) -> set[str]:
    """Return the names that a cell's text binds outside of its functions and classes."""
    if len(code) > MOST_CHARACTERS:
        return set()
    found: set[str] = set()
    nodes: list[ast.AST] = [parse(code)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif not isinstance(node, _SCOPES):
            nodes += children(node)
    return found


class Origins:
    """What is known of the variables of one kernel."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._seen: Seen = {}
        self._left: set[str] = set()
        """What the end of the last cell had no time to look at."""
        self.defined: dict[str, str] = {}
        self.changed: dict[str, str] = {}
        self.last = ""
        """The request whose code ended last."""
        self.running: str | None = None
        shell.events.register("pre_execute", self._begin)
        shell.events.register("post_execute", self._end)
        shell.events.register("post_run_cell", self._bound)

    def forget(self, name: str) -> None:
        """A variable was deleted, and not by a cell."""
        for known in (self._seen, self.defined, self.changed):
            known.pop(name, None)

    def now(self, name: str, value: Any) -> tuple[str | None, str | None, bool]:
        """Return who defined a variable, who changed it in place since, and if that was the last request.

        A cell that still runs counts too.
        """
        if self.running is None and name in self._left:
            self._catch_up(name, value)
        defined, changed = self.defined.get(name), self.changed.get(name)
        last = self.running or self.last
        seen = self._seen.get(name)
        if self.running is not None:
            if seen is None or seen[0] != id(value):
                defined, changed = self.running, None
            elif seen[1] != mark_of(value):
                changed = self.running
        return defined, changed, last != "" and last in (defined, changed)

    def _catch_up(self, name: str, value: Any) -> None:
        seen, last, mark = self._seen.get(name), self.last, mark_of(value)
        if seen is None or seen[0] != id(value) or self.running is not None or self.last != last:
            return  # a cell has begun meanwhile, and its end looks anew
        self._left.discard(name)
        self._seen[name] = seen[0], mark
        if seen[1] not in (0, mark):
            self.changed[name] = last

    def _begin(self, *_: Any) -> None:
        self.running = self._request()

    def _end(self, *_: Any) -> None:
        request, end = self._request(), thread_time() + LIMIT_S
        before, seen, left = self._seen, {}, set()
        defined: dict[str, str] = {}
        changed: dict[str, str] = {}
        for name, value in variables(self._shell):
            known = before.get(name)
            is_new = known is None or known[0] != id(value)
            if thread_time() < end:
                mark = mark_of(value)
            else:
                mark = 0 if known is None or is_new else known[1]
                left.add(name)
            seen[name] = id(value), mark
            if is_new:
                defined[name] = request
                continue
            if name in self.defined:
                defined[name] = self.defined[name]
            if known is not None and known[1] != mark and known[1] != 0:
                changed[name] = request
            elif name in self.changed:
                changed[name] = self.changed[name]
        self._seen, self._left, self.defined, self.changed = seen, left, defined, changed
        self.last, self.running = request, None

    def _bound(self, result: Any = None, *_: Any) -> None:
        """Give the names that a cell binds to its request, also where the value is the very same."""
        if result is None or not result.success:
            return
        for name in names_bound(self._shell.transform_cell(result.info.raw_cell)):
            if name in self._seen:
                self.defined[name] = self.last
                self.changed.pop(name, None)

    def _request(self) -> str:
        try:
            return str(self._shell.parent_header["header"]["msg_id"])
        except (KeyError, TypeError, AttributeError):
            return ""
