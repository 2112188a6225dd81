"""YAML of files that anybody may have made, in and out: plain values only, no tags, no anchors, not deep.

Numbers and truth values are those of YAML 1.2, so `no` and `2026-01-31` are texts.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from collab.ipynb.notes import Notes
from collab.ipynb.parse import MAX_DEPTH, cleaned, decoded
from collab.ipynb.values import Unreadable

MOST_BYTES = 16 * 1024 * 1024

_OPENING = (yaml.events.MappingStartEvent, yaml.events.SequenceStartEvent)
_CLOSING = (yaml.events.MappingEndEvent, yaml.events.SequenceEndEvent)


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]  # no types
    """Reads nothing but texts, numbers, truth values, nulls, lists and mappings."""


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # no types
    """Writes texts of several lines as blocks, so that a changed line is a changed line."""


_Loader.yaml_implicit_resolvers = {}
_RESOLVERS = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,18})", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]{1,400}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?", list("-+.0123456789")),
)
for _tag, _form, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), _first)


def yaml_value(content: bytes | str, notes: Notes, max_bytes: int) -> Any:
    """Return the value of a text; raises `Unreadable`, and nothing else."""
    text = decoded(content, notes, min(max_bytes, MOST_BYTES))
    if not text.strip():
        raise Unreadable("empty", "The file is empty.")
    try:
        _demand_plain(text)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 (it is a safe one)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        raise Unreadable("not_yaml", f"The file is not YAML: {where}{error.problem}.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable("not_yaml", "The file is not YAML that can be read.") from error
    return cleaned(value, notes)


def yaml_text(value: Any) -> str:
    """Return plain values as YAML, in the given order."""
    written: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return written


def _demand_plain(text: str) -> None:
    """Refuse what grows while it is read, or would have values that are not plain, before it is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.events.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Unreadable(
                "yaml_anchor", "The file repeats parts of itself (& and *), which is not read here."
            )
        if getattr(event, "tag", None) is not None:
            raise Unreadable("yaml_tag", "The file names types of values (!), which are not read here.")
        depth += isinstance(event, _OPENING) - isinstance(event, _CLOSING)
        if depth > MAX_DEPTH:
            raise Unreadable("too_deep", f"The file nests deeper than {MAX_DEPTH} levels.")


_NUMBER = re.compile(r"[-+]?[0-9][0-9_.eExXoO+-]*")
"""What some version of YAML reads as a number, and more."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if _NUMBER.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)
