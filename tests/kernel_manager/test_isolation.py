"""The sandbox's command line, what an interpreter needs, who owns what, and the network of a class."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel_manager import isolation, isolation_probe
from kernel_manager.hardware import HardwareClass
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import Inside, inner_environment, of_kernel, sandboxed
from kernel_manager.networks import EVERYTHING_CLOSED, METADATA, NOBODYS, SITES, routes
from kernel_manager.owners import Owners, pick
from tests.support.kernels import attached

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start kernels as somebody else")


def inside(**changes: object) -> Inside:
    values: dict[str, object] = {
        "roots": ["/srv/env"],
        "project": "/data/p",
        "sockets": "/data/s",
        "guest": "/code/guest",
        "environment": {"A": "1"},
        **changes,
    }
    return of_kernel(**values)  # type: ignore[arg-type]


def test_a_kernel_is_closed_in_with_all_namespaces_and_no_network() -> None:
    command = sandboxed(["python"], inside(), uid=None, information=3)
    assert command[0] == "bwrap"
    assert set(isolation.CLOSED) <= set(command)
    assert "--share-net" not in command
    assert command[-2:] == ["--", "python"]
    written = [command[at + 2] for at, each in enumerate(command) if each == "--bind"]
    assert written == ["/run/kernel", "/project"]


def test_the_projects_user_never_walks_to_the_folders_of_the_host() -> None:
    command = sandboxed(["python"], inside(), uid=7, information=3)
    second = command[command.index("setpriv") :]
    assert second[1:3] == ["--reuid=7", "--regid=7"]
    assert "/data/p" not in second
    assert "/code/guest" not in second


def test_only_a_class_with_internet_shares_a_network_which_is_not_the_hosts() -> None:
    command = sandboxed(["python"], inside(network=EVERYTHING_CLOSED), uid=7, information=3)
    assert "--share-net" in command
    assert any("unshare --net" in each for each in command)


def test_of_the_servers_variables_only_language_and_zone_reach_a_kernel() -> None:
    own = {"LANG": "de_DE.UTF-8", "TZ": "UTC", "PATH": "/x", "SECRET": "s", "HOME": "/root"}
    environment = inner_environment("/env/bin/python", {"MINE": "1"}, own)
    assert environment["LANG"] == "de_DE.UTF-8"
    assert environment["MINE"] == "1"
    assert environment["HOME"] == isolation.HOME
    assert environment["PATH"].startswith("/env/bin:")
    assert "SECRET" not in environment


def test_an_environment_needs_the_installation_it_was_made_from(tmp_path: Path) -> None:
    base, env = tmp_path / "base", tmp_path / "env"
    for folder in (base / "bin", base / "lib" / "python3.11", env / "bin"):
        folder.mkdir(parents=True)
    (base / "bin" / "python3.11").touch()
    (tmp_path / "short").symlink_to(base)
    (env / "pyvenv.cfg").write_text(f"home = {tmp_path}/short/bin\n")
    (env / "bin" / "python").symlink_to(tmp_path / "short" / "bin" / "python3.11")
    needs = needs_of(str(env / "bin" / "python"))
    assert sorted(needs.roots) == sorted([str(base), str(env)])
    assert needs.links == [(str(tmp_path / "short"), str(base))]


def test_a_program_in_a_home_is_no_reason_to_show_the_home(tmp_path: Path) -> None:
    (tmp_path / "home" / "bin").mkdir(parents=True)
    (tmp_path / "home" / "bin" / "python").touch()
    with pytest.raises(InterpreterMissing, match="not the Python of an environment"):
        needs_of(str(tmp_path / "home" / "bin" / "python"))


def test_each_folder_has_a_user_that_stays(tmp_path: Path) -> None:
    owners = Owners(tmp_path)
    one, two = owners.of(tmp_path / "a"), owners.of(tmp_path / "b")
    assert one != two
    assert Owners(tmp_path).of(tmp_path / "a") == one
    assert pick("x", {5, 6}, 5, 3) == 7
    with pytest.raises(OverflowError):
        pick("x", {5}, 5, 1)


def test_a_blocker_is_answered_with_what_to_do() -> None:
    assert "AppArmor" in isolation_probe.advice(
        "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"
    )
    assert "Docker" in isolation_probe.advice("bwrap: Creating new namespace failed")
    assert "/proc" in isolation_probe.advice("bwrap: Can't mount proc on /newroot/proc")


def test_a_sandbox_that_lets_its_program_out_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "CLOSED", (*isolation.CLOSED, "--share-net"))
    standing = isolation_probe.standing_of(str(tmp_path), None)
    assert not standing.works
    assert "reach a port of the server's machine" in standing.why
    assert not (tmp_path / isolation_probe.ANSWER).exists()


TRIES = """
import socket
def tries(*address):
    with socket.socket() as line:
        line.settimeout(3)
        try: line.connect(address)
        except OSError as error: return error.strerror or 'timed out'
        return 'open'
