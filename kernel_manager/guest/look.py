"""Answers one question about a database: `python -I look.py`.

The question comes in on standard input, the answer goes out as one line, both as JSON. Runs in the
interpreter of a project's environment, for its drivers; `sql/look.py` does the work.
"""

import json
import os
import sys


def main() -> None:
    """Answer, and be gone."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a library prints is no answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    here = os.path.dirname(os.path.abspath(__file__))
    from importlib import import_module

    # For this one import, which needs the standard library alone: nothing beside may stand in for a driver.
    sys.path.insert(0, os.path.dirname(here))
    look = import_module(f"{os.path.basename(here)}.sql.look")
    del sys.path[0]
    answers.write(json.dumps(look.answer(json.load(sys.stdin), os.getcwd())) + "\n")
    answers.flush()
    # A driver's threads are nobody's business any more.
    os._exit(0)


if __name__ == "__main__":
    main()
