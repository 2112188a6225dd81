"""Counts the repairs made while reading a file, and says them in words: one sentence for each kind."""

from __future__ import annotations

from collections import Counter

from collab.ipynb.values import Repair

_SENTENCES = {
    "bom": "A byte-order mark at the beginning was skipped.",
    "duplicate_keys": "Keys that stood twice in one object: {n}. The last value counts.",
    "not_finite": "Numbers that JSON cannot hold (NaN or infinity) and that became null: {n}.",
    "surrogates": "Texts with half a character, which was replaced by �: {n}.",
    "older_format": "The file was upgraded from an older notebook format.",
    "newer_minor": "The file is of a newer minor format; what this version does not know was kept aside.",
    "minor": "The minor format number was missing or wrong.",
    "metadata": "Metadata blocks that were no objects, kept aside: {n}.",
    "metadata_values": "Metadata entries that do not fit the format, kept aside: {n}.",
    "cell_ids": "Cell ids that were missing, invalid or used twice, made anew: {n}.",
    "cell_types": "Cells of an unknown type, shown as raw text: {n}.",
    "sources": "Cells with no text, or something else in its place: {n}.",
    "counts": "Execution counts that were no numbers, left out: {n}.",
    "attachments": "Malformed blocks of attachments, kept aside: {n}.",
    "unknown_keys": "Entries that the format does not know, kept aside: {n}.",
    "outputs": "Malformed outputs that were mended: {n}.",
    "unknown_outputs": "Outputs of an unknown kind, kept for export: {n}.",
    "no_cells": "The script has no marks of cells (# %%), so it became one cell.",
    "forms": "Form fields (#@param) that became input cells: {n}.",
    "forms_kept": "Form fields (#@param) that no input cell can express; they stay code: {n}.",
    "form_dates": "Dates of forms, which stay texts in code and became text inputs: {n}.",
    "inputs_kept": "Inputs that no input cell can express; they became code: {n}.",
    "blocks": "Blocks of a kind that is not known here, kept as raw text: {n}.",
    "blocks_left_out": "Blocks that were no objects, left out: {n}.",
    "connections": "Queries whose connection has to be chosen here: {n}.",
    "requirements": "The project declares packages of its own, which were not installed: {n}.",
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

    def copy(self) -> Notes:
        """Return the same notes, to which others can be added."""
        made = Notes()
        made._counts = self._counts.copy()
        return made

    def repairs(self) -> tuple[Repair, ...]:
        """Return one repair for each kind, in the order in which the kinds first occurred."""
        return tuple(Repair(code, _SENTENCES[code].format(n=n)) for code, n in self._counts.items())
