"""What may be the address of a repository, or the name of a branch, and what git tells of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from kernel_manager.git.addresses import Address, BadAddress, BadName, check_branch, parse
from kernel_manager.git.calls import Calls, GitFailed
from kernel_manager.git.desk import Way
from kernel_manager.git.failures import explain
from kernel_manager.git.runner import Said
from kernel_manager.git.told import read_log, read_status

DATA = Path(__file__).parents[1] / "data" / "hostile" / "git.json"
HOSTILE: list[dict[str, Any]] = json.loads(DATA.read_text())["items"]


def payloads(kind: str, *, refused: bool) -> list[str]:
    return [
        str(item["payload"])
        for item in HOSTILE
        if item["kind"] == kind and (refused != item["expect"].startswith("passes"))
    ]


PUNYCODE = "https://xn--pple-43d.invalid/a.git"


@pytest.mark.parametrize("url", [each for each in payloads("git_url", refused=True) if each != PUNYCODE])
def test_hostile_addresses_are_refused_before_git_is_started(url: str) -> None:
    with pytest.raises(BadAddress):
        parse(url)


def test_punycode_is_shown_as_what_it_is() -> None:
    assert parse(PUNYCODE).place == "xn--pple-43d.invalid"


@pytest.mark.parametrize("name", payloads("git_ref", refused=True))
def test_hostile_names_of_branches_are_refused(name: str) -> None:
    with pytest.raises(BadName):
        check_branch(name)


@pytest.mark.parametrize("name", ["main", "feature/tides-2", "émile", "v1.2"])
def test_usual_names_of_branches_are_taken(name: str) -> None:
    assert check_branch(name) == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://git.example.org/ann/tides.git", Address("https", "git.example.org", 443, "/ann/tides.git")),
        ("HTTPS://X.INVALID/A.git", Address("https", "x.invalid", 443, "/A.git")),
        ("https://ann@git.example.org/a", Address("https", "git.example.org", 443, "/a")),
        ("git@git.example.org:ann/tides.git", Address("ssh", "git.example.org", 22, "/ann/tides.git", "git")),
        ("ssh://git@git.example.org:2222/a/b", Address("ssh", "git.example.org", 2222, "/a/b", "git")),
    ],
)
def test_usual_addresses_are_taken(text: str, address: Address) -> None:
    assert parse(text) == address
    assert parse(address.url) == address


@pytest.mark.parametrize(
    "url",
    [
        "https://ann:secret@git.example.org/a.git",
        "http://git.example.org/a.git",
        "https://git.example.org",
        "https://git.example.org/../a",
        "https://10.0.0.8/a.git",
        "https://localhost/a.git",
        "file:///etc",
        "/etc/passwd",
        "https://git.example.org/a.git?x=1",
        "ssh://git@git.example.org:0/a",
        "https://git.example.org:99999/a",
        "https://0x7f.1/a.git",
    ],
)
def test_other_addresses_are_refused_in_words(url: str) -> None:
    with pytest.raises(BadAddress, match=r"\w+ \w+.*\.$"):
        parse(url)


@pytest.mark.parametrize(
    "host", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::1"]
)
def test_a_private_address_in_any_wrapping_is_private(host: str) -> None:
    with pytest.raises(BadAddress, match="own network"):
        parse(f"https://[{host}]/a.git")


def test_plain_http_and_private_hosts_are_for_the_admin_to_open() -> None:
    assert parse("http://10.0.0.8:3000/a.git", lambda host: host == "10.0.0.8").port == 3000


def test_every_state_of_a_file_is_told_apart() -> None:
    sha = "a" * 40
    none = "0" * 40
    raw = "\0".join(
        [
            f"1 .M N... 100644 100644 100644 {sha} {sha} changed here.py",
            f"1 .D N... 100644 100644 000000 {sha} {sha} gone.py",
            f"1 A. N... 000000 100644 100644 {none} {sha} staged.py",
            "? new\nline.py",
            "",
        ]
    ).encode()
    assert [(each.path, each.kind) for each in read_status(raw)] == [
        ("changed here.py", "modified"),
        ("gone.py", "deleted"),
        ("new\nline.py", "added"),
        ("staged.py", "added"),
    ]


def test_a_log_is_read_whatever_its_messages_hold() -> None:
    first, second = "a" * 40, "b" * 40
    records = [
        [second, first, "Ada", "a@x", "120", "Two", "body\n\nof two\n"],
        [f"\n{first}", "", "Rosa", "r@x", "100", "One", ""],
    ]
    raw = "".join(f"{part}\0" for record in records for part in record) + "\n"
    found = read_log(raw.encode())
    assert [(each.sha, each.parents, each.subject, each.body) for each in found] == [
        (second, (first,), "Two", "body\n\nof two"),
        (first, (), "One", ""),
    ]


@pytest.mark.parametrize(
    ("err", "code", "has_secret"),
    [
        ("fatal: Authentication failed for 'https://x/'", "bad_token", True),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "needs_token", False),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "no_network", False),
        (" ! [rejected]        main -> main (fetch first)", "not_fast_forward", True),
        ("No ED25519 host key is known for x\nHost key verification failed.", "host_key_unknown", True),
        ("REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.", "host_key_changed", True),
        ("git@x: Permission denied (publickey).", "key_refused", True),
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", "no_repository", False),
        ("! [remote rejected] main -> main (pre-receive hook declined)", "push_declined", True),
        ("fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", "broken_off", True),
        ("error: No space left on device", "disk_full", True),
        ("fatal: something nobody knows", "git_failed", True),
    ],
)
def test_what_went_wrong_is_a_sentence(err: str, code: str, has_secret: bool) -> None:
    failure = explain(Said(128, b"", err), Address("https", "x", 443, "/a"), has_secret=has_secret)
    assert failure.code == code
    assert failure.sentence.endswith(".")


def test_the_log_holds_no_end_of_a_secret_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "commonbook.git")
    way = Way(Address("https", "git.example.org", 443, "/a.git"), secret=b"begin-of-token-end-of-token")
    said = Said(128, b"", f"begin-of-token-end-of-token{'x' * 590}")
    with pytest.raises(GitFailed):
        Calls(Mock()).checked(said, way)
    [record] = caplog.records
    assert "token" not in record.said  # type: ignore[attr-defined]
