"""The rule on colours: photographs of tissue and stained slides, and everything that only looks a little like them."""

from typing import Any

import numpy as np
import pytest

from biodatamine_core.inference import colour, label
from biodatamine_core.records import Role, SeriesRecord
from biodatamine_core.scan.colours import colour_facts
from tests.inference.arrange import said, series_of

SIZE = 128
NOISE = np.random.default_rng(0)
RAMP = np.linspace(0, 1, SIZE)[:, None] * np.ones(SIZE)
DISC = np.hypot(*np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]) < 0.9


def lit(colour: tuple[int, int, int], noise: float = 6.0, where: np.ndarray = DISC | True) -> np.ndarray:
    """One material under uneven light with the noise of a camera; black elsewhere."""
    light = 0.6 + 0.4 * NOISE.random((SIZE, SIZE))
    pixels = np.array(colour) * light[..., None] + NOISE.normal(0, noise, (SIZE, SIZE, 3))
    return np.clip(pixels * where[..., None], 0, 255).astype(np.uint8)


def mixed(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    return np.where(NOISE.random((SIZE, SIZE, 1)) < share, first, second)


def mapped(red: Any, green: Any, blue: Any) -> np.ndarray:
    """A grey ramp under a colour map, with the noise of a JPEG."""
    pixels = np.stack([red, green, blue], axis=-1) * 255 + NOISE.normal(0, 3, (SIZE, SIZE, 3))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def grey(where: np.ndarray) -> np.ndarray:
    return np.repeat((NOISE.integers(0, 200, (SIZE, SIZE)) * where)[..., None], 3, axis=2).astype(np.uint8)


def picture(pixels: np.ndarray, **facts: Any) -> SeriesRecord:
    return series_of(**{"path": "0001.png", "format": "PNG", **colour_facts(pixels), **facts})


GLASS = lit((245, 243, 246), noise=2) // 2 + 122
HAEMATOXYLIN, EOSIN, DAB = lit((120, 80, 170)), lit((225, 130, 190)), lit((150, 95, 50))
DOPPLER = np.where((DISC & (NOISE.random((SIZE, SIZE)) < 0.08))[..., None], lit((230, 40, 20)), grey(DISC))


@pytest.mark.parametrize(
    ("pixels", "modality"),
    [
        pytest.param(lit((205, 150, 120)), "XC", id="skin"),
        pytest.param(lit((200, 95, 45), where=DISC), "XC", id="fundus"),
        pytest.param(lit((190, 70, 60), where=DISC), "XC", id="endoscopy"),
        pytest.param(mixed(HAEMATOXYLIN, EOSIN, 0.4), "SM", id="stained tissue"),
        pytest.param(mixed(GLASS, mixed(HAEMATOXYLIN, EOSIN, 0.4), 0.6), "SM", id="stained tissue on glass"),
        pytest.param(mixed(GLASS, DAB, 0.4), None, id="brown stain on glass: no photograph"),
        pytest.param(grey(DISC | True), None, id="grey"),
        pytest.param(grey(DISC | True)[..., 0], None, id="grey in one channel"),
        pytest.param(DOPPLER, None, id="Doppler"),
        pytest.param(mapped(*(np.clip(3 * RAMP - start, 0, 1) for start in (0, 1, 2))), None, id="hot map"),
        pytest.param(mapped(RAMP, 1 - np.abs(2 * RAMP - 1), 1 - RAMP), None, id="rainbow map"),
        pytest.param(np.full((SIZE, SIZE, 3), (200, 90, 60), np.uint8), None, id="flat colour"),
        pytest.param(np.where(DISC[..., None], (200, 90, 60), (0, 0, 0)).astype(np.uint8), None, id="mask in a colour"),
        pytest.param(lit((60, 150, 90)), None, id="green drape"),
        pytest.param(lit((40, 60, 220), where=DISC), None, id="fluorescence"),
        pytest.param(lit((200, 95, 45), where=np.roll(DISC, 80, 0) & np.roll(DISC, 80, 1)), None, id="mostly black"),
    ],
)  # fmt: skip
def test_colour_tells_photographs_and_stains_and_nothing_else(pixels, modality):
    assert said(colour, picture(pixels)) == ([("modality", modality)] if modality else [])


@pytest.mark.parametrize("facts", [{"format": "DICOM"}, {"role": Role.SEGMENTATION}])
def test_what_is_no_plain_picture_is_not_judged_by_colour(facts):
    assert said(colour, picture(lit((205, 150, 120)), **facts)) == []


def test_what_is_not_looked_at_gives_no_clue():
    assert said(colour, series_of("0001.png", format="PNG")) == []


def test_a_word_of_the_path_is_finer_than_the_colour():
    labelled, clues = label(picture(lit((200, 95, 45), where=DISC), path="fundus/0001.png"))
    assert (labelled.modality, labelled.modality_group) == ("OP", "Optical")
    assert clues[-1].because.endswith("of its pixels are coloured, from red to yellow, as photographs of tissue are")
