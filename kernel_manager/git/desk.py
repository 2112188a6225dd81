"""The folder that stands in for a project's `.git`, and the variables that git starts with. None is secret.

In it only objects, refs and the like are links into the project's `.git`; settings, hooks, filters and
drivers are ours.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kernel_manager.environment.workshop import GATE_PORT
from kernel_manager.git import tunnel
from kernel_manager.git.addresses import Address
from kernel_manager.isolation import HOME, PROJECT, TEMPORARY

DESK = "/run/git"

LINKED = ("refs", "logs", "packed-refs", "info", "shallow")
"""What of the project's `.git` git finds in the folder of our making."""

CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = false
\tlogAllRefUpdates = true
\thooksPath = /dev/null
\tfsmonitor = false
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tquotePath = false
\tautocrlf = false
\tpager = cat
[user]
\tuseConfigOnly = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[fetch]
\trecurseSubmodules = false
\twriteCommitGraph = false
[push]
\trecurseSubmodules = no
[submodule]
\trecurse = false
[credential]
\thelper =
[http]
\tfollowRedirects = initial
\tlowSpeedLimit = 100
\tlowSpeedTime = 60
[advice]
\tdetachedHead = false
"""

ASKPASS = """\
#!/bin/sh
case "$1" in
Username*) printf '%s\\n' "$COMMONBOOK_GIT_USER" ;;
*) exec cat "/proc/$COMMONBOOK_GIT_SELF/fd/$COMMONBOOK_GIT_SECRET" ;;
esac
"""

SSH = (
    "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o GlobalKnownHostsFile=none"
    ' -o UserKnownHostsFile="$COMMONBOOK_GIT_DESK/known_hosts" -o StrictHostKeyChecking={strict}'
    " -o HashKnownHosts=no -o UpdateHostKeys=no -o CheckHostIP=no -o ConnectTimeout=20"
    " -o ServerAliveInterval=20 -o ServerAliveCountMax=3 -o PasswordAuthentication=no"
    " -o ClearAllForwardings=yes -o PermitLocalCommand=no -o ForwardAgent=no{key}{proxy}"
)
KEY = ' -i "/proc/$COMMONBOOK_GIT_SELF/fd/$COMMONBOOK_GIT_SECRET"'
PROXY = " -o ProxyCommand='{python} -I -S \"$COMMONBOOK_GIT_DESK/tunnel.py\" {port} %h %p'"

PRELUDE = """\
umask 022
COMMONBOOK_GIT_SELF=$$; export COMMONBOOK_GIT_SELF
P=$GIT_WORK_TREE; D=$COMMONBOOK_GIT_DESK
if [ -f "$P/.git/HEAD" ]; then head -c 300 "$P/.git/HEAD" > "$GIT_DIR/HEAD"; fi
cd "$P"
"""
"""Comes before every script. `P` is the project's folder and `D` the desk, where scripts may leave files."""


@dataclass(frozen=True, slots=True)
class Way:
    """The one place that a command may reach, and what opens it.

    `secret` is a token, or for ssh a private key. With `accepts_any_host` ssh notes which key the host
    shows, in `known_hosts` on the desk; nothing secret may be given along then.
    """

    address: Address
    user: str = ""
    secret: bytes | None = field(default=None, repr=False)
    known_hosts: str = ""
    accepts_any_host: bool = False


def lay_desk(
    desks: Path, files: Path, uid: int | None, way: Way | None, papers: Mapping[str, bytes], *, is_shut: bool
) -> Path:
    """Make the folder that stands in for `.git`, with settings of ours. Nothing in it is secret."""
    desks.mkdir(mode=0o700, parents=True, exist_ok=True)
    desk = Path(tempfile.mkdtemp(dir=desks))
    folder = desk / "dir"
    folder.mkdir()
    project = PROJECT if is_shut else str(files)
    (folder / "config").write_text(CONFIG)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    for name in LINKED:
        (folder / name).symlink_to(f"{project}/.git/{name}")
    (desk / "askpass").write_text(ASKPASS)
    (desk / "askpass").chmod(0o755)
    own = os.geteuid() if uid is None else uid
    (desk / "passwd").write_text(f"kernel:x:{own}:{own}::{HOME}:/bin/sh\n")
    shutil.copyfile(tunnel.__file__, desk / "tunnel.py")
    (desk / "known_hosts").write_text(way.known_hosts if way is not None else "")
    for name, content in papers.items():
        (desk / name).write_bytes(content)
    if uid is not None:
        for place in (desk, *desk.iterdir(), *folder.iterdir()):
            os.chown(place, uid, uid, follow_symlinks=False)
    return desk


def environment_of(
    desk: Path, files: Path, way: Way | None, secret: int | None, upstream: str | None, *, is_shut: bool
) -> dict[str, str]:
    """Return the variables of a command; `secret` is the descriptor of a secret, `upstream` a proxy."""
    place = DESK if is_shut else str(desk)
    project = PROJECT if is_shut else str(files)
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME if is_shut else place,
        "TMPDIR": TEMPORARY if is_shut else place,
        "LC_ALL": "C.UTF-8",
        "COMMONBOOK_GIT_DESK": place,
        "GIT_DIR": f"{place}/dir",
        "GIT_WORK_TREE": project,
        "GIT_INDEX_FILE": f"{project}/.git/index",
        "GIT_OBJECT_DIRECTORY": f"{project}/.git/objects",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": way.address.scheme if way is not None else "none",
        "GIT_ASKPASS": f"{place}/askpass",
        "SSH_ASKPASS": "/bin/false",
        "GIT_EDITOR": "/bin/false",
    }
    if way is None:
        return variables
    variables["COMMONBOOK_GIT_USER"] = way.user
    if secret is not None:
        variables["COMMONBOOK_GIT_SECRET"] = str(secret)
    if is_shut:
        to_gate = f"http://127.0.0.1:{GATE_PORT}"
        variables |= {"http_proxy": to_gate, "https_proxy": to_gate}
    elif upstream:
        variables |= {"http_proxy": upstream, "https_proxy": upstream}
    if way.address.scheme == "ssh":
        variables["GIT_SSH_VARIANT"] = "ssh"
        variables["GIT_SSH_COMMAND"] = SSH.format(
            strict="accept-new" if way.accepts_any_host else "yes",
            key=KEY if secret is not None else "",
            proxy=PROXY.format(python=python(), port=GATE_PORT) if is_shut else "",
        )
    return variables


def python() -> str:
    """Return the interpreter that opens the gate's door inside: the one that this server's was made from."""
    return os.path.realpath(sys.executable)
