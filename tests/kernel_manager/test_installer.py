"""What guards the installer: the gate's rules, and the seal on what was built."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kernel_manager.environment import gate
from kernel_manager.environment.failures import explain
from kernel_manager.environment.gate import Refused, Rules, connect, outermost
from kernel_manager.environment.installed import installed
from kernel_manager.environment.seal import Tampered, bones, hand_over, seal
from kernel_manager.environment.workshop import REFUSED, rules_of


def rules(hosts: list[str], **variables: str) -> Rules:
    return Rules(rules_of(variables, hosts))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Names as this test knows them, and the addresses that were connected to."""
    known = {"intra.example": "10.1.2.3", "far.example": "93.184.216.34", "meta.example": "169.254.169.254"}
    connected: list[tuple[str, int]] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known and not host[:1].isdigit():
            raise socket.gaierror(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known.get(host, host), port))]

    def create(address: tuple[str, int], _: float) -> socket.socket:
        connected.append(address)
        return socket.socket()

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", create)
    monkeypatch.setattr(gate, "_is_ours", lambda address: address == "93.184.216.99")
    return connected


def test_the_index_may_be_in_a_private_network_and_nothing_else_there(names: list[tuple[str, int]]) -> None:
    found = rules(["*"], UV_DEFAULT_INDEX="http://user:pass@intra.example:8080/simple")
    connect(found, "intra.example", 8080).close()
    connect(found, "far.example", 443).close()
    assert names == [("10.1.2.3", 8080), ("93.184.216.34", 443)]
    closed = [("intra.example", 443), ("meta.example", 80), ("10.1.2.3", 8080), ("127.0.0.1", 80)]
    closed += [("far.example", 5432), ("93.184.216.99", 443), ("100.64.0.1", 80), ("198.18.0.1", 443)]
    for host, port in closed:
        with pytest.raises(Refused):
            connect(found, host, port)


def test_an_admin_may_name_the_only_hosts(names: list[tuple[str, int]]) -> None:
    found = rules(["intra.example"])
    connect(found, "intra.example", 443).close()
    with pytest.raises(Refused):
        connect(found, "far.example", 443)
    with pytest.raises(Refused):
        connect(found, "intra.example", 8080)
    assert found.is_named("pypi.org", 443)
    assert names == [("10.1.2.3", 443)]


def test_the_sites_own_proxy_is_asked_and_still_nothing_private(names: list[tuple[str, int]]) -> None:
    found = rules(["*"], HTTPS_PROXY="http://me:word@proxy.example:3128", NO_PROXY=".far.example")
    connect(found, "only-the-proxy-knows.example", 443).close()
    connect(found, "far.example", 443).close()
    assert names == [("proxy.example", 3128), ("93.184.216.34", 443)]
    with pytest.raises(Refused):
        connect(found, "intra.example", 443)
    assert gate._pass(found.upstream) == ["Proxy-Authorization: Basic bWU6d29yZA=="]


@pytest.mark.parametrize("address", ["::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1"])
def test_an_address_wrapped_in_another_is_unwrapped(address: str) -> None:
    assert str(outermost(address)) == "10.0.0.1"
    assert not rules(["*"]).is_open(address)


def test_the_gate_tunnels_passes_plain_requests_on_and_says_what_it_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index, socket.create_server(("127.0.0.1", 0)) as door:
        at = f"127.0.0.1:{index.getsockname()[1]}"
        found = rules([], UV_DEFAULT_INDEX=f"http://{at}/simple")

        def serve() -> None:
            with suppress(OSError):  # the test closes the door
                gate.serve(door, found)

        threading.Thread(target=serve, daemon=True).start()

        def ask(text: str) -> socket.socket:
            line = socket.create_connection(door.getsockname(), 10)
            line.sendall(text.encode())
            return line

        with ask(f"CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n\r\n") as line:
            assert line.recv(100).startswith(b"HTTP/1.1 200")
            far, _ = index.accept()
            with far:
                line.sendall(b"hello")
                assert far.recv(100) == b"hello"
                far.sendall(b"you")
                assert line.recv(100) == b"you"
        asked = (
            f"GET http://{at}/simple/x/?a=1 HTTP/1.1\r\nHost: {at}\r\nProxy-Connection: keep-alive\r\n\r\n"
        )
        with ask(asked) as line:
            far, _ = index.accept()
            with far:
                passed = far.recv(1000)
                far.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert passed == f"GET /simple/x/?a=1 HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n".encode()
        for text in ("CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n", "GET http://10.0.0.1/ HTTP/1.1\r\n\r\n"):
            with ask(text) as line:
                assert line.recv(100).startswith(b"HTTP/1.1 403")
        for text in (
            "POST http://{at}/ HTTP/1.1\r\n\r\n",
            "nonsense\r\n\r\n",
            "GET file:///x HTTP/1.1\r\n\r\n",
        ):
            with ask(text) as line:
                assert line.recv(100).startswith(b"HTTP/1.1 502")
    assert capsys.readouterr().out.split() == ["169.254.169.254", "10.0.0.1"]


