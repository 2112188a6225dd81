"""A guess in words: the text of a requirements.txt, with the reason for each line."""

from __future__ import annotations

from collections.abc import Sequence

from kernel_manager.imports.guess import Guess, Place

MOST_PLACES = 3
"""How many places a reason names before it counts the rest."""


def text_of(found: Guess, skipped: Sequence[str] = ()) -> str:
    """Return a guess as the text of a requirements.txt, with reasons as comments."""
    width = max((len(need.line) for need in found.needs), default=0)
    lines = [f"{need.line:<{width}}  # {reasons(need.places)}" for need in found.needs]
    if found.optional:
        lines += ["", "# Imported only where the code also does without:"]
        lines += [f"# {need.line}  # {reasons(need.places)}" for need in found.optional]
    if found.unknown:
        lines += ["", "# Nobody knows these; add what you trust:"]
        lines += [f"# {each.name}{hint(each.looks_like)}  # {reasons(each.places)}" for each in found.unknown]
    if found.refused:
        lines += ["", "# Installed by hand in the code, and not for a suggestion:"]
        lines += [f"# {each.text}  # {each.why}" for each in found.refused]
    lines += ["", *(f"# {sentence}" for sentence in skipped)] if skipped else []
    return "\n".join(lines)


def reasons(places: Sequence[Place]) -> str:
    """Return `analysis.ipynb, cell 1 and cell 4; load.py, line 2`."""
    files: dict[str, dict[str, None]] = {}
    for place in places:
        where = f"cell {place.number}" if place.number is not None else f"line {place.line}"
        files.setdefault(_one_line(place.file), {})[where] = None
    shown = [
        f"{file}, {' and '.join(list(where)[:MOST_PLACES])}"
        for file, where in list(files.items())[:MOST_PLACES]
    ]
    left = len(files) - len(shown)
    return "; ".join(shown) + (f"; {left} more" if left else "")


def hint(looks_like: str | None) -> str:
    return f" (looks like {looks_like})" if looks_like else ""


def _one_line(name: str) -> str:
    """Return a file's name so that it cannot end the comment it stands in."""
    return "".join(character if character.isprintable() else "?" for character in name)
