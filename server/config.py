"""Settings: one frozen `Config`, and where each value came from.

Later sources win: defaults, the TOML file, `COMMONBOOK_*` variables, flags.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kernel_manager.environment.base import PACKAGES
from kernel_manager.owners import FIRST
from server.engine_settings import BadEngine, EngineSettings, read_engines

VARIABLE_PREFIX = "COMMONBOOK_"


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of a server. Durations in seconds or days and sizes in bytes, as named.

    `base_url` is the address people type; it decides the links that are
    printed, and with https the cookie becomes Secure. Pages at `hosts` may
    write, with the scheme of `base_url`; `origins` are further addresses from
    which they may. Loopback names are always allowed.

    Packages come from `index_url` and `extra_index_urls`, through
    `index_proxy`, within the limits of `constraints_file`; with a folder of
    wheels as `wheelhouse` and no `index_url`, from there alone. `pythons` are
    interpreters to offer beside those that are found, `base_packages` what a
    project finds before it asks for anything. `hard_links` saves disk
    where one person uses the server: an edit in one environment is then an
    edit in all. `source_builds` lets people build packages from source, whose
    code then runs in the installer's sandbox. `install_hosts` are names that the
    installer may reach beside the indexes; `*` stands for every public one.

    Connections lead to public addresses; `private_hosts` names the hosts,
    addresses and networks of your own to which they may lead too (`*`: all).
    So does Git, which speaks plain http with those alone; a repository holds
    at most `git_max_bytes`.

    `allow_unsandboxed` lets kernels start where no sandbox works, with all that
    the server may do. `kernel_users_from` is the first of the system users that
    a server which is root gives to projects; 0 gives them none. In each project
    where people are at work `prewarmed` kernels wait on this machine before
    anybody runs something, and at most `prewarmed_total` on the whole site.
    A project's files may take `project_files_bytes`, its bin included; 0 sets
    no limit. Kernels write without asking: uploads are refused above it.
    """

    data: Path = Path.home() / ".local" / "share" / "commonbook"
    host: str = "127.0.0.1"
    port: int = 8800
    base_url: str = ""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    database_url: str = ""
    kernel_python: str = ""
    pythons: tuple[str, ...] = ()
    base_packages: tuple[str, ...] = PACKAGES
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    index_proxy: str = ""
    constraints_file: str = ""
    wheelhouse: str = ""
    hard_links: bool = False
    source_builds: bool = True
    install_hosts: tuple[str, ...] = ("*",)
    private_hosts: tuple[str, ...] = ()
    git_max_bytes: int = 2 * 1024**3
    allow_unsandboxed: bool = False
    kernel_users_from: int = FIRST
    prewarmed: int = 1
    prewarmed_total: int = 8
    open_signup: bool = False
    session_idle_days: int = 7
    session_days: int = 30
    invitation_days: int = 14
    bin_days: int = 30
    max_body_bytes: int = 1024 * 1024
    max_import_bytes: int = 64 * 1024 * 1024
    project_files_bytes: int = 20 * 1000**3
    log_json: bool = False
    engines: EngineSettings = field(default_factory=EngineSettings)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def public_url(self) -> str:
        """The address for links, without a slash at the end."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        return self.base_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def database(self) -> str:
        """The database's address; by default a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data / 'commonbook.sqlite3'}"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The exact values that a Host header may have."""
        own = urlsplit(self.public_url).netloc
        loopback = {f"{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        return frozenset(host.lower() for host in {own, *loopback, *self.hosts})

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The exact values that an Origin header may have where something is written."""
        public = urlsplit(self.public_url)
        loopback = {f"http://{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        named = {f"{public.scheme}://{host}" for host in (public.netloc, *self.hosts)}
        return frozenset(origin.lower() for origin in {*named, *loopback, *self.origins})


class BadSetting(Exception):
    """A setting that cannot be used; the text names it, its source and what would be right."""


def load(flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None = None) -> Config:
    """Return the settings, and remember in `sources` where each came from.

    `flags` holds only those that were given. Without `file`, the data folder's
    own `commonbook.toml` is read where there is one.
    """
    data = flags.get("data") or environment.get(f"{VARIABLE_PREFIX}DATA") or Config().data
    path = file or Path(data) / "commonbook.toml"
    if file is not None and not file.is_file():
        raise BadSetting(f"There is no settings file {file}.")
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    known = {item.name: item for item in fields(Config) if item.name != "sources"}
    for name, value in _read_toml(path).items():
        if name not in known:
            raise BadSetting(f"{path} holds the unknown setting {name!r}. Known: {', '.join(sorted(known))}.")
        values[name], sources[name] = value, str(path)
    for name in known:
        variable = VARIABLE_PREFIX + name.upper()
        if variable in environment:
            values[name], sources[name] = environment[variable], variable
        if flags.get(name) is not None:
            values[name], sources[name] = flags[name], f"--{name.replace('_', '-')}"
    default = Config()
    typed = {
        name: _typed(name, value, getattr(default, name), sources[name]) for name, value in values.items()
    }
    everywhere = {name: sources.get(name, "default") for name in known}
    return _checked(replace(default, **typed, sources=everywhere))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise BadSetting(f"{path} is not TOML: {failure}.") from None


def _typed(name: str, value: Any, default: Any, source: str) -> Any:
    """Return `value` with the type of the default; text from variables is read as that type."""
    match default, value:
        case bool(), bool():
            return value
        case bool(), str() if value.lower() in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
            return value.lower() in {"1", "true", "yes", "on"}
        case int(), int() if not isinstance(value, bool) and not isinstance(default, bool):
            return value
        case int(), str() if value.isdecimal() and not isinstance(default, bool):
            return int(value)
        case EngineSettings(), _:
            return _engines(value, source)
        case Path(), str() | Path():
            return Path(value).expanduser().absolute()
        case str(), str():
            return value
        case tuple(), str():
            return tuple(part.strip() for part in value.split(",") if part.strip())
        case tuple(), list() | tuple() if all(isinstance(part, str) for part in value):
            return tuple(value)
    raise BadSetting(f"{name} = {value!r} (from {source}) must be {_wording(default)}.")


def _engines(value: Any, source: str) -> EngineSettings:
    try:
        return read_engines(value)
    except BadEngine as bad:
        raise BadSetting(f"{source}: {bad}") from None


def _wording(default: Any) -> str:
    match default:
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case tuple():
            return "a list of texts, or one text with commas"
    return "a text"


def _checked(config: Config) -> Config:
    if not 0 <= config.port <= 65535:
        raise BadSetting(f"port = {config.port} must be between 0 and 65535.")
    for name in ("prewarmed", "prewarmed_total", "project_files_bytes"):
        if getattr(config, name) < 0:
            raise BadSetting(f"{name} = {getattr(config, name)} must be 0 or more.")
    for name in ("base_url", "origins"):
        value = getattr(config, name)
        for url in (value,) if isinstance(value, str) else value:
            parts = urlsplit(url)
            if url and (
                parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}
            ):
                raise BadSetting(
                    f"{name} holds {url!r}; write it as https://notebooks.example.org, without a path."
                )
    if config.index_proxy and urlsplit(config.index_proxy).scheme != "http":
        raise BadSetting("index_proxy must be an address as http://proxy.example.org:3128.")
    for address in config.trusted_proxies:
        try:
            ipaddress.ip_network(address)
        except ValueError:
            raise BadSetting(f"trusted_proxies holds {address!r}, which is no address or network.") from None
    return config
