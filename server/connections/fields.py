"""What a kind of connection asks for, and whether what was given for it can be right. Pure.

A connection is fields with names that its kind allows, never a free address: options in an address can make
a driver read files or load code.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Value = str | int | bool
Values = Mapping[str, Value | None]
"""Fields by name, as they are sent: null takes a value away."""

Type = Literal["text", "long_text", "host", "port", "url", "path", "switch", "choice"]

MOST_TEXT = 1_000
MOST_LONG_TEXT = 32_000

_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\.?")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a field can have, and what people read for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a kind asks for.

    A `secret` one is encrypted and never shown again. `target` marks what decides where secrets are sent:
    whoever changes it gives the secrets again. `when` names another field and the values of it with which
    this one counts. `check` returns a sentence about a text that cannot be right.
    """

    name: str
    label: str
    type: Type = "text"
    required: bool = False
    secret: bool = False
    target: bool = False
    default: Value | None = None
    help: str = ""
    placeholder: str = ""
    choices: tuple[Choice, ...] = ()
    when: tuple[str, tuple[Value, ...]] | None = None
    check: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of connection. With `names_free`, people name its fields, and all of them are secret.

    `injected` says that a kernel can use one from its environment; `check` looks at all the fields together
    and returns what cannot be right, in sentences.
    """

    id: str
    label: str
    group: Literal["Databases", "Warehouses", "Files", "Code", "Other"]
    fields: tuple[Field, ...]
    help: str = ""
    names_free: bool = False
    injected: bool = True
    check: Callable[[Mapping[str, Value]], list[str]] | None = None


class BadFields(Exception):
    """What was given cannot be right; `sentences` say what to change, and never hold a secret."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a connection: its plain fields, the secrets to store, and those to forget."""

    plain: Mapping[str, Value]
    secrets: Mapping[str, str]
    dropped: frozenset[str]


def changed(kind: Kind, given: Values, plain: Mapping[str, Value], kept: frozenset[str]) -> Change:
    """Return what a connection becomes when `given` is sent for it.

    `plain` and `kept` are its fields and the names of its secrets so far, both empty for a new one. Raises
    `BadFields`.
    """
    if kind.names_free:
        return _changed_variables(given, kept)
    known = {field.name: field for field in kind.fields}
    wrong = [f"{kind.label} has no field `{_shown(name)}`." for name in given if name not in known]
    after = {**{f.name: f.default for f in kind.fields if f.default is not None and not f.secret}, **plain}
    secrets: dict[str, str] = {}
    dropped: set[str] = set()
    faulty: set[str] = set()
    for name, value in given.items():
        field = known.get(name)
        if field is None:
            continue
        if value is None or value == "":
            after.pop(name, None)
            if name in kept:
                dropped.add(name)
            continue
        try:
            clean = _clean(field, value)
        except ValueError as fault:
            wrong.append(f"{field.label}: {fault}")
            faulty.add(name)
            continue
        if field.secret:
            secrets[name] = str(clean)
        else:
            after[name] = clean
    has = (kept - dropped) | set(secrets)
    counting = [field for field in kind.fields if _counts(field, after)]
    for field in kind.fields:
        if field not in counting:
            after.pop(field.name, None)
            secrets.pop(field.name, None)
            if field.name in kept:
                dropped.add(field.name)
        elif field.required and field.name not in {*after, *has, *faulty}:
            wrong.append(f"{field.label}: this is needed.")
    moved = [f for f in kind.fields if f.target and f.name in plain and after.get(f.name) != plain[f.name]]
    moved += [f for f in kind.fields if f.target and f.name not in plain and f.name in after and plain]
    stale = kept - dropped - set(secrets)
    if moved and stale:
        again = ", ".join(f.label for f in kind.fields if f.name in stale)
        wrong.append(f"{moved[0].label} changes, so give these once more: {again}.")
    if not wrong and kind.check is not None:
        wrong = kind.check({**after, **secrets})
    if wrong:
        raise BadFields(wrong)
    return Change(after, secrets, frozenset(dropped))


