"""Sends `%pip install` and `!pip install` to the project's environment instead of running a pip.

An environment is read-only for its kernels, and has no pip. The request leaves as a question on the channel
of `input()`, which the server answers itself once the packages are there. Standard library only.
"""

import importlib
import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

QUESTION = "\x00commonbook-install:"
"""How a question to the server begins; no person's prompt does."""

_PIP = re.compile(
    r"\s*(?:sudo\s+)?(?:\S*python[\d.]*\s+-m\s+)?(?:uv\s+)?pip[\d.]*\s+(?=(?:install|uninstall)\b)"
)


def register(shell: "Any") -> None:
    """Teach a kernel's shell where packages come from."""
    usual = shell.system

    def system(command: str) -> "Any":
        found = _PIP.match(command)
        return usual(command) if found is None else ask(shell, command[found.end() :])

    def pip(line: str) -> None:
        """Install into the project's environment: `%pip install NAME`."""
        words = line.split()
        if words and words[0] in ("install", "uninstall"):
            ask(shell, line)
        elif words and words[0] in ("list", "freeze"):
            print(_listed())  # noqa: T201 - this is what people asked for
        else:
            raise _usage_error("Here, %pip knows install, uninstall, list and freeze.")

    shell.system = system
    shell.register_magic_function(pip, "line", "pip")
    shell.register_magic_function(lambda line: pip(line.strip().removeprefix("pip").strip()), "line", "uv")


def ask(shell: "Any", line: str) -> None:
    """Have the server do it, and wait until it is done. Raises `UsageError` with a sentence."""
    if getattr(shell, "kernel", None) is None or not shell.kernel._allow_stdin:
        raise _usage_error("Packages cannot be installed from here. Use the Environment panel.")
    answer = json.loads(shell.kernel.raw_input(QUESTION + json.dumps(line)))
    importlib.invalidate_caches()
    if not answer["ok"]:
        raise _usage_error(answer["text"])
    print(answer["text"])  # noqa: T201 - this is what people asked for


def _usage_error(text: str) -> Exception:
    from IPython.core.error import UsageError

    return UsageError(text)


def _listed() -> str:
    from importlib.metadata import distributions

    found = {each.metadata["Name"]: each.version for each in distributions()}
    return "\n".join(f"{name}=={found[name]}" for name in sorted(found, key=str.lower))
