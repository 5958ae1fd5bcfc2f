"""Pictures as parts of a page."""

import base64
import io

import pytest
from PIL import Image

from biodatamine_core import data_urls


@pytest.mark.parametrize(
    ("format", "media_type"), [("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("PNG", "image/png")]
)
def test_a_picture_in_a_page_says_its_format_by_its_bytes(format: str, media_type: str) -> None:
    stream = io.BytesIO()
    Image.new("L", (4, 3)).save(stream, format)
    start, _, packed = data_urls.of_image(stream.getvalue()).partition(",")
    assert start == f"data:{media_type};base64"
    assert base64.b64decode(packed) == stream.getvalue()


def test_bytes_of_no_known_picture_are_named_as_such() -> None:
    assert data_urls.of_image(b"text").startswith("data:application/octet-stream;base64,")
