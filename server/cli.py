"""The `commonbook` command: parses arguments and hands them on.

Each command is one function that adds itself to the parser, so another
command is another entry in `COMMANDS`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from server.config import BadSetting, Config, load

Commands = Any
"""What `argparse` calls the sub-parsers; it exports no type for them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="commonbook", description="Notebooks that people share, on your own machine."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.call(chosen))
    except BadSetting as failure:
        return complain(str(failure))
    except KeyboardInterrupt:
        return 130


def complain(sentence: str) -> int:
    """Print why a command failed; returns its exit status."""
    print(f"commonbook: {sentence}", file=sys.stderr)
    return 1


def command(
    commands: Commands, name: str, summary: str, call: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Add a command with the options that all share."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.add_argument("--data", type=Path, help="the folder that holds everything")
    parser.add_argument("--config", type=Path, help="the settings file (default: DATA/commonbook.toml)")
    parser.set_defaults(call=call)
    return parser


def settings(chosen: argparse.Namespace) -> Config:
    """Return the settings that a command runs with."""
    names = ("data", "host", "port", "base_url", "database_url", "log_json", "allow_unsandboxed")
    flags = {name: getattr(chosen, name, None) for name in names}
    return load(
        {name: value for name, value in flags.items() if value is not None}, os.environ, chosen.config
    )


def _add_serve(commands: Commands) -> None:
    parser = command(commands, "serve", "start the server", _serve)
    parser.add_argument("--host", help="the address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port to listen at (default: 8800; 0 takes a free one)")
    parser.add_argument("--base-url", help="the address that people type, where a proxy stands in front")
    parser.add_argument("--database-url", help="postgresql://… instead of a SQLite file in the data folder")
    parser.add_argument("--log-json", action="store_true", default=None, help="log one JSON object a line")
    _add_unsandboxed(parser)
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")


def _add_unsandboxed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-unsandboxed",
        action="store_true",
        default=None,
        help="start kernels even where they cannot be isolated: their code may do what you may",
    )


def _serve(chosen: argparse.Namespace) -> int:
    from server.serve import serve

    return asyncio.run(serve(settings(chosen), open_browser=not chosen.no_browser))


def _add_user(commands: Commands) -> None:
    users = commands.add_parser("user", help="accounts").add_subparsers(metavar="ACTION", required=True)
    parser = command(users, "add", "make an account", _user_add)
    parser.add_argument("name")
    parser.add_argument("--email", required=True)
    parser.add_argument(
        "--password-stdin", action="store_true", required=True, help="read the password from standard input"
    )
    parser.add_argument("--admin", action="store_true", help="let it manage the whole site")
    parser = command(users, "password-link", "print a link that sets a new password, once", _password_link)
    parser.add_argument("name", help="the account's login name or e-mail address")


def _user_add(chosen: argparse.Namespace) -> int:
    from server.offline import add_user

    password = sys.stdin.readline().rstrip("\r\n")
    print(asyncio.run(add_user(settings(chosen), chosen.name, chosen.email, password, admin=chosen.admin)))
    return 0


def _password_link(chosen: argparse.Namespace) -> int:
    from server.offline import password_link

    print(asyncio.run(password_link(settings(chosen), chosen.name)))
    return 0


def _add_token(commands: Commands) -> None:
    tokens = commands.add_parser("token", help="API tokens").add_subparsers(metavar="ACTION", required=True)
    parser = command(tokens, "create", "print a new API token of an account", _token_create)
    parser.add_argument("name", help="the account's login name or e-mail address")
    parser.add_argument("--expires-days", type=int)


def _token_create(chosen: argparse.Namespace) -> int:
    from server.offline import create_token

    print(asyncio.run(create_token(settings(chosen), chosen.name, chosen.expires_days)))
    return 0


def _add_run(commands: Commands) -> None:
    parser = command(commands, "run", "run a notebook file without a browser", _run)
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="an .ipynb, .py or .deepnote file")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="where to write it, with outputs unless it ends in .py (default: over the file)",
    )
    parser.add_argument("--hardware", help="the machine to run on")
    _add_unsandboxed(parser)


def _run(chosen: argparse.Namespace) -> int:
    from server.headless import run_file

    out = chosen.output or chosen.notebook
    if chosen.output is None and out.suffix.lower() == ".py":
        raise BadSetting("A script holds no outputs. Say with -o where to write the notebook.")
    outcome = asyncio.run(run_file(settings(chosen), chosen.notebook, out, chosen.hardware, print))
    return 1 if outcome.failed else 0


