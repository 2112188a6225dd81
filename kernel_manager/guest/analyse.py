"""Reads Python code for its editors: `python analyse.py CACHE`.

One question a line comes in, one answer a line goes out, as JSON.

Runs in the interpreter of a project's environment, where nothing of the server is installed, with jedi, which
every kernel's IPython brings. Code is read and never run; jedi imports compiled modules, which is why
this process is shut in as a kernel is. Positions are counted as jedi does: lines from 1, columns
in characters from 0.

To find the members of a table takes jedi most of a second, so they are kept: by the text of the statements
from which the value before the dot comes, and by the value's type, in memory and in CACHE. When questions
rest, a second process looks up the members of the names that the code defines, before somebody asks.
"""

import contextlib
import hashlib
import json
import os
import pickle
import resource
import select
import shutil
import signal
import sys
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

MEMORY = 2 * 1024**3
MOST_NAMES = 1000
LONGEST_DOCSTRING = 4000
LINES_BEFORE, LINES_AFTER = 2, 24
MOST_AHEAD = 40
LONGEST_AHEAD_S = 120
REST_S = 0.15
MOST_ORIGINS = 200
MOST_LISTS = 400
MOST_FILES = 1000
VERSION = 1
"""Of the lists of members on disk."""
USUAL = {"pandas": "DataFrame", "polars": "DataFrame"}
"""What most people make of a module: its members are looked up as soon as the module is imported."""

Names = list[tuple[str, str]]
"""Names and their kinds, in jedi's order."""


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a module prints while it is imported is no answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    reader, lines = Reader(sys.argv[1]), Lines()
    last: dict[str, Any] | None = None
    while True:
        line = lines.next(None if last is None else REST_S)
        if line is not None:
            if not line:
                return
            last = json.loads(line)
            answers.write(json.dumps(reader.answer(last)) + "\n")
            answers.flush()
        elif last is not None and reader.look_ahead(last["code"], last["path"]):
            last = None


class Lines:
    """The lines of the input."""

    def __init__(self) -> None:
        self._rest = b""

    def next(self, limit_s: float | None) -> bytes | None:
        """Return the next line, empty at the end of the input; None if none has come in time."""
        while b"\n" not in self._rest:
            if not select.select([0], [], [], limit_s)[0]:
                return None
            part = os.read(0, 1 << 16)
            if not part:
                return b""
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line


