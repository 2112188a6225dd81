"""Which metadata nbformat 4.5 has an opinion on, and whether an entry agrees with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]

CELL_ID = re.compile("[A-Za-z0-9_-]{1,64}")


def fitting(
    metadata: Mapping[str, Any], checks: Mapping[str, Check]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split `metadata` into what a valid file may hold and what it may not."""
    fit: dict[str, Any] = {}
    misfit: dict[str, Any] = {}
    for key, value in metadata.items():
        (fit if key not in checks or checks[key](value) else misfit)[key] = value
    return fit, misfit


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and re.search("^.+$", value) is not None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _are_tags(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(tag, str) and re.search("^[^,]+$", tag) for tag in value)
        and len(set(value)) == len(value)
    )


def _has_texts(*keys: str, optional: tuple[str, ...] = ()) -> Check:
    def check(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(isinstance(value.get(key), str) for key in keys)
            and all(isinstance(value.get(key, ""), str) for key in optional)
        )

    return check


_is_language = _has_texts("name", optional=("file_extension", "mimetype", "pygments_lexer"))

ANY_CELL: Mapping[str, Check] = {"name": _is_name, "tags": _are_tags, "jupyter": _is_object}

CELL: Mapping[str, Mapping[str, Check]] = {
    "markdown": ANY_CELL,
    "raw": {**ANY_CELL, "format": _is_text},
    "code": {
        **ANY_CELL,
        "collapsed": _is_bool,
        "scrolled": lambda value: isinstance(value, bool) or value == "auto",
        "execution": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    },
}

NOTEBOOK: Mapping[str, Check] = {
    "kernelspec": _has_texts("name", "display_name"),
    "language_info": lambda value: (
        _is_language(value) and isinstance(value.get("codemirror_mode", ""), str | dict)
    ),
    "orig_nbformat": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
    "title": _is_text,
    "authors": lambda value: isinstance(value, list),
}
