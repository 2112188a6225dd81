"""Puts the names of living values beside those that were read from the code. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kernel_manager.analysis import LiveName, LiveQuestion, written
from server import payloads

FIRST = ("column", "key")


def text_before(source: str, offset: int) -> str:
    """Return what stands before `offset`, which counts UTF-16 code units, as browsers do."""
    return source.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "replace")


def joined(
    question: LiveQuestion, living: Sequence[LiveName], read: payloads.Completions
) -> payloads.Completions:
    """Return all names once: columns and keys first, then what was read, then what else is alive.

    In a string, what was read are paths of files: they count only where no key fits.
    """
    if not living:
        return read
    typed = len(question.typed.encode("utf-16-le")) // 2
    if question.quote:
        keys = [
            payloads.CompletedName(each.name, each.kind, each.detail, written(each.name, question.quote))
            for each in living
        ]
        return payloads.Completions(keys, typed, question.quote, read.more)
    if read.names and read.typed != typed:
        return read
    details = {each.name: each.detail for each in living}
    first = [_named(each) for each in living if each.kind in FIRST]
    known = {each.name for each in first}
    then = [
        msgspec.structs.replace(each, detail=details.get(each.name, ""))
        for each in read.names
        if each.name not in known
    ]
    known |= {each.name for each in then}
    last = [_named(each) for each in living if each.name not in known]
    return payloads.Completions([*first, *then, *last], typed, more=read.more)


def _named(each: LiveName) -> payloads.CompletedName:
    return payloads.CompletedName(each.name, each.kind, each.detail)