"""


@only_root
@pytest.mark.kernel
async def test_a_class_with_internet_has_a_way_out_but_none_to_the_host_or_the_cloud(tmp_path: Path) -> None:
    code = f"{TRIES}print('tap0' in open('/proc/net/route').read())\n"
    with socket.create_server(("127.0.0.1", 0)) as host:
        port = host.getsockname()[1]
        hosts = [("127.0.0.1", port), ("10.0.2.2", port), ("169.254.169.254", 80), ("192.168.0.1", 80)]
        code += "".join(f"print(tries{address})\n" for address in hosts)
        internet = HardwareClass("i", "Internet", "local", internet=True)
        async with attached(tmp_path, hardware=internet, python=sys.executable) as (client, reports, _):
            client.execute("a", code)
            await reports.finished("a")
            said = reports.text("a").splitlines()
    assert said[0] == "True"
    assert "open" not in said
    assert said[3:] == ["Permission denied", "Permission denied"]


@pytest.fixture
def site() -> Iterator[str]:
    """An address of this machine that is none of the kernel's, as a database of the site has one."""
    address = "10.99.99.1"
    subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    yield address
    subprocess.run(["ip", "address", "del", f"{address}/32", "dev", "lo"], check=True)


@only_root
@pytest.mark.kernel
async def test_a_network_of_the_site_is_entered_where_an_admin_opened_it(tmp_path: Path, site: str) -> None:
    internet = HardwareClass("i", "Internet", "local", internet=True)
    with socket.create_server((site, 0)) as database, socket.create_server(("127.0.0.1", 0)) as host:
        places = [(site, database.getsockname()[1]), ("10.99.98.1", 80), ("127.0.0.1", host.getsockname()[1])]
        code = TRIES + "".join(f"print(tries{place})\n" for place in places)
        placed = attached(
            tmp_path, hardware=internet, python=sys.executable, opened_networks=("10.99.99.0/24",)
        )
        async with placed as (client, reports, _):
            client.execute("a", code)
            await reports.finished("a")
            said = reports.text("a").splitlines()
    assert said == ["open", "Permission denied", "Connection refused"]


@pytest.mark.parametrize(
    ("opened", "closed", "let_through"),
    [
        ((), (*SITES, *NOBODYS), ()),
        (("10.1.0.0/16", "192.168.7.9"), (*SITES, *NOBODYS, METADATA), ("10.1.0.0/16", "192.168.7.9/32")),
        (("10.0.0.0/8", "10.1.0.0/16"), (*SITES[1:], *NOBODYS, METADATA), ()),
        (SITES, (*NOBODYS, METADATA), ()),
        (("0.0.0.0/0",), (*NOBODYS, METADATA), ()),
        (("169.254.169.254", "127.0.0.1", "8.8.8.8"), (*SITES, *NOBODYS, METADATA), ()),
    ],
)
def test_only_networks_of_a_site_are_opened_and_never_where_clouds_hand_out_secrets(
    opened: tuple[str, ...], closed: tuple[str, ...], let_through: tuple[str, ...]
) -> None:
    found = routes(opened)
    assert (found.closed, found.opened) == (closed, let_through)


def test_the_link_to_one_of_several_states_can_be_followed_when_it_names_another(tmp_path: Path) -> None:
    home = tmp_path / "project"
    (home / "states" / "one" / "bin").mkdir(parents=True)
    (home / "states" / "one" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (home / "states" / "one" / "bin" / "python").symlink_to("/usr/bin/python3")
    (home / "current").symlink_to("states/one")
    needs = needs_of(str(home / "current" / "bin" / "python"))
    assert (needs.roots, needs.links) == ([str(home)], [])


def test_the_base_that_a_state_leads_to_is_shown_whichever_state_is_in_use(tmp_path: Path) -> None:
    home, base = tmp_path / "project", tmp_path / "base"
    for place in (home / "states" / "own", base):
        (place / "bin").mkdir(parents=True)
        (place / "pyvenv.cfg").write_text("home = /usr/bin\n")
        (place / "bin" / "python").symlink_to("/usr/bin/python3")
    (home / "states" / "first").symlink_to("../../base")
    (home / "states" / "gone").symlink_to("../../another")
    for state in ("first", "own"):
        (home / "current").symlink_to(f"states/{state}")
        needs = needs_of(str(home / "current" / "bin" / "python"))
        assert (sorted(needs.roots), needs.links) == (sorted([str(home), str(base)]), [])
        (home / "current").unlink()
