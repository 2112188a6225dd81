"""Takes known secrets out of text, out of JSON, and out of streams whose chunks may cut one in two. Pure.

It guards against accidents, such as a printed environment or a traceback that names a password. Who may run
code can read the secrets of its kernel and spell them differently; nothing here can prevent that.

A value shorter than `SHORTEST` is left alone: striking it out would hit ordinary words, and give away more by
the holes than it hides. Of a value of several lines each line is looked for, of a key file in JSON its key.
All of them also as a quoted text, an address or base64 would write them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 8
"""How many characters a value must have to be looked for."""

SHOWN = "[secret]"
"""What stands in its place."""

_SECRET_NAME = re.compile("key|secret|token|password", re.IGNORECASE)


class Redactor:
    """Replaces every one of some values, the longest first."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = frozenset(secrets)
        forms = {form for secret in self.secrets for part in _parts(secret) for form in _forms(part)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._bytes = [form.encode("utf-8", "surrogatepass") for form in self._forms]
        self._pattern = re.compile("|".join(map(re.escape, self._forms)))
        self._firsts = {form[0] for form in self._forms}
        self._longest = len(self._forms[0]) if self._forms else 0

    def knowing(self, secrets: Iterable[str]) -> Redactor:
        """Return one that looks for more values as well."""
        more = self.secrets.union(secrets)
        return self if more == self.secrets else Redactor(more)

    def text(self, text: str) -> str:
        """Return `text` without the secrets."""
        # Looking for plain texts is many times faster than a pattern, and mostly there is none.
        if not any(form in text for form in self._forms):
            return text
        return self._pattern.sub(SHOWN, text)

    def json(self, content: bytes) -> bytes:
        """Return the JSON `content` without the secrets; what cannot be read becomes an empty object."""
        if not any(form in content for form in self._bytes):
            return content
        try:
            value = json.loads(content.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return b"{}"
        return json.dumps(self.value(value), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "backslashreplace"
        )

    def value(self, value: Any) -> Any:
        """Return a JSON value with every text in it redacted, the names of fields too."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(each) for each in value]
            case dict():
                return {self.text(name): self.value(each) for name, each in value.items()}
        return value

    def data(self, data: bytes) -> bytes:
        """Return binary data with the secrets blotted out, as long as before."""
        for form in self._bytes:
            if form in data:
                data = bytes(data).replace(form, b"*" * len(form))
        return data

    def cut(self, text: str) -> tuple[str, str]:
        """Return what of a stream's text may be shown now, redacted, and its end, in which one may begin."""
        if not self._forms:
            return text, ""
        end = self._open_end(text)
        shown, place = [], 0
        if any(form in text for form in self._forms):
            for found in self._pattern.finditer(text):
                if found.start() >= end:
                    break
                shown += [text[place : found.start()], SHOWN]
                place = found.end()
        if place < end:
            shown.append(text[place:end])
            place = end
        return "".join(shown), text[place:]

    def _open_end(self, text: str) -> int:
        """Return where the last secret may begin that the text does not hold whole, or its length."""
        for place in range(max(0, len(text) - self._longest + 1), len(text)):
            if text[place] in self._firsts:
                tail = text[place:]
                if any(len(form) > len(tail) and form.startswith(tail) for form in self._forms):
                    return place
        return len(text)


class Stream:
    """One stream of text, redacted across the borders of its chunks."""

    def __init__(self) -> None:
        self.held = ""
        """What may be the beginning of a secret, and waits for what comes next."""

    def feed(self, text: str, redactor: Redactor) -> str:
        """Return what may be shown now."""
        shown, self.held = redactor.cut(self.held + text)
        return shown

    def rest(self, redactor: Redactor) -> str:
        """Return what was held back: nothing came that would make it a secret."""
        held, self.held = self.held, ""
        return redactor.text(held)


def _parts(secret: str) -> Sequence[str]:
    """Return what is looked for of one secret."""
    try:
        value = json.loads(secret)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return [
            part
            for name, inner in value.items()
            if isinstance(inner, str) and _SECRET_NAME.search(name) and not inner.startswith("http")
            for part in _parts(inner)
        ]
    if "\n" not in secret.strip():
        return [secret, secret.strip()]
    return [line.strip() for line in secret.splitlines() if not line.startswith("-----")]


def _forms(part: str) -> Iterable[str]:
    if len(part) < SHORTEST:
        return
    quoted = [json.dumps(part, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    encoded = base64.b64encode(part.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    safe = part.encode("utf-8", "replace").decode()
    for form in (part, repr(part)[1:-1], quote(safe, safe=""), quote_plus(safe), encoded, *quoted):
        if len(form) >= SHORTEST:
            yield form