def _add_hardware(commands: Commands) -> None:
    actions = commands.add_parser("hardware", help="hardware classes").add_subparsers(
        metavar="ACTION", required=True
    )
    taking = command(
        actions, "import", "take hardware classes from a TOML file, all or none", _hardware_import
    )
    taking.add_argument("file", type=Path, metavar="FILE.toml")
    taking.add_argument("--preview", action="store_true", help="only say what would change")
    listing = command(actions, "list", "print the hardware classes that people see", _hardware_list)
    listing.add_argument("--json", action="store_true", help="for programs")


def _hardware_import(chosen: argparse.Namespace) -> int:
    from server.offline import import_hardware

    lines, is_good = asyncio.run(import_hardware(settings(chosen), chosen.file, preview=chosen.preview))
    print("\n".join(lines), file=sys.stdout if is_good else sys.stderr)
    return 0 if is_good else 1


def _hardware_list(chosen: argparse.Namespace) -> int:
    from server.offline import list_hardware

    print(asyncio.run(list_hardware(settings(chosen), as_json=chosen.json)))
    return 0


def _add_imports(commands: Commands) -> None:
    actions = commands.add_parser("imports", help="import names").add_subparsers(
        metavar="ACTION", required=True
    )
    parser = command(actions, "resolve", "say which distribution an import name means", _imports_resolve)
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="a name as in `import`: cv2, google.cloud.storage"
    )
    _add_kernel_options(parser)


def _imports_resolve(chosen: argparse.Namespace) -> int:
    from server.imports import kernel_of, resolved

    kernel = asyncio.run(kernel_of(chosen.python, chosen.environment))
    print(resolved(chosen.names, kernel, as_json=chosen.json))
    return 0


def _add_requirements(commands: Commands) -> None:
    parent = commands.add_parser("requirements", help="what notebooks and folders need")
    actions = parent.add_subparsers(metavar="ACTION", required=True)
    parser = command(actions, "guess", "print the requirements.txt that paths need", _requirements_guess)
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a notebook, a .py file or a folder"
    )
    parser.add_argument(
        "--pin", choices=("~=", "==", ">=", "none"), default="~=", help="how to write known versions"
    )
    _add_kernel_options(parser)
    parser = command(
        actions, "check", "exit 1 if requirements.txt lacks what is imported", _requirements_check
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="a folder with a requirements.txt")
    _add_kernel_options(parser)


def _add_kernel_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--python", metavar="X.Y", help="the Python version of the kernel (default: this one)"
    )
    parser.add_argument(
        "--environment",
        type=Path,
        metavar="PYTHON",
        help="an interpreter or environment to ask what is installed",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _requirements_guess(chosen: argparse.Namespace) -> int:
    from server.imports import guessed, kernel_of

    kernel = asyncio.run(kernel_of(chosen.python, chosen.environment))
    pin = "" if chosen.pin == "none" else chosen.pin
    print(guessed(chosen.paths, kernel, pin=pin, as_json=chosen.json))
    return 0


def _requirements_check(chosen: argparse.Namespace) -> int:
    from server.imports import checked, kernel_of

    kernel = asyncio.run(kernel_of(chosen.python, chosen.environment))
    text, is_whole = checked(chosen.path, kernel, as_json=chosen.json)
    print(text)
    return 0 if is_whole else 1


def _add_secrets(commands: Commands) -> None:
    actions = commands.add_parser("secrets", help="the secrets of connections").add_subparsers(
        metavar="ACTION", required=True
    )
    command(actions, "rotate", "encrypt all secrets anew, with a new key", _secrets_rotate)


def _secrets_rotate(chosen: argparse.Namespace) -> int:
    from server.offline import rotate_secrets

    text, is_whole = asyncio.run(rotate_secrets(settings(chosen)))
    print(text)
    return 0 if is_whole else 1


def _add_doctor(commands: Commands) -> None:
    command(commands, "doctor", "say how the server is set up and what works here", _doctor)


def _doctor(chosen: argparse.Namespace) -> int:
    from server.doctor import report

    lines, is_well = asyncio.run(report(settings(chosen)))
    print("\n".join(lines))
    return 0 if is_well else 1


COMMANDS: tuple[Callable[[Commands], None], ...] = (
    _add_serve,
    _add_user,
    _add_token,
    _add_hardware,
    _add_run,
    _add_imports,
    _add_requirements,
    _add_secrets,
    _add_doctor,
)


if __name__ == "__main__":
    sys.exit(main())
