"""Counts the repairs made while reading a file, and says them in words: one sentence for each kind."""

from __future__ import annotations

from collections import Counter

from collab.ipynb.values import Repair

_SENTENCES = {
    "bom": "A byte-order mark at the beginning was skipped.",
    "duplicate_keys": "{n} keys stood twice in the same object; the last value counts.",
    "not_finite": "{n} numbers that JSON cannot hold (NaN or infinity) became null.",
    "surrogates": "{n} texts held half a character; it was replaced by �.",
    "older_format": "The file was upgraded from an older notebook format.",
    "newer_minor": "The file is of a newer minor format; what this version does not know was kept aside.",
    "minor": "The minor format number was missing or wrong.",
    "metadata": "{n} metadata blocks were no objects and were kept aside.",
    "metadata_values": "{n} metadata entries do not fit the format and were kept aside.",
    "cell_ids": "{n} cell ids were missing, invalid or used twice; new ones were made.",
    "cell_types": "{n} cells are of an unknown type; they are shown as raw text.",
    "sources": "{n} cells had no text or something else in its place.",
    "counts": "{n} execution counts were no numbers and were left out.",
    "attachments": "{n} blocks of attachments were malformed and were kept aside.",
    "unknown_keys": "{n} entries that the format does not know were kept aside.",
    "outputs": "{n} outputs were malformed and were mended.",
    "unknown_outputs": "{n} outputs are of an unknown kind; they are kept for export.",
}


class Notes:
    """What was mended so far."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, code: str, times: int = 1) -> None:
        """Note one more repair; raises `KeyError` for a code without a sentence."""
        if code not in _SENTENCES:
            raise KeyError(code)
        self._counts[code] += times

    def repairs(self) -> tuple[Repair, ...]:
        """Return one repair for each kind, in the order in which the kinds first occurred."""
        return tuple(Repair(code, _SENTENCES[code].format(n=n)) for code, n in self._counts.items())
