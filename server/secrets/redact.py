"""Takes known secrets out of text. Pure.

A value shorter than `SHORTEST` is left alone: it would strike out ordinary words and give away more by
the holes it leaves than it hides. A value of several lines is looked for whole and line by line, and each
one also as a quoted text, an address or base64 would write it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""How many characters a value must have to be looked for."""

SHOWN = "[secret]"
"""What stands in its place."""


class Redactor:
    """Replaces every one of some values, the longest first."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None
        self.longest = len(forms[0]) if forms else 0
        """How long what is looked for is at most."""

    def text(self, text: str) -> str:
        """Return `text` without the secrets."""
        return text if self._pattern is None else self._pattern.sub(SHOWN, text)


def _forms(secret: str) -> set[str]:
    parts = {secret, secret.strip()}
    if "\n" in secret.strip():
        parts |= {line.strip() for line in secret.splitlines()}
        parts = {part for part in parts if not part.startswith("-----")}
    found = set()
    for part in parts:
        if len(part) >= SHORTEST:
            found |= {part, repr(part)[1:-1], quote(part, safe=""), quote_plus(part)}
            found |= {json.dumps(part, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
            found.add(base64.b64encode(part.encode()).decode().rstrip("="))
    return {form for form in found if len(form) >= SHORTEST}
