"""What is taken for the sector of an ultrasound probe, and every lit shape on black that is none."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from biodatamine_core.records import Mode, Pseudonym
from biodatamine_core.scan import one_file
from biodatamine_core.scan.sector import sector_facts
from biodatamine_core.settings import Limits
from tests.builders import member_of

ROWS, COLUMNS = 360, 480
DOWN, ACROSS = (axis.astype(float) for axis in np.mgrid[:ROWS, :COLUMNS])
FROM_MIDDLE = ACROSS - COLUMNS / 2
CENTRED = np.hypot(DOWN - ROWS / 2, FROM_MIDDLE)


def speckled(where: np.ndarray) -> np.ndarray:
    """(ROWS, COLUMNS) bytes: the noise of ultrasound where the mask is true, black elsewhere."""
    return np.clip(np.random.default_rng(0).rayleigh(50, where.shape) * where, 0, 255).astype(np.uint8)


def sector(half_deg: float = 35, face: float = 45, radius: float = 300, top: float = 20) -> np.ndarray:
    """A mask: what a convex probe sees, its face an arc of that radius in pixels, the far end an arc about the same."""
    apex = top - face * np.cos(np.radians(half_deg))
    distance = np.hypot(FROM_MIDDLE, DOWN - apex)
    angle_deg = np.degrees(np.arctan2(FROM_MIDDLE, DOWN - apex))
    return (abs(angle_deg) <= half_deg) & (face <= distance) & (distance <= radius)


def written_on(pixels: np.ndarray) -> np.ndarray:
    """The same with a name above and a scale of depth at the right, as a scanner draws them."""
    marked = pixels.copy()
    marked[4:11, 5:80] = np.where(np.random.default_rng(1).random((7, 75)) < 0.5, 220, 0)
    marked[60:330:10, -12:-6] = 200
    return marked


@pytest.mark.parametrize(
    ("pixels", "angle_deg"),
    [
        pytest.param(speckled(sector()), 70, id="convex probe"),
        pytest.param(speckled(sector(half_deg=45, face=2)), 90, id="phased array"),
        pytest.param(speckled(sector(half_deg=65, face=15, radius=210)), 130, id="endocavity probe"),
        pytest.param(speckled(sector() & (DOWN < 300)), 70, id="its far end partly cut off"),
        pytest.param(np.stack([speckled(sector())] * 3, axis=-1), 70, id="kept as colour"),
        pytest.param(speckled(sector() & (np.hypot(DOWN - 170, FROM_MIDDLE - 15) > 45)), 70, id="with a cyst"),
    ],
)
def test_a_sector_is_known_by_its_sides_and_its_arc(pixels, angle_deg):
    facts = sector_facts(pixels)
    assert facts["sector_angle_deg"] == pytest.approx(angle_deg, abs=3)
    assert facts["sector_marks_share"] == 0.0


def test_text_and_a_scale_beside_a_sector_are_told():
    assert 0.002 < sector_facts(written_on(speckled(sector())))["sector_marks_share"] < 0.05


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(CENTRED < 170, id="a disc: fundus, endoscope"),
        pytest.param((CENTRED < 170) & (DOWN > 60), id="a disc cut above"),
        pytest.param((CENTRED < 190) & (abs(DOWN - ROWS / 2) < 150), id="a disc cut above and below"),
        pytest.param((abs(DOWN - 180) + abs(FROM_MIDDLE) < 300) & (abs(DOWN - 180) < 170) & (abs(FROM_MIDDLE) < 200),
                     id="a rectangle with its corners cut: endoscope"),
        pytest.param(((DOWN - 180) / 150) ** 2 + (FROM_MIDDLE / 115) ** 2 < 1, id="an ellipse: a head"),
        pytest.param((np.hypot(DOWN - 140, 1.25 * FROM_MIDDLE) < 170) & (DOWN < 270), id="an ellipse cut below"),
        pytest.param((CENTRED < 120) & (abs(DOWN - ROWS / 2) < 90), id="a small disc cut above and below"),
        pytest.param(np.hypot(DOWN - 180, ACROSS) < 160, id="a half disc: a breast"),
        pytest.param((abs(FROM_MIDDLE) < 45 + 0.5 * (DOWN - 20)) & (DOWN > 20) & (DOWN < 330), id="a trapezoid"),
        pytest.param((abs(FROM_MIDDLE) < 0.5 * (DOWN - 20)) & (DOWN > 20) & (DOWN < 330), id="a triangle"),
        pytest.param(abs(DOWN - 180) + abs(FROM_MIDDLE) < 150, id="a square on its corner"),
        pytest.param(abs(FROM_MIDDLE) < 100, id="a strip: a linear probe"),
        pytest.param((CENTRED < 60) | ((DOWN > 180) & (abs(FROM_MIDDLE) < 150)), id="a keyhole: shoulders and a head"),
        pytest.param(DOWN >= 0, id="all over"),
        pytest.param(DOWN < 0, id="black"),
    ],
)  # fmt: skip
def test_other_shapes_on_black_are_no_sector(where):
    assert sector_facts(speckled(where)) == {}
    assert sector_facts(written_on(speckled(where))) == {}


@pytest.mark.parametrize(
    "pixels",
    [speckled(sector())[::8, ::8], speckled(sector()).astype(np.uint16)],
    ids=["too small", "more than bytes"],
)
def test_what_is_not_looked_at_is_no_sector(pixels):
    assert sector_facts(pixels) == {}


def scanned(pixels: np.ndarray, format: str, **options: Any) -> dict[str, Any]:
    """What a full scan says of a picture beside what its reader found."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format, **options)
    orders = one_file.Orders(Mode.FULL, Limits(), Pseudonym(b"secret"))
    return one_file.inspected(member_of(stream.getvalue(), "a"), "content", orders, lambda: None).over


def test_a_sector_in_colour_all_over_is_a_photograph() -> None:
    lit = sector(half_deg=60, face=2, radius=320)[..., None] * np.array([200, 120, 90])
    assert "sector_angle_deg" not in scanned(lit.astype(np.uint8), "PNG")


@pytest.mark.parametrize(("format", "options"), [("PNG", {}), ("JPEG", {"quality": 85})])
def test_a_full_scan_tells_the_sector_of_a_picture(format: str, options: dict[str, Any]) -> None:
    over = scanned(written_on(speckled(sector())), format, **options)
    assert over["sector_angle_deg"] == pytest.approx(70, abs=3)
