"""What `%pip install` in a cell does: a job like any other, with the rights of whoever ran the cell."""

from __future__ import annotations

import json
import logging
import re
import shlex
from collections.abc import Awaitable, Callable

from packaging.utils import canonicalize_name

from collab.ids import ProjectId, UserId
from collab.roles import Capability
from kernel_manager.imports.installs import EDITABLE, FILES, read_arguments
from kernel_manager.imports.lines import Refused
from server.access import rights_of
from server.environments import plans
from server.environments.part import environments_of
from server.environments.plans import Wish
from server.identity import Identity
from server.refusals import Refusal
from server.services import Services

Installer = Callable[[ProjectId, UserId, str, str], Awaitable[str]]
"""Takes a project, whoever ran the cell, their name and the line; returns the answer for the kernel."""

FLAGS = re.compile(r"-[qvU]+")
HARMLESS = (
    EDITABLE
    | FILES
    | {
        *(
            "--quiet",
            "--verbose",
            "--upgrade",
            "--upgrade-strategy",
            "--user",
            "--no-input",
            "--progress-bar",
        ),
        *(
            "--no-cache-dir",
            "--no-cache",
            "--cache-dir",
            "--timeout",
            "--retries",
            "--disable-pip-version-check",
        ),
        *("--root-user-action", "--break-system-packages", "--no-warn-script-location", "--prefer-binary"),
        *("--no-warn-conflicts", "--no-color", "--log", "--system", "--default-timeout"),
    }
)
"""Options that change neither what is installed nor where it comes from."""

log = logging.getLogger("commonbook.environments")

NOT_ALLOWED = (
    "Installing packages needs the right to change the environment, which you do not have here. "
    "Ask a collaborator of the project."
)


async def nothing_to_install_with(project: ProjectId, user: UserId, name: str, line: str) -> str:
    """Answer where there are no projects, and so no environments of their own."""
    return _answer("Packages cannot be installed from a cell here.", ok=False)


def installer_of(services: Services) -> Installer:
    """Return what answers the kernels of a server."""

    async def install(project: ProjectId, user: UserId, name: str, line: str) -> str:
        try:
            return _answer(await _install(services, project, user, name, line))
        except Refusal as refusal:
            where = " The Environment panel asks for that." if refusal.code == "confirm_first" else ""
            return _answer(f"{refusal.reason}{where}", ok=False)
        except Exception:
            # The cell waits for an answer: it gets one before the bug reaches the log.
            log.exception("install from a cell failed")
            return _answer("Something failed on the server. Try it from the Environment panel.", ok=False)

    return install


async def _install(services: Services, project: ProjectId, user: UserId, name: str, line: str) -> str:
    rights = await rights_of(services.database, Identity.of_account(user), project)
    if Capability.ENVIRONMENT not in rights:
        raise Refusal("forbidden", NOT_ALLOWED, 403)
    environments, texts = environments_of(services), []
    for wish in wishes_of(line):
        if not isinstance(wish, plans.Remove):
            await environments.demand_word(project, confirmed=False)
        if isinstance(wish, plans.Install):
            known = await environments.names_of(project)
            plans.demand_known(wish.lines, confirmed=False, known=known)
        job = await environments.submit(project, user, name, wish)
        texts.append(await environments.told_when_ended(job))
    return "\n".join(texts)


def wishes_of(line: str) -> list[Wish]:
    """Return what a line after `pip` asks for; raises a `Refusal` that says what is not done here."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        raise Refusal("bad_line", "The quotation marks in this line do not match.") from None
    if words[:1] == ["uninstall"]:
        names = [word for word in words[1:] if not word.startswith("-")]
        return [plans.Remove(canonicalize_name(each)) for each in names]
    arguments = words[1:]
    if arguments in (["-r", "requirements.txt"], ["--requirement", "requirements.txt"]):
        return [plans.Sync()]
    strange = next((each for each in arguments if each.startswith("-") and not _is_harmless(each)), None)
    if strange is not None:
        raise Refusal(
            "bad_line",
            f"{strange.partition('=')[0]} is not used in a cell. Leave it out, or see what the Environment "
            "panel makes of such a line.",
        )
    wanted = read_arguments(arguments)
    for each in wanted:
        if isinstance(each, Refused):
            raise Refusal("bad_line", f"{each.text}: {each.why} Use the Environment panel for it.")
    lines = plans.lines_of([each.text for each in wanted], confirmed=False)
    if {"-U", "--upgrade"} & set(arguments) and all(line.name for line in lines):
        return [plans.Install(lines), plans.Upgrade(tuple(line.name or "" for line in lines))]
    return [plans.Install(lines)]


def _is_harmless(option: str) -> bool:
    return FLAGS.fullmatch(option) is not None or option.partition("=")[0] in HARMLESS


def _answer(text: str, *, ok: bool = True) -> str:
    return json.dumps({"ok": ok, "text": text})
