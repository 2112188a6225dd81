"""Pictures in cells: bytes of a picture, base64 and data addresses, pictures of Pillow, structs with `bytes`.

A cell of a picture is a line of words; its thumbnail is made when somebody looks. Pillow makes it smaller
where the kernel has it; without Pillow, what is small enough is shown as it is.
"""

from __future__ import annotations

import io
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from time import monotonic
from typing import Any

from .cells import NULL, Cell, image_type, is_missing, type_name
from .engine import Column, Engine, Rows

KIND = "image"

THUMBNAIL = (200, 112)
"""The most pixels of a thumbnail, across and down: what a row shows, on a fine screen."""

WHOLE = (2400, 2400)
MOST_WHOLE = 8 << 20
MOST_UNSCALED = 48 << 10
MOST_PIXELS = 60_000_000
LOOKED_AT = 20

_HOLDERS = ("text", "binary", "nested", "object")

_BASE64 = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
}
"""How the base64 of a picture begins."""

_LEAST_BASE64 = 60
_ADDRESSED = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml", "image/bmp")


def with_pictures(
    columns: Sequence[Column], values: Callable[[Column, Rows, int, int], list[Any]]
) -> list[Column]:
    """Return columns, of which those that hold pictures are known as such by their first `values`."""
    return [
        replace(column, kind=KIND)
        if column.kind in _HOLDERS and are_pictures(values(column, None, 0, LOOKED_AT))
        else column
        for column in columns
    ]


def cells_in(
    engine: Engine, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
) -> list[list[Cell]]:
    """Return the cells of some rows of a view for people, column by column: words in place of pictures."""
    plain = iter(engine.page([each for each in columns if each.kind != KIND], rows, start, stop, longest))
    return [
        [label_of(value) for value in engine.values(column, rows, start, stop)]
        if column.kind == KIND
        else next(plain)
        for column in columns
    ]


def are_pictures(values: Iterable[Any]) -> bool:
    """Say whether values are pictures, all that are not missing."""
    present = [value for value in values if not is_missing(value)]
    return bool(present) and all(media_of(value) is not None for value in present)


def media_of(value: Any) -> str | None:
    """Return the media type of a picture; None for any other value. Reads no more than its beginning."""
    kind = type(value)
    if kind in (bytes, bytearray):
        return image_type(bytes(value[:16]))
    if kind is str:
        return _media_of_text(value)
    if kind is dict:
        held = value.get("bytes")
        return image_type(held[:16]) if type(held) is bytes else None
    return "image/x-pillow" if _is_pillow(kind) else None


def label_of(value: Any) -> Cell:
    """Return what a cell says of a picture, as `PNG image, 12,345 bytes` or `RGB image, 60 × 40`."""
    if is_missing(value):
        return NULL
    media = media_of(value)
    if media is None:
        return "no image"
    if _is_pillow(type(value)):
        return f"{value.mode} image, {value.size[0]} × {value.size[1]}"
    name = media.removeprefix("image/").partition("+")[0].upper()
    return f"{name} image, {_size(value):,} bytes"


def thumbnail_of(value: Any) -> str | None:
    """Return a data address of a picture of at most `THUMBNAIL`; None where there is none to be had."""
    return _address(value, THUMBNAIL, MOST_UNSCALED)


def whole_of(value: Any) -> str | None:
    """Return a data address of a picture as it is, or made smaller where it is larger than 8 MiB."""
    if media_of(value) is None:
        return None
    if not _is_pillow(type(value)) and (address := _unscaled(value, MOST_WHOLE)) is not None:
        return address
    return _scaled(value, WHOLE, "PNG")


def thumbnails(values: Sequence[Any], limit_s: float, most_bytes: int) -> list[str | None]:
    """Return thumbnails of pictures, in order, for as many as time and room allow."""
    end, room = monotonic() + limit_s, most_bytes
    found: list[str | None] = []
    for value in values:
        if found and monotonic() > end:
            break
        address = thumbnail_of(value)
        room -= len(address or "")
        if room < 0:
            break
        found.append(address)
    return found


def _media_of_text(text: str) -> str | None:
    if text.startswith("data:image/"):
        media = text[5:60].partition(",")[0].partition(";")[0]
        return media if media in _ADDRESSED else None
    if len(text) < _LEAST_BASE64:
        return None
    return next((media for start, media in _BASE64.items() if text.startswith(start)), None)


def _is_pillow(kind: type) -> bool:
    """Say whether a type is a class of Pillow's own; a person's subclass may do anything."""
    module = type.__dict__["__module__"].__get__(kind)
    if type(module) is not str or not module.startswith("PIL."):
        return False
    base = getattr(sys.modules.get("PIL.Image"), "Image", None)
    holder = vars(sys.modules.get(module, sys)).get(type_name(kind))
    return holder is kind and isinstance(base, type) and issubclass(kind, base)


def _size(value: Any) -> int:
    if type(value) is str:
        return (len(value) - value.find(",") - 1) * 3 // 4 - value[-2:].count("=")
    return len(value["bytes"] if type(value) is dict else value)


def _address(value: Any, box: tuple[int, int], most: int) -> str | None:
    media = media_of(value)
    if media is None:
        return None
    if media == "image/svg+xml":
        return _unscaled(value, most)
    return _scaled(value, box, "WEBP") or _unscaled(value, most)


def _unscaled(value: Any, most: int) -> str | None:
    """Return a data address of a picture's own bytes, if they are few enough."""
    media = media_of(value)
    if _is_pillow(type(value)) or _size(value) > most:
        return None
    if type(value) is str:
        return value if value.startswith("data:") else f"data:{media};base64,{value}"
    held = value["bytes"] if type(value) is dict else value
    return f"data:{media};base64,{b64encode(held).decode()}"


def _scaled(value: Any, box: tuple[int, int], form: str) -> str | None:
    """Return a smaller picture, made by Pillow; None without Pillow and for what it cannot read."""
    try:
        pillow, turned = import_module("PIL.Image"), import_module("PIL.ImageOps")
        image = value if _is_pillow(type(value)) else pillow.open(io.BytesIO(_bytes_of(value)))
        if image.size[0] * image.size[1] > MOST_PIXELS:
            return None
        if image is not value:
            image.draft("RGB", box)  # a large JPEG is read in an eighth of the time
        small = turned.exif_transpose(image) if image is not value else image.copy()
        small.thumbnail(box)
        if small.mode not in ("RGB", "RGBA", "L"):
            small = small.convert("RGB" if small.mode in ("CMYK", "YCbCr", "LAB", "HSV") else "RGBA")
        written = io.BytesIO()
        small.save(written, form, **({"quality": 70} if form == "WEBP" else {}))
    except Exception:  # noqa: BLE001 - whatever a picture that is none makes of a library
        return None
    return f"data:image/{form.lower()};base64,{b64encode(written.getvalue()).decode()}"


def _bytes_of(value: Any) -> bytes:
    if type(value) is str:
        return b64decode(value[value.find(",") + 1 :] if value.startswith("data:") else value)
    return bytes(value["bytes"] if type(value) is dict else value)
