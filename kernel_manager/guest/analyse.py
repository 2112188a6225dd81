"""Reads Python code for its editors: `python analyse.py CACHE`.

One question a line comes in, one answer a line goes out, as JSON.

Runs in the interpreter of a project's environment, where nothing of the server is installed, with jedi, which
every kernel's IPython brings. Code is read and never run; jedi imports compiled modules, which is why
this process is shut in as a kernel is. Positions are counted as jedi does: lines from 1, columns
in characters from 0.
"""

import json
import os
import pickle
import resource
import shutil
import sys
from typing import Any

MEMORY = 2 * 1024**3
MOST_NAMES = 250
LONGEST_DOCSTRING = 4000
MOST_PREPARED = 100
LINES_BEFORE, LINES_AFTER = 2, 24


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a module prints while it is imported is no answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import jedi  # type: ignore[import-untyped]

    jedi.settings.cache_directory = sys.argv[1]
    project = jedi.Project(os.getcwd(), load_unsafe_extensions=False)
    environment = jedi.InterpreterEnvironment()
    for line in sys.stdin:
        question = json.loads(line)
        code, path, asked = question["code"], question["path"], ASKED[question["kind"]]
        for is_last in (False, True):
            try:
                script = jedi.Script(code, path=path, project=project, environment=environment)
                answer = asked(script, question["line"], question["column"])
            except (EOFError, pickle.UnpicklingError) as failure:
                # What an earlier process was writing when it was ended.
                shutil.rmtree(sys.argv[1], ignore_errors=True)
                answer = {"failed": type(failure).__name__}
                if not is_last:
                    continue
            except Exception as failure:  # noqa: BLE001 - jedi raises all kinds; the next question is another
                answer = {"failed": type(failure).__name__}
            break
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def complete(script: Any, line: int, column: int) -> dict[str, Any]:
    """Return the names that fit, and how many characters before the caret they replace."""
    found = script.complete(line, column)
    names = [{"name": each.name_with_symbols, "kind": each.type} for each in found[:MOST_NAMES]]
    return {"names": names, "typed": found[0].get_completion_prefix_length() if found else 0}


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
    """Read what the code imports, so that the first question of a person finds it read."""
    script.complete(line, column)
    for name in script.get_names()[:MOST_PREPARED]:
        if name.type == "module":
            for module in name.infer()[:1]:
                module.defined_names()
    return {}


ASKED = {
    "prepare": prepare,
    "complete": complete,
    "explain": explain,
    "signatures": signatures,
    "define": define,
}

if __name__ == "__main__":
    main()