class Reader:
    """Reads code with jedi, and keeps what it found."""

    def __init__(self, cache: str) -> None:
        import jedi  # type: ignore[import-untyped]

        jedi.settings.cache_directory = cache
        self._jedi = jedi
        self._cache = cache
        self._project = jedi.Project(os.getcwd(), load_unsafe_extensions=False)
        self._environment = jedi.InterpreterEnvironment()
        self._members = Members(os.path.join(cache, "members"), jedi.__version__)
        self._ahead: int | None = None

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question; the name of a failure where jedi has none."""
        for is_last in (False, True):
            try:
                script = self._script(question["code"], question["path"])
                if question["kind"] == "complete":
                    return complete(script, question["line"], question["column"], self._members)
                asked = ASKED[question["kind"]]
                return asked(script, question["line"], question["column"])
            except Exception as failure:  # noqa: BLE001 - jedi raises all kinds; the next question is another
                if is_last:
                    return {"failed": type(failure).__name__}
                if isinstance(failure, (EOFError, pickle.UnpicklingError)):
                    # What an earlier process was writing when it was ended.
                    shutil.rmtree(self._cache, ignore_errors=True)
        raise AssertionError

    def look_ahead(self, code: str, path: str) -> bool:
        """Let another process look up the members of what the code defines; False while one still does so."""
        if self._ahead is not None and os.waitpid(self._ahead, os.WNOHANG) == (0, 0):
            return False
        self._ahead = None
        with contextlib.suppress(Exception):  # jedi raises all kinds; whoever asks gets the answer to that
            missing = self._not_kept(code, path)
            if missing and (pid := os.fork()) == 0:
                try:
                    signal.alarm(LONGEST_AHEAD_S)
                    os.nice(5)
                    for end in missing:
                        with contextlib.suppress(Exception):
                            script = self._script(code + end, path + ".ahead")
                            line, column = script._module_node.end_pos
                            complete(script, line, column, self._members)
                finally:
                    os._exit(0)
            elif missing:
                self._ahead = pid
        return True

    def _not_kept(self, code: str, path: str) -> list[str]:
        """Return with which lines code would go on, so that the members of what it defines are found."""
        # Whichever name stands before the dot, the rest reads the same: once for all of them.
        module = self._module(code + "\n_.", path)
        names = defined(module)[:MOST_AHEAD]
        usual = {name: [each for each in module_named(module, name) if each in USUAL] for name in names}
        new = {name for name in names if self._is_new(module, name)}
        ends = []
        for name in names:
            if name in new:
                ends.append(f"\n{name}.")
            for imported in usual[name]:
                end = f"\n_ = {name}.{USUAL[imported]}()\n_."
                if self._is_new(self._module(code + end, path), "_"):
                    ends.append(end)
        return ends

    def _module(self, code: str, path: str) -> Any:
        """Return code as a tree, which the next call may change."""
        return self._script(code, path + ".ahead")._module_node

    def _is_new(self, module: Any, name: str) -> bool:
        key = origin(module, name, [name], module.end_pos)
        return key is not None and self._members.kept(key) is None

    def _script(self, code: str, path: str) -> Any:
        return self._jedi.Script(code, path=path, project=self._project, environment=self._environment)


class Members:
    """Lists of members that were found, in memory and on disk."""

    def __init__(self, folder: str, version: str) -> None:
        self._folder = folder
        self._lists: OrderedDict[str, Names] = OrderedDict()
        places = [each for each in sys.path if each.endswith("-packages") and os.path.isdir(each)]
        installed = [(each, os.stat(each).st_mtime_ns) for each in places]
        self._here = repr((VERSION, version, sys.version, installed))
        with contextlib.suppress(OSError):
            os.makedirs(folder, exist_ok=True)
            files = sorted(os.scandir(folder), key=lambda each: each.stat().st_mtime)
            for old in files[:-MOST_FILES]:
                os.unlink(old)

    def kept(self, key: str | None) -> Names | None:
        """Return what is known under a key."""
        if key is None:
            return None
        if key in self._lists:
            self._lists.move_to_end(key)
            return self._lists[key]
        try:
            with open(self._file(key), encoding="utf-8") as file:
                names = [(str(name), str(kind)) for name, kind in json.load(file)]
        except (OSError, ValueError, TypeError):
            return None
        self._remember(key, names)
        return names

    def _remember(self, key: str, names: Names) -> None:
        self._lists[key] = names
        while len(self._lists) > MOST_LISTS:
            self._lists.popitem(last=False)

    def keep(self, key: str | None, names: Names) -> None:
        """Remember a list."""
        if key is None:
            return
        self._remember(key, names)
        file = self._file(key)
        new = f"{file}.{os.getpid()}"
        with contextlib.suppress(OSError):
            os.makedirs(self._folder, exist_ok=True)  # a cache that could not be read is removed whole
            with open(new, "w", encoding="utf-8") as written:
                json.dump(names, written)
            os.replace(new, file)

    def _file(self, key: str) -> str:
        return os.path.join(self._folder, hashlib.sha256((self._here + key).encode()).hexdigest())


def complete(script: Any, line: int, column: int, members: Members) -> dict[str, Any]:
    """Return the names that fit, and how many characters before the caret they replace; `more` if not all."""
    found = receiver(script, line, column)
    if found is None:
        fitting = script.complete(line, column)
        names = [(each.name_with_symbols, kind_of(each)) for each in fitting[: MOST_NAMES + 1]]
        typed = fitting[0].get_completion_prefix_length() if fitting else 0
    else:
        text, roots, last, word = found
        typed = len(word)
        key = origin(script._module_node, text, roots, (line, column))
        known = members.kept(key)
        if known is None:
            known = find_members(script, line, column - typed, last, members)
            members.keep(key, known)
        names = [each for each in known if each[0].lower().startswith(word.lower())]
    shown = [{"name": name, "kind": kind} for name, kind in names[:MOST_NAMES]]
    return {"names": shown, "typed": typed if shown else 0, "more": len(names) > MOST_NAMES}


def find_members(script: Any, line: int, column: int, last: Any, members: Members) -> Names:
    """Return the members of the value whose last leaf is `last`, the dot being just before the place."""
    key = None
    if last.type == "name":
        values = script.infer(*last.start_pos)
        if len(values) == 1 and is_elsewhere(values[0]):
            key = f"type {values[0].full_name} {values[0].description}"
    names = members.kept(key)
    if names is None:
        names = [(each.name, kind_of(each)) for each in script.complete(line, column)]
        members.keep(key, names)
    return names


def receiver(script: Any, line: int, column: int) -> tuple[str, list[str], Any, str] | None:
    """Return what stands before the dot before the caret: its text, its names, its last leaf, and the
    beginning of the member's name; None where no member is written."""
    module, caret = script._module_node, (line, column)
    leaf = module.get_leaf_for_position(caret, include_prefixes=True)
    while leaf is not None and leaf.start_pos >= caret:
        leaf = leaf.get_previous_leaf()
    if leaf is None:
        return None
    word = ""
    if leaf.type in ("name", "keyword"):
        if leaf.end_pos < caret:
            return None
        word = leaf.value[: column - leaf.start_pos[1]]
        leaf = leaf.get_previous_leaf()
    elif leaf.end_pos != caret:
        return None
    dot = leaf
    if dot is None or dot.value != "." or is_import(script, line):
        return None
    leaf = last = dot.get_previous_leaf()
    parts: list[str] = []
    roots: list[str] = []
    depth = 0
    while leaf is not None:
        if leaf.value in (")", "]", "}"):
            depth += 1
        elif leaf.value in ("(", "[", "{"):
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and leaf.type not in ("name", "string", "number") and leaf.value != ".":
            break
        parts.append(leaf.value)
        if leaf.type == "name":
            roots.append(leaf.value)
        before = leaf.get_previous_leaf()
        if depth == 0 and leaf.value != "." and not (before is not None and continues(before, leaf)):
            break
        leaf = before
    return (" ".join(reversed(parts)), roots, last, word) if parts and last is not None else None