def test_a_refused_host_is_told_in_a_sentence() -> None:
    failure = explain(f"error: Failed to fetch: `https://x.example.org/a.whl`\n{REFUSED} x.example.org.")
    assert failure.code == "host_closed"
    assert failure.sentence.startswith("The installer may not reach x.example.org. An admin")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """An environment as uv makes it, with one package."""
    folder = tmp_path / "state"
    packages = folder / "lib" / "python3.11" / "site-packages"
    (folder / "bin").mkdir(parents=True)
    (packages / "tidy-1.0.dist-info").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (folder / "bin" / "python").symlink_to("/usr/bin/python3")
    (folder / "bin" / "python3").symlink_to("python")
    (folder / "lib64").symlink_to("lib")
    (packages / "tidy.py").write_text("")
    (packages / "link.py").symlink_to("tidy.py")
    return folder


def packages(state: Path) -> Path:
    return state / "lib" / "python3.11" / "site-packages"


def test_what_is_sealed_can_be_removed_and_not_written_to(state: Path) -> None:
    before = bones(state)
    (state / "bin" / "tool").write_text("#!/bin/sh\n")
    (state / "bin" / "tool").chmod(0o4777)
    (packages(state) / "tidy.py").chmod(0o666)
    packages(state).chmod(0o777)
    if os.geteuid() == 0:
        hand_over(state, 1_900_000_001, files=True)
    seal(state, before)
    modes = [path.stat().st_mode & 0o7777 for path in (state / "bin" / "tool", packages(state) / "tidy.py")]
    assert [*modes, packages(state).stat().st_mode & 0o7777] == [0o555, 0o444, 0o755]
    assert {path.lstat().st_uid for path in (state, *state.rglob("*"))} == {os.geteuid()}


def python(state: Path) -> Path:
    """Make room for another Python."""
    place = state / "bin" / "python"
    place.unlink()
    return place


DEEDS: dict[str, Callable[[Path], object]] = {
    "another Python": lambda s: python(s).symlink_to("python3"),
    "a program as Python": lambda s: python(s).write_text("x"),
    "another home": lambda s: (s / "pyvenv.cfg").write_text("home = /root/secret/bin\n"),
    "a new link": lambda s: (s / "bin" / "python3.12").symlink_to("python"),
    "a link to a file": lambda s: (packages(s) / "tidy-1.0.dist-info" / "METADATA").symlink_to("/etc/shadow"),
    "a link to a folder": lambda s: (packages(s) / "x").symlink_to("../../../../.."),
    "a link over a link": lambda s: [
        (s / "top").mkdir(),
        (packages(s) / "down").symlink_to("../../../top"),
        (packages(s) / "out").symlink_to("down/../../x"),
    ],
    "a pipe": lambda s: os.mkfifo(packages(s) / "tidy-1.0.dist-info" / "METADATA"),
    "a moved folder": lambda s: [
        (s / "lib").rename(s.parent / "elsewhere"),
        (s / "lib").symlink_to(s.parent / "elsewhere"),
    ],
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_could_fool_the_server_is_found_out(state: Path, deed: str) -> None:
    before = bones(state)
    DEEDS[deed](state)
    with pytest.raises(Tampered):
        seal(state, before)


def test_a_package_that_says_too_much_of_itself_is_read_in_part(state: Path) -> None:
    about = packages(state) / "tidy-1.0.dist-info"
    with (about / "METADATA").open("w") as file:
        file.write("Name: tidy\nVersion: 1.0\n")
        file.truncate(2**40)
    with (about / "RECORD").open("w") as file:
        file.truncate(2**33)
    assert installed(state)["tidy"].version == "1.0"
