"""Drawing: a picture in its window, small, as JPEG."""

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from biodatamine_core import drawing
from biodatamine_core.readers import Picture


def drawn(image: bytes) -> np.ndarray:
    """(rows, columns) grey values of a thumbnail."""
    return np.asarray(Image.open(io.BytesIO(image)).convert("L")).astype(int)


def halves(left: float, right: float, **facts: object) -> Picture:
    pixels = np.full((40, 40), left, np.float32)
    pixels[:, 20:] = right
    return Picture(pixels, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zones", "black_hu", "white_hu"),
    [
        pytest.param(("chest",), -1350, 150, id="a chest is read in the lung window"),
        pytest.param(("head",), 0, 80, id="a head is read in the brain window"),
        pytest.param(("abdomen",), -160, 240, id="an abdomen is read in the soft tissue window"),
        pytest.param((), -160, 240, id="unknown anatomy is read in the soft tissue window"),
    ],
)
def test_ct_is_windowed_by_body_zone(zones: tuple[str, ...], black_hu: float, white_hu: float) -> None:
    assert drawing.window(halves(-1000, 3000, is_hounsfield=True), "CT", zones) == (black_hu, white_hu)


def test_mr_is_windowed_by_its_own_values_so_that_one_bright_spot_does_not_darken_it() -> None:
    values = np.tile(np.arange(100, dtype=np.float32), (100, 1))
    values[0, 0] = 30_000
    low, high = drawing.window(Picture(values), "MR", ("head",))
    assert low <= 1
    assert 90 < high < 100


def test_padding_far_below_the_image_does_not_cost_its_contrast() -> None:
    values = np.tile(np.arange(100, dtype=np.float32), (100, 1))
    values[:, :20] = -32_768
    low, high = drawing.window(Picture(values), "MR", ("head",))
    assert 20 <= low < high <= 100


def test_monochrome1_is_drawn_inverted() -> None:
    plain = drawn(drawing.tile(halves(0, 100), "CR", ()).image)
    inverted = drawn(drawing.tile(halves(0, 100, is_inverted=True), "CR", ()).image)
    assert plain[80, 20] < 10 < 245 < plain[80, 140]
    assert inverted[80, 20] > 245 > 10 > inverted[80, 140]


def test_pixels_that_are_no_squares_are_drawn_in_the_shape_of_the_body() -> None:
    tile = drawing.tile(Picture(np.zeros((20, 80), np.float32), pixel_aspect=4.0), "MR", ())
    assert (tile.width, tile.height) == (160, 160)


def test_longer_side_is_160_pixels() -> None:
    tile = drawing.tile(Picture(np.zeros((1000, 500), np.float32)), "MR", ())
    assert (tile.width, tile.height) == (80, 160)


def test_a_huge_grey_picture_is_windowed_in_little_memory() -> None:
    huge = np.broadcast_to(np.arange(8_000, dtype=np.uint8), (16_000, 8_000))
    tracemalloc.start()
    drawn = drawing.tile(Picture(huge), "unknown", ())
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (drawn.width, drawn.height) == (80, 160)
    assert peak_bytes < 2 * huge.size


def test_constant_and_infinite_pixels_are_drawn_not_refused() -> None:
    assert drawing.tile(halves(7, 7), "MR", ()).width == 160
    assert drawing.tile(halves(float("nan"), float("inf")), "MR", ()).width == 160


def body(size: int) -> np.ndarray:
    """(size, size) of 0 to 2000: rings with a scanner's noise."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    rings = 1000 + 900 * np.cos(9 * np.hypot(x, 1.3 * y)) + np.random.default_rng(1).normal(0, 40, (size, size))
    return rings.clip(0, 2000)


@pytest.mark.parametrize("size", [321, 512, 700, 2000])
def test_a_large_picture_is_drawn_as_if_every_pixel_was_windowed_before_they_came_together(size: int) -> None:
    values = body(size).astype(np.int16)
    windowed = Image.fromarray(((values - 500.0).clip(0, 1000) * 0.255).astype(np.uint8))
    expected = np.asarray(windowed.resize((160, 160), Image.Resampling.BOX)).astype(int)
    tile = drawing.tile(Picture(values, is_hounsfield=True, slope=0.4, intercept=-360.0), "CT", ())
    assert np.abs(drawn(tile.image) - expected).mean() < 4  # of 255, in which JPEG has its part


@pytest.mark.parametrize(
    "dtype", ["bool", "u1", "i1", "u2", "i2", ">i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", ">f4"]
)
@pytest.mark.parametrize("size", [40, 250, 640])
def test_numbers_of_every_type_are_drawn(dtype: str, size: int) -> None:
    pixels = np.zeros((size, size), dtype)
    pixels[:, size // 2 :] = True if dtype == "bool" else np.array(100, dtype)
    image = drawn(drawing.tile(Picture(pixels), "MR", ()).image)
    assert image.shape == (160, 160)
    assert image[80, 20] < 10 < 245 < image[80, 140]


@pytest.mark.parametrize("dtype", ["i2", "u2", "i4", "i8", "u8", "f4", "f8"])
def test_numbers_at_the_ends_of_their_type_are_drawn(dtype: str) -> None:
    ends = np.finfo(dtype) if dtype[0] == "f" else np.iinfo(dtype)
    pixels = np.full((640, 640), ends.min, dtype)
    pixels[:, 320:] = ends.max
    assert drawing.tile(Picture(pixels), "MR", ()).width == 160
    assert drawing.tile(Picture(pixels, is_hounsfield=True), "CT", ()).width == 160


def test_stored_numbers_are_drawn_as_the_values_they_stand_for() -> None:
    stored = body(400).astype(np.uint16)
    values = stored * np.float32(0.5) - 1024
    for modality, zones, is_hounsfield in (("CT", ("chest",), True), ("MR", (), False)):
        plain = drawing.tile(Picture(values, is_hounsfield=is_hounsfield), modality, zones)
        scaled = Picture(stored, is_hounsfield=is_hounsfield, slope=0.5, intercept=-1024.0)
        difference = drawn(drawing.tile(scaled, modality, zones).image) - drawn(plain.image)
        assert np.abs(difference).max() < 8


def test_grey_stays_grey_and_colours_stay_colours() -> None:
    colours = np.zeros((300, 200, 3), np.uint8)
    colours[..., 0] = 250
    grey = Image.open(io.BytesIO(drawing.tile(halves(0, 100), "MR", ()).image))
    red = Image.open(io.BytesIO(drawing.tile(Picture(colours), "XC", ()).image))
    assert (grey.format, grey.mode, red.format, red.mode) == ("JPEG", "L", "JPEG", "RGB")
    assert np.abs(np.asarray(red).astype(int) - (250, 0, 0)).max() < 8
