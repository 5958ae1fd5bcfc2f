"""One file of several pages or frames: a TIFF, a GIF, a video."""

from pathlib import Path
from typing import Any

import pytest

from tests.series.arrange import image, only_series


@pytest.mark.parametrize(
    ("facts", "dimensions", "shape", "verdict"),
    [
        pytest.param(
            {"format": "TIFF", "shape": (64, 48, 12), "spacing_mm": (0.001, 0.001, 0.002)},
            "3D", (64, 48, 12), "3D, 12 slices, 0.001 × 0.001 × 0.002 mm",
            id="slices by its metadata",
        ),
        pytest.param(
            {"format": "TIFF", "shape": (64, 48, 12), "frames": 12},
            "3D", (64, 48, 12),
            "3D, 12 slices, pixel spacing not stated: the file does not say what its pages are; neighbours look alike, "
            "as slices do",
            id="slices by their look",
        ),
        pytest.param(
            {"format": "TIFF", "shape": (64, 48), "frames": 12},
            "2D", (64, 48), "2D, 12 pages; the file does not say whether they are slices or times",
            id="pages of which nothing is known",
        ),
        pytest.param(
            {"format": "GIF", "shape": (64, 48, 1, 30), "frames": 30, "frame_time_ms": 40.0},
            "2D+t", (64, 48, 1, 30), "2D+t, a recording of 30 frames, one every 40 ms",
            id="frames of a GIF",
        ),
        pytest.param(
            {"format": "MP4", "shape": (64, 48, 1, 1), "frames": 1},
            "2D+t", (64, 48), "2D+t, a recording that does not say how many frames it has",
            id="a video of one frame",
        ),
        pytest.param(
            {"format": "AVI", "shape": (64, 48)},
            "2D+t", (64, 48), "2D+t, a recording that does not say how many frames it has",
            id="a video without a count",
        ),
    ],
)  # fmt: skip
def test_pages_are_what_the_file_says_they_are(
    tmp_path: Path, facts: dict[str, Any], dimensions: str, shape: tuple[int, ...], verdict: str
) -> None:
    record = only_series(tmp_path, [image("a.bin", **facts)])
    assert (record.dimensions, record.shape, record.verdict) == (dimensions, shape, verdict)