def continues(before: Any, leaf: Any) -> bool:
    """Whether a leaf goes on with the same value as the one before it."""
    if leaf.value in ("(", "["):
        return before.type in ("name", "string") or before.value in (")", "]", "}")
    return bool(before.value == ".")


def is_import(script: Any, line: int) -> bool:
    text = script._code_lines[line - 1].lstrip()
    return bool(text.startswith(("import ", "from ")))


def origin(module: Any, text: str, roots: list[str], caret: tuple[int, int]) -> str | None:
    """Return all that the value of an expression depends on, as text; None where that is not in the code.

    It is the statements that define its names, those that define theirs, and so on.
    """
    used = module.get_used_names()
    waiting, known, parts = list(roots), set(roots), {}
    while waiting:
        name = waiting.pop()
        for leaf in used.get(name, ()):
            if not leaf.is_definition():
                continue
            statement = leaf
            while statement.parent.type != "file_input":
                statement = statement.parent
            if statement.start_pos in parts:
                continue
            parts[statement.start_pos] = statement
            if len(parts) > MOST_ORIGINS or imports_own(statement):
                return None
            here = {each.value for each in names_in(statement)} - known
            known |= here
            waiting += here
    stars = [each for each in module.iter_imports() if each.is_star_import()]
    if any(imports_own(each) for each in stars):
        return None
    told = [(at < caret, parts[at].get_code(include_prefix=False)) for at in sorted(parts)]
    return json.dumps([text, told, [each.get_code(include_prefix=False) for each in stars]])


def names_in(node: Any) -> Iterator[Any]:
    """Yield the names in a node."""
    leaf, last = node.get_first_leaf(), node.get_last_leaf()
    while leaf is not None:
        if leaf.type == "name":
            yield leaf
        if leaf is last:
            return
        leaf = leaf.get_next_leaf()


def imports_own(node: Any) -> bool:
    """Whether a statement imports one of the project's files, which may change at any time."""
    if "import" not in node.get_code():
        return False
    return any(os.path.exists(each.value) or os.path.exists(each.value + ".py") for each in names_in(node))


