"""Engines in the settings: what is refused in words, what is made, what `doctor` says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kernel_manager.engines.slurm.engine import SlurmEngine
from kernel_manager.engines.ssh.engine import SshEngine
from server.config import BadSetting, Config, load
from server.doctor import report
from server.engine_settings import BadEngine, EngineSettings, SlurmSettings, read_engines
from server.engines import make_engines

LAB = {"address": "lab.example.org", "known_hosts": "/etc/commonbook/known_hosts"}


def settings(folder: Path, text: str) -> Config:
    (folder / "commonbook.toml").write_text(text)
    return load({"data": folder}, {})


def test_engines_come_from_tables_of_the_settings_file(tmp_path: Path) -> None:
    config = settings(
        tmp_path,
        '[engines.slurm]\nnetwork = "10.0.0.0/8"\n[engines.ssh.lab]\naddress = "lab.example.org"\n'
        'known_hosts = "/etc/commonbook/known_hosts"\nport = 2222\n'
        '[engines.kubernetes]\nimage = "example.org/commonbook:1"\n',
    )
    assert config.engines.slurm == SlurmSettings("10.0.0.0/8")
    assert config.engines.ssh["lab"].port == 2222
    engines = make_engines(config)
    assert list(engines) == ["local", "slurm", "ssh", "kubernetes"], (
        "this machine comes first: it is the default"
    )
    assert isinstance(engines["slurm"], SlurmEngine)
    assert isinstance(engines["ssh"], SshEngine)


def test_without_tables_there_is_this_machine_alone(tmp_path: Path) -> None:
    config = settings(tmp_path, "port = 8000\n")
    assert config.engines == EngineSettings()
    assert list(make_engines(config)) == ["local"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("slurm", "engines must be a table"),
        ({"condor": {}}, "There is no engine 'condor'. The settings may hold engines"),
        ({"slurm": 1}, "engines.slurm must be a table"),
        ({"slurm": {}}, "engines.slurm.network is missing"),
        ({"slurm": {"network": "ten"}}, "engines.slurm.network = 'ten' is no network"),
        ({"slurm": {"network": "10.0.0.0/8", "tsl": True}}, "engines.slurm holds the unknown setting 'tsl'"),
        ({"slurm": {"network": "10.0.0.0/8", "tls": "no"}}, "engines.slurm.tls must be true or false"),
        ({"slurm": {"network": "10.0.0.0/8", "poll_s": 0}}, "engines.slurm.poll_s must be a number"),
        (
            {"slurm": {"network": "10.0.0.0/8", "folder": "here"}},
            "folder = 'here' must be a whole path",
        ),
        ({"kubernetes": {}}, "engines.kubernetes.image is missing"),
        ({"kubernetes": {"image": "i", "name": "x"}}, "holds the unknown setting 'name'"),
        ({"ssh": {"lab": {}}}, "engines.ssh.lab.address is missing"),
        ({"ssh": {"lab": {"address": "a"}}}, "engines.ssh.lab.known_hosts is missing"),
        ({"ssh": {"lab": LAB | {"address": "-oProxyCommand=x"}}}, "is no address"),
        ({"ssh": {"lab": LAB | {"port": 0}}}, "engines.ssh.lab.port must be between 1 and 65535"),
        ({"ssh": {"lab": LAB | {"identity": "id"}}}, "engines.ssh.lab.identity = 'id' must be a whole path"),
        ({"ssh": {"lab": LAB | {"python": 3}}}, "engines.ssh.lab.python must be a text"),
        ({"ssh": {"lab": LAB | {"name": "x"}}}, "holds the unknown setting 'name'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(told: Any, words: str) -> None:
    with pytest.raises(BadEngine) as refused:
        read_engines(told)
    assert words in str(refused.value)


def test_a_wrong_setting_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"commonbook.toml: engines.slurm.network is missing"):
        settings(tmp_path, "[engines.slurm]\n")


async def test_doctor_says_which_engine_does_not_work_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings(tmp_path, '[engines.slurm]\nnetwork = "10.0.0.0/8"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    lines, is_well = await report(config)
    text = "\n".join(lines)
    assert "ok   engine local: kernels run on this machine" in text
    assert "FAIL engine slurm: Slurm's command squeue cannot be run on the server" in text
    assert not is_well
