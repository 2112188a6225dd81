"""The command line that shuts a kernel or an installer into a sandbox of bubblewrap. Pure, light to import.

A kernel sees the system's programs and its interpreter, read-only; its project's files; a temporary
folder and a home of its own; the folder of its own sockets. It has no other process, no network, no
capability and no second user namespace. What was not named here is not there. An installer gets the same,
with the folders that it builds in instead of the kernel's.

Whoever may choose the user inside first binds what is needed there into a staging folder that only this
mount namespace has: that user may not walk to a data folder in somebody's home.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than all that is here
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel_manager.networks import Routes

PROJECT, HOME, SOCKETS, GUEST = "/project", "/home/kernel", "/run/kernel", "/run/guest"
"""Where a kernel finds its project's files, its home, its sockets, and the launcher."""

TEMPORARY = "/tmp"  # noqa: S108 - the kernel's own

TEMPORARY_BYTES = 1024 * 1024 * 1024
"""How much the kernel's temporary folder holds, and how much its home, where its class says nothing."""

OUTER_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
"""What bubblewrap itself is started with: the kernel can read it in `/proc/1/environ`."""

STAGING = "/run/commonbook"
"""A folder of the host that is empty outside of kernels' mount namespaces."""

STAGE = """\
set -e
stage=$1 table=$2; shift 2; number=0 folders=
[ -d "$stage" ] || mkdir -p -m 755 "$stage"
mount -t tmpfs -o mode=755,size=64k,nosuid,nodev none "$stage"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then folders="$folders $stage/$number"; else : > "$stage/$number"; fi
    number=$((number + 1)); shift
done
mkdir $folders
printf "%s" "$table" > "$stage/table"
mount -a -T "$stage/table"
shift; exec "$@"
"""
"""Binds what is named before `--` into the staging folder, as a table of mounts says, then becomes the
command after it. Each program that a shell starts costs every kernel time, so one makes all mounts."""

NETWORK = """\
set -e
stage=$1; shift 2
touch "$stage/net"; unshare --net="$stage/net" true
mkfifo "$stage/ready" "$stage/life"
slirp4netns --configure --mtu=65520 --disable-host-loopback --enable-sandbox --enable-seccomp \
    --netns-type=path --ready-fd=6 --exit-fd=7 "$stage/net" tap0 \
    7<"$stage/life" 6>"$stage/ready" >/dev/null 2>&1 &
exec 7>"$stage/life"
[ "$(head -c 1 <"$stage/ready")" = 1 ] || { echo "The kernel's network could not be made." >&2; exit 98; }
for block in $CLOSED; do nsenter --net="$stage/net" ip route add prohibit "$block"; done
for open in $OPENED; do nsenter --net="$stage/net" ip route replace "$open" via 10.0.2.2; done
exec nsenter --net="$stage/net" "$@"
"""
"""Makes a network of the kernel's own that reaches the internet, then becomes the command after `--`. It ends
when the last process closes descriptor 7."""

CLOSED = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
    *("--cap-drop", "ALL", "--clearenv"),
)