def defined(module: Any) -> list[str]:
    """Return the names that the code defines outside of functions and classes, the latest first."""
    places: dict[str, tuple[int, int]] = {}
    for name, leaves in module.get_used_names().items():
        for leaf in leaves:
            if leaf.is_definition() and not is_within(leaf):
                places[name] = max(places.get(name, (0, 0)), leaf.start_pos)
    return sorted(places, key=lambda name: places[name], reverse=True)


def is_within(leaf: Any) -> bool:
    """Whether a name is defined in a function or a class, or as an attribute."""
    scope = leaf.get_definition()
    scope = None if scope is None else scope.parent
    while scope is not None and scope.type != "file_input":
        if scope.type in ("funcdef", "classdef", "lambdef", "comp_for", "sync_comp_for"):
            return True
        scope = scope.parent
    return bool(leaf.parent.type == "trailer")


def module_named(module: Any, name: str) -> list[str]:
    """Return the modules that a name is imported from."""
    return [
        each.get_paths()[0][0].value
        for each in module.iter_imports()
        if any(leaf.value == name for leaf in each.get_defined_names()) and each.get_paths()[0]
    ]


KINDS = {"funcdef": "function", "classdef": "class", "import_name": "module", "param": "param"}


def kind_of(each: Any) -> str:
    """Return the kind of a name as it is written: to know more, jedi would read other modules."""
    name = each._name
    tree = getattr(name, "tree_name", None)
    definition = None if tree is None else tree.get_definition()
    if type(name).__name__ == "SubModuleName":
        return "module"
    if definition is None:
        return "instance" if each.name.startswith("__") else str(each.type)
    if definition.type == "import_from":
        spelled = each.name
        return "class" if spelled[:1].isupper() and not spelled.isupper() else "function"
    if definition.type == "funcdef" and "property" in " ".join(
        each.get_code() for each in definition.get_decorators()
    ):
        return "property"
    return KINDS.get(definition.type, "statement")


def is_elsewhere(value: Any) -> bool:
    """Whether a value's type comes from a package, which stays as it is."""
    path = value.module_path
    if not value.full_name or path is None:
        return bool(value.full_name and value.in_builtin_module())
    return not str(path).startswith(os.getcwd() + os.sep)


def explain(script: Any, line: int, column: int) -> dict[str, Any]:
    """Return what the name under the caret is: its kind, where it comes from, signature and docstring."""
    found = script.help(line, column) or script.infer(line, column)
    if not found:
        return {}
    name = found[0]
    signatures = [each.to_string() for each in name.get_signatures()[:4]]
    return {
        "name": name.full_name or name.name,
        "kind": name.type,
        "signatures": signatures,
        "docstring": name.docstring(raw=True)[:LONGEST_DOCSTRING],
    }


def signatures(script: Any, line: int, column: int) -> dict[str, Any]:
    """Return the signatures of the call around the caret; `index` is the parameter that is typed, or null."""
    return {
        "signatures": [
            {
                "name": each.name,
                "parameters": [parameter.to_string() for parameter in each.params],
                "index": each.index,
                "docstring": each.docstring(raw=True)[:LONGEST_DOCSTRING],
            }
            for each in script.get_signatures(line, column)[:8]
        ]
    }


def define(script: Any, line: int, column: int) -> dict[str, Any]:
    """Return where the name under the caret is defined: a line of this code, or an excerpt of a file."""
    found = script.goto(line, column, follow_imports=True, follow_builtin_imports=True)
    for name in found:
        if name.line is None:
            continue
        if str(name.module_path) == str(script.path):
            return {"line": name.line, "column": name.column}
        return {
            "module": name.module_name,
            "line": name.line,
            "excerpt": name.get_line_code(before=LINES_BEFORE, after=LINES_AFTER),
            "first": max(1, name.line - LINES_BEFORE),
        }
    return {}


def prepare(script: Any, line: int, column: int) -> dict[str, Any]:
    """Read what every answer needs; what the code defines is looked up once this is answered."""
    script.complete(line, column)
    return {}


ASKED = {
    "prepare": prepare,
    "explain": explain,
    "signatures": signatures,
    "define": define,
}

if __name__ == "__main__":
    main()
