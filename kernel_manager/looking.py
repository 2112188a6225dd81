"""Asks a database something for one project without a kernel: shut in as its kernels are, as the same user.

The driver is the project's own, so it runs in the project's environment and never in the server's. Inside
are that environment, the project's files and one way out: to the addresses of the one database, which were
checked before. Secrets go in by standard input; no file, argument or variable ever holds them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel_manager.environment import tool
from kernel_manager.environment.workshop import GATE_PORT, OPEN, shut_in, way_out
from kernel_manager.guest.sql.look import BY_PROXY
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import GUEST, OUTER_ENVIRONMENT, PROJECT, Inside, inner_environment
from kernel_manager.isolation_probe import GUEST_FOLDER, Standing
from kernel_manager.networks import EVERYTHING_CLOSED
from kernel_manager.supervisor.spawn import hand_over

PROGRAM = "look.py"
LONGEST_ANSWER = 8 * 1024 * 1024


class NoAnswer(Exception):
    """There is no answer; the text is a sentence for the person who asked."""


class TookTooLong(NoAnswer):
    """It did not end in time."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where it is asked from: the project's interpreter and files, and who runs inside.

    `proxy` is the site's own, for databases that are reached over https; hosts in `direct` go without it.
    """

    python: str
    files: Path
    standing: Standing
    uid: int | None = None
    allow_unsandboxed: bool = False
    proxy: str | None = None
    direct: Sequence[str] = ()


async def look(
    seat: Seat,
    connection: Mapping[str, Any],
    addresses: Sequence[str],
    question: Mapping[str, Any],
    limit_s: float,
) -> dict[str, Any]:
    """Return the answer to a question about a database.

    `connection` is as a cell of SQL is told it, `addresses` are those of its host, checked. What is answered
    was made by programs of the project: anything may be in it. Raises `NoAnswer`.
    """
    if not seat.standing.works and not seat.allow_unsandboxed:
        raise NoAnswer(
            f"Databases cannot be looked into: that cannot be kept apart here. {seat.standing.why}"
        )
    python = os.path.abspath(seat.python)  # noqa: ASYNC240 - no look at the disk
    asked = {**question, "connection": connection, "addresses": list(addresses), "gate": None}
    if not seat.standing.works:
        command = tool.dying_with_us([python, "-I", os.path.join(GUEST_FOLDER, PROGRAM)])
        return await _ask(command, asked, str(seat.files), tool.tool_environment(os.environ), [], limit_s)
    try:
        needs = needs_of(python)
    except InterpreterMissing as missing:
        raise NoAnswer(str(missing)) from missing
    uid = seat.uid if seat.standing.own_users else None
    await asyncio.to_thread(_own_files, seat.files, uid)
    inside = Inside(
        roots=needs.roots,
        links=needs.links,
        bound=[(GUEST_FOLDER, GUEST, False), (str(seat.files), PROJECT, True)],
        where=PROJECT,
        environment=inner_environment(python, {}, {}),
    )
    command = [python, "-I", f"{GUEST}/{PROGRAM}"]
    async with AsyncExitStack() as stack:
        open_files = []
        rules = _rules(seat, connection, addresses)
        if rules is not None:
            line = await stack.enter_async_context(way_out(rules, []))
            open_files.append(line)
            asked["gate"] = GATE_PORT
            command = [python, "-I", "-S", "-c", OPEN, str(line), str(GATE_PORT), *command]
        shut, tell = await stack.enter_async_context(shut_in(command, inside, uid))
        return await _ask(shut, asked, "/", OUTER_ENVIRONMENT, [tell, *open_files], limit_s)


async def _ask(
    command: Sequence[str],
    asked: Mapping[str, Any],
    folder: str,
    environment: Mapping[str, str],
    open_files: Sequence[int],
    limit_s: float,
) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        limit=LONGEST_ANSWER,
        pass_fds=list(open_files),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(limit_s):
            with suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(json.dumps(asked).encode())
                await process.stdin.drain()
            process.stdin.close()
            answer = json.loads(await process.stdout.readline())
    except TimeoutError:
        raise TookTooLong(f"There was no answer within {limit_s:.0f} seconds.") from None
    except ValueError:  # nothing, or a line without end
        raise NoAnswer(
            "The project's Python did not answer. Look whether its environment is whole."
        ) from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())
    if not isinstance(answer, dict):
        raise NoAnswer("The project's Python gave no answer that can be read.")
    return answer


def _own_files(files: Path, uid: int | None) -> None:
    """Let the project's user read what the server has just put there."""
    files.mkdir(parents=True, exist_ok=True)
    if uid is not None:
        hand_over(str(files), uid)


def _rules(seat: Seat, connection: Mapping[str, Any], addresses: Sequence[str]) -> dict[str, object] | None:
    """Return the gate's rules: the database's own addresses, or public hosts over https. Pure."""
    is_far = connection["kind"] in BY_PROXY
    if not is_far and not addresses:
        return None
    return {
        "named": [[address, int(connection["fields"]["port"])] for address in addresses],
        "hosts": [],
        "public": is_far,
        "upstream": seat.proxy if is_far else None,
        "direct": list(seat.direct),
        "closed": EVERYTHING_CLOSED.closed,
    }