SYSTEM_FILES = (
    *("/etc/alternatives", "/etc/ca-certificates", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf"),
    *("/etc/ld.so.conf.d", "/etc/localtime", "/etc/mime.types", "/etc/pki", "/etc/ssl", "/etc/timezone"),
)
"""What of the system's settings programs need, and nothing that names people, hosts or secrets."""

GPUS_GIVEN = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL")
"""How a scheduler tells a job which GPUs are its own: without them a kernel would take its neighbours'."""


class Inside:
    """What somebody finds inside. `roots` are read-only folders beside the system's.

    `bound` are further places of the host: what, where it is inside, and whether it may be written to.
    """

    __slots__ = ("bound", "devices", "environment", "links", "network", "roots", "tmp", "where")

    def __init__(
        self,
        *,
        roots: Sequence[str],
        bound: Sequence[tuple[str, str, bool]],
        where: str,
        environment: dict[str, str],
        links: Sequence[tuple[str, str]] = (),
        devices: Sequence[str] = (),
        network: Routes | None = None,
        tmp_bytes: int | None = None,
    ) -> None:
        self.roots = roots
        self.bound = bound
        self.where = where
        """The working folder."""
        self.environment = environment
        self.links = links
        """Symbolic links to lay out: where, and to what."""
        self.devices = devices
        self.network = network
        """It reaches the internet by these routes, or nothing. Only with a user of its own."""
        self.tmp = TEMPORARY_BYTES if tmp_bytes is None else tmp_bytes


def of_kernel(
    *,
    roots: Sequence[str],
    project: str,
    sockets: str,
    guest: str,
    environment: dict[str, str],
    links: Sequence[tuple[str, str]] = (),
    devices: Sequence[str] = (),
    network: Routes | None = None,
    tmp_bytes: int | None = None,
) -> Inside:
    """Return what a kernel finds inside."""
    if network is not None:
        names = ("resolv.conf", "hosts")
        links = [*links, *((f"/etc/{name}", f"{GUEST}/network/{name}") for name in names)]
    return Inside(
        roots=roots,
        bound=[(sockets, SOCKETS, True), (guest, GUEST, False), (project, PROJECT, True)],
        where=PROJECT,
        environment=environment,
        links=links,
        devices=devices,
        network=network,
        tmp_bytes=tmp_bytes,
    )


def sandboxed(command: Sequence[str], inside: Inside, *, uid: int | None, information: int) -> list[str]:
    """Return the command that runs `command` inside, as the user `uid` or as the caller's own.

    bubblewrap writes the process id of the sandbox to the descriptor `information`, as JSON. The command
    stays one process up to bubblewrap, which dies with its parent: a process in between that has given up
    its rights could not pass that on to another user.
    """
    network = [] if inside.network is None else ["--share-net"]
    closed = [*CLOSED, *network, "--info-fd", str(information)]
    if uid is None:
        return ["bwrap", *closed, *_mounts(inside, {}), "--", *command]
    sources = [*(source for source, _, _ in inside.bound), *inside.roots]
    staged = {source: f"{STAGING}/{number}" for number, source in enumerate(sources)}
    table = "".join(f"{_in_table(source)} {place} none bind 0 0\n" for source, place in staged.items())
    return [
        *("unshare", "--mount", "/bin/sh", "-c", STAGE, "sh", STAGING, table, *sources, "--"),
        *(_network(inside.network) if inside.network is not None else ()),
        *("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"),
        *("bwrap", *closed, *_mounts(inside, staged), "--", *command),
    ]


def inner_environment(python: str, added: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Return the whole environment of a sandboxed kernel.

    Of the supervisor's `own`: language and zone, and which GPUs a scheduler gave it.
    """
    names = ("LANG", "TZ", *GPUS_GIVEN)
    kept = {name: value for name, value in own.items() if name in names or name.startswith("LC_")}
    return {
        "LANG": "C.UTF-8",
        **kept,
        "PATH": f"{os.path.dirname(python)}:/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME,
        "USER": "kernel",
        "LOGNAME": "kernel",
        "TMPDIR": TEMPORARY,
        # debugpy would otherwise fill the log with advice about frozen modules.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # Its folders are read-only: trying to write byte code there would only cost time.
        "PYTHONDONTWRITEBYTECODE": "1",
        **added,
    }


def _in_table(path: str) -> str:
    """Return a path as a table of mounts spells it."""
    return "".join(f"\\{ord(sign):03o}" if sign in " \t\n\\#" else sign for sign in path)


def _network(routes: Routes) -> list[str]:
    script = NETWORK.replace("$CLOSED", " ".join(routes.closed)).replace("$OPENED", " ".join(routes.opened))
    return ["/bin/sh", "-c", script, "sh", STAGING, "--"]


def _mounts(inside: Inside, staged: Mapping[str, str]) -> list[str]:
    """Return what is laid out inside, from the host's folders or from where they are `staged`."""
    size = str(inside.tmp)
    mounts = ["--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", TEMPORARY]
    for path in inside.devices:
        mounts += ["--dev-bind-try", path, path]
    mounts += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib32", "lib64", "sbin"):
        mounts += ["--symlink", f"usr/{name}", f"/{name}"]
    made: set[str] = set()
    for path in SYSTEM_FILES:
        mounts += [*_parents(path, made), "--ro-bind-try", path, path]
    for root in inside.roots:
        mounts += [*_parents(root, made), "--ro-bind", staged.get(root, root), root]
    for place, target in inside.links:
        mounts += [*_parents(place, made), "--symlink", target, place]
    for source, place, is_writable in inside.bound:
        how = "--bind" if is_writable else "--ro-bind"
        mounts += [*_parents(place, made), how, staged.get(source, source), place]
    mounts += [*_parents(HOME, made), "--size", size, "--tmpfs", HOME]
    variables = [part for name, value in inside.environment.items() for part in ("--setenv", name, value)]
    # Whatever is not a mount of its own can be changed by nobody.
    return [*mounts, "--remount-ro", "/", "--chdir", inside.where, "--hostname", "kernel", *variables]


def _parents(path: str, made: set[str]) -> list[str]:
    """Return what makes the folders above `path`. bubblewrap alone closes them to the kernel's user."""
    steps: list[str] = []
    above = os.path.dirname(path)
    while above not in ("/", "") and above not in made:
        made.add(above)
        steps.append(above)
        above = os.path.dirname(above)
    return [part for step in reversed(steps) for part in ("--dir", step)]
