"""Which camera took a picture: read from real JPEG and PNG files, and not taken from scanners and programs."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from biodatamine_core.readers import exif, inspect
from biodatamine_core.records import Mode, Pseudonym
from tests.builders import member_of

MAKE, MODEL, SOFTWARE, ARTIST, TAKEN_WITH = 0x010F, 0x0110, 0x0131, 0x013B, 0x8769
F_NUMBER, EXPOSURE_TIME, OWNER, SERIAL_NUMBER = 0x829D, 0x829A, 0xA430, 0xA431


def photograph(tags: dict[int, Any], taken_with: dict[int, Any] | None = None, format: str = "JPEG") -> bytes:
    """A small picture with these Exif tags, those of the camera's settings in a directory of their own."""
    said = Image.Exif()
    said.update(tags)
    if taken_with:
        said[TAKEN_WITH] = taken_with
    stream = io.BytesIO()
    Image.new("RGB", (16, 8), (200, 120, 90)).save(stream, format, exif=said)
    return stream.getvalue()


CANON = {MAKE: "Canon", MODEL: "Canon EOS 80D"}


@pytest.mark.parametrize(
    ("data", "camera"),
    [
        pytest.param(photograph(CANON, {F_NUMBER: 2.8}), "Canon EOS 80D", id="JPEG"),
        pytest.param(photograph(CANON, {EXPOSURE_TIME: 0.01}, "PNG"), "Canon EOS 80D", id="PNG"),
        pytest.param(photograph({MAKE: "FotoFinder", MODEL: "medicam 1000"}, {F_NUMBER: 4.0}),
                     "FotoFinder medicam 1000", id="make before model"),
        pytest.param(photograph({MODEL: "D7"}, {F_NUMBER: 4.0}), "D7", id="a model of three letters"),
        pytest.param(photograph({MAKE: "EPSON", MODEL: "Perfection V850"}), None, id="a scanner has no lens"),
        pytest.param(photograph({SOFTWARE: "Adobe Photoshop"}, {F_NUMBER: 2.8}), None, id="a program's tag"),
        pytest.param(photograph({}), None, id="no tags"),
    ],
)  # fmt: skip
def test_a_camera_is_known_by_its_name_beside_its_settings(data: bytes, camera: str | None) -> None:
    record = inspect(member_of(data, "a.jpg"), Pseudonym(b"secret"), Mode.HEADERS)
    assert (record.readable, record.camera) == (True, camera)


def test_nothing_of_exif_is_kept_that_names_a_person() -> None:
    tags = {**CANON, ARTIST: "Ana Example"}
    settings_of_camera = {F_NUMBER: 2.8, OWNER: "Ana Example", SERIAL_NUMBER: "0815"}
    record = inspect(member_of(photograph(tags, settings_of_camera), "a.jpg"), Pseudonym(b"secret"), Mode.HEADERS)
    assert "Ana" not in repr(record) and "0815" not in repr(record)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([photograph(CANON, {F_NUMBER: 2.8}, format) for format in ("JPEG", "PNG")]), st.data())
def test_damaged_exif_gives_a_short_printable_name_or_none(data: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        damaged[draw.draw(st.integers(0, min(len(data), 200) - 1))] = draw.draw(st.integers(0, 255))
    found = exif.camera(bytes(damaged[: draw.draw(st.integers(0, len(data)))]))
    assert found is None or (found.isprintable() and len(found) <= 121)
