"""Pictures in cells of tables: known by how they begin, shown small, opened whole; no person's code runs."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from kernel_manager.guest.frames import pictures
from kernel_manager.guest.frames.bundle import MOST_BYTES, bundle_of
from kernel_manager.guest.frames.engines import engine_of
from tests.kernel_manager.test_frames_operations import Shell


def encoded(size: tuple[int, int] = (640, 480), form: str = "PNG", mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 40).convert(mode).save(written, form)
    return written.getvalue()


def opened(address: str) -> Any:
    head, _, body = address.partition(",")
    assert head.startswith("data:image/")
    assert head.endswith(";base64")
    return Image.open(io.BytesIO(b64decode(body)))


def stored(frame: Any) -> dict[str, Any]:
    engine = engine_of(frame)
    assert engine is not None
    found = bundle_of(engine, "f-1", "df")
    assert len(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()) <= MOST_BYTES
    return found


PNG, JPEG = encoded(), encoded(form="JPEG")
TEXT = b64encode(JPEG).decode()


@pytest.mark.parametrize(
    ("make", "label"),
    [
        (lambda: pd.DataFrame({"p": [PNG, None, PNG]}), f"PNG image, {len(PNG):,} bytes"),
        (lambda: pd.DataFrame({"p": [Image.new("RGB", (640, 480)), None]}), "RGB image, 640 × 480"),
        (
            lambda: pd.DataFrame({"p": [f"data:image/jpeg;base64,{TEXT}", None]}),
            f"JPEG image, {len(JPEG):,} bytes",
        ),
        (lambda: pd.DataFrame({"p": [TEXT, None]}, dtype=object), f"JPEG image, {len(JPEG):,} bytes"),
        (lambda: pl.DataFrame({"p": [PNG, None]}), f"PNG image, {len(PNG):,} bytes"),
        (
            lambda: pl.DataFrame({"p": [{"bytes": PNG, "path": "a.png"}, None]}),
            f"PNG image, {len(PNG):,} bytes",
        ),
        (lambda: pa.table({"p": [JPEG, None]}), f"JPEG image, {len(JPEG):,} bytes"),
    ],
)
def test_a_column_of_pictures_shows_thumbnails_and_opens_them_whole(make: Any, label: str) -> None:
    frame = make()
    found = stored(frame)
    assert found["columns"][0]["kind"] == "image"
    assert found["cells"][0][:2] == [label, 0]
    first, missing = found["pictures"]["0"][:2]
    assert opened(first).size == (149, 112)
    assert missing is None
    shell = Shell(df=frame)
    assert shell.page()[0] == (label,)
    page = shell.ask("pictures", table="df", column=0, start=0, stop=2)["pictures"]
    assert opened(page[0]).size == (149, 112)
    assert page[1] is None
    assert opened(shell.ask("cell", table="df", row=0, column=0)["picture"]).size == (640, 480)


def test_an_export_keeps_the_values_and_not_their_labels() -> None:
    shell = Shell(df=pd.DataFrame({"p": [TEXT]}))
    content, buffers = shell.operations.ask("frame.export", {"table": "df", "format": "csv"})
    assert content["next"] is None
    assert TEXT.encode() in b"".join(bytes(each) for each in buffers)


def test_what_is_no_picture_after_all_leaves_its_place_empty() -> None:
    class Own(Image.Image):
        def copy(self) -> Any:
            raise AssertionError("the code of a value was called")

        @property
        def size(self) -> Any:
            raise AssertionError("the code of a value was called")

    values = [PNG[:60], PNG, b"text", Own(), "data:image/png;base64,!", Image.new("CMYK", (9, 9)), PNG]
    assert [bool(each) for each in pictures.thumbnails(values, 60, 1 << 20)] == [
        True, True, False, False, True, True, True,
    ]  # fmt: skip
    assert stored(pd.DataFrame({"p": [PNG, b"text"]}))["columns"][0]["kind"] == "binary"
    assert stored(pd.DataFrame({"p": [Own(), Own()]}))["columns"][0]["kind"] == "object"


def test_thumbnails_end_with_time_and_room_and_go_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell(df=pd.DataFrame({"p": [PNG] * 6}))
    monkeypatch.setattr("kernel_manager.guest.frames.operations.PICTURES_S", 0)
    for start in (0, 3):
        found = shell.ask("pictures", table="df", column=0, start=start, stop=6)
        assert (len(found["pictures"]), found["start"]) == (1, start)
    bomb = Image.new("1", (10_000, 10_000))
    assert pictures.thumbnails([bomb], 60, 1 << 20) == [None]
    many = stored(pd.DataFrame({f"p{n}": [PNG] * 50 for n in range(3)}))
    assert 0 < sum(len(each) for each in many["pictures"].values()) < 150


def test_without_pillow_small_pictures_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(pictures, "import_module", absent)
    small = encoded((20, 10))
    svg = "data:image/svg+xml;base64,PHN2Zy8+"
    found = pictures.thumbnails([small, encoded((900, 900)), svg], 60, 1 << 20)
    assert found == [f"data:image/png;base64,{b64encode(small).decode()}", None, svg]