def _shown(name: str) -> str:
    return name[:40].encode("ascii", "replace").decode()


def _counts(field: Field, values: Mapping[str, Value]) -> bool:
    return field.when is None or values.get(field.when[0]) in field.when[1]


def _clean(field: Field, value: Value) -> Value:
    """Return a value as it is stored; raises `ValueError` with what to write instead."""
    match field.type:
        case "switch":
            if not isinstance(value, bool):
                raise ValueError("this is on or off: send true or false.")
            return value
        case "port":
            if isinstance(value, str) and re.fullmatch("[0-9]{1,5}", value.strip()):
                value = int(value)
            if isinstance(value, (bool, str)) or not 1 <= value <= 65535:
                raise ValueError("write a whole number from 1 to 65535.")
            return value
    if not isinstance(value, str):
        raise ValueError("this is a text.")
    text = value if field.secret else value.strip()
    if len(text) > (MOST_LONG_TEXT if field.type == "long_text" else MOST_TEXT):
        raise ValueError("this is too long.")
    allowed = "\n\t\r" if field.type == "long_text" else ""
    if any((ord(c) < 32 and c not in allowed) or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("this holds characters that are not text. Type it again.")
    match field.type:
        case "choice":
            if text not in {choice.value for choice in field.choices}:
                raise ValueError("choose " + " or ".join(choice.value for choice in field.choices) + ".")
        case "host":
            text = _host(text)
        case "url":
            text = _url(text)
        case "path":
            text = _path(text)
    if field.check is not None and (fault := field.check(text)) is not None:
        raise ValueError(fault)
    return text


def _host(text: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        if not HOST.fullmatch(text):
            raise ValueError("write the name of a host, as db.example.org, without port or path.") from None
    return text.lower()


def _url(text: str) -> str:
    fault = ValueError("write an address as https://storage.example.org, without user, path or query.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise fault from None
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or "@" in parts.netloc
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
    ):
        raise fault
    try:
        host = _host(parts.hostname)
    except ValueError:
        raise fault from None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}"


def _path(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    if text.startswith(("/", "\\", "~")) or ":" in parts[0] or any(part in {"", ".", ".."} for part in parts):
        raise ValueError("write the path of a file in the project, as data/shop.db.")
    return "/".join(parts)


VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]{0,99}")

KEPT_FROM_PEOPLE = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "IPYTHONDIR", "PYTHONHOME", "PYTHONPATH"})
"""What a kernel needs as it is."""

KEPT_PREFIXES = ("LD_", "JPY_", "COMMONBOOK_")

MOST_VARIABLES = 100


def _changed_variables(given: Values, kept: frozenset[str]) -> Change:
    wrong: list[str] = []
    secrets: dict[str, str] = {}
    dropped: set[str] = set()
    for name, value in given.items():
        if not VARIABLE.fullmatch(name):
            wrong.append(f"`{_shown(name)}` is no name of a variable. Use letters, digits and underscores.")
        elif name.upper() in KEPT_FROM_PEOPLE or name.upper().startswith(KEPT_PREFIXES):
            wrong.append(f"{name} is what kernels are started with. Choose another name.")
        elif value is None:
            dropped.add(name)
        elif not isinstance(value, str) or "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            wrong.append(f"{name}: this is a text.")
        elif len(value) > MOST_LONG_TEXT:
            wrong.append(f"{name}: this is too long.")
        else:
            secrets[name] = value
    left = (kept - dropped) | set(secrets)
    if not left and not wrong:
        wrong.append("Give at least one variable.")
    if len(left) > MOST_VARIABLES:
        wrong.append(f"A connection holds at most {MOST_VARIABLES} variables. Make another one.")
    if wrong:
        raise BadFields(wrong)
    return Change({}, secrets, frozenset(dropped & kept))
