"""Names that people give: cleaned so that nobody can hide behind what cannot be seen."""

from __future__ import annotations

import unicodedata

from server.refusals import Refusal

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}
"""Needed inside names of several scripts, and inside emoji."""


def clean_name(text: str, what: str = "name") -> str:
    """Return `text` composed and trimmed; raises a `Refusal` for one that shows nothing or plays tricks.

    Control characters, direction overrides and other invisible characters
    are refused rather than dropped, so that what is stored is what was sent.
    """
    name = unicodedata.normalize("NFC", text).strip()
    hidden = [c for c in name if unicodedata.category(c) in _INVISIBLE and c not in _JOINERS]
    if hidden:
        raise Refusal(
            "bad_name", f"The {what} holds characters that cannot be seen. Type it again without them."
        )
    if not any(unicodedata.category(c)[0] in "LNPS" for c in name):
        raise Refusal("bad_name", f"The {what} is empty. Write at least one letter, digit or sign.")
    return name


def fold(text: str) -> str:
    """Return the form in which two spellings of one login name or e-mail address are equal."""
    return unicodedata.normalize("NFKC", text).casefold().strip()
