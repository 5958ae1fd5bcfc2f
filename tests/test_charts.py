"""Bars say what they count, and their colours can be told apart by everyone."""

import itertools
import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from biodatamine_core import charts
from biodatamine_core.charts import DARK, LIGHT, Palette, Share

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]

# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0, for linear RGB.
EYES = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SMALLEST_DISTANCE = {
    "light": {"normal": 16.5, "protan": 12.0, "deutan": 12.4, "tritan": 10.9},
    "dark": {"normal": 18.0, "protan": 14.2, "deutan": 14.1, "tritan": 12.7},
}


def linear_rgb(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((float(linear_rgb(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB under D65, from linear sRGB."""
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    ratio = to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    """Colour difference, Sharma, Wu and Dalal 2005. About 2 is just visible."""
    chroma = [np.hypot(c[1], c[2]) for c in (one, other)]
    g = 0.5 * (1 - np.sqrt(np.mean(chroma) ** 7 / (np.mean(chroma) ** 7 + 25**7)))
    a1, a2 = one[1] * (1 + g), other[1] * (1 + g)
    c1, c2 = np.hypot(a1, one[2]), np.hypot(a2, other[2])
    h1, h2 = np.degrees(np.arctan2(one[2], a1)) % 360, np.degrees(np.arctan2(other[2], a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    d_l, d_c, d_h = other[0] - one[0], c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_l, mean_c = (one[0] + other[0]) / 2, (c1 + c2) / 2
    mean_h = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = 1 - 0.17 * np.cos(np.radians(mean_h - 30)) + 0.24 * np.cos(np.radians(2 * mean_h))
    t += 0.32 * np.cos(np.radians(3 * mean_h + 6)) - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turned = (
        2 * np.sqrt(mean_c**7 / (mean_c**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    parts = np.array([d_l / s_l, d_c / s_c, d_h / s_h])
    return float(np.sqrt(parts @ parts - turned * parts[1] * parts[2]))


def test_the_distance_is_the_published_one() -> None:
    # Pairs 1, 7 and 25 of the test data of Sharma, Wu and Dalal 2005.
    assert ciede2000(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000(np.array([50, 0, 0]), np.array([50, -1, 2])) == pytest.approx(2.3669, abs=1e-4)
    assert ciede2000(np.array([60.2574, -34.0099, 36.2677]), np.array([60.4626, -34.1751, 39.4387])) == pytest.approx(
        1.2644, abs=1e-4
    )


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("palette", THEMES)
def test_any_two_modalities_differ_for_every_eye(palette: Palette, eye: str) -> None:
    seen = [lab(EYES[eye] @ linear_rgb(colour)) for colour in palette.modalities.values()]
    smallest = min(ciede2000(one, other) for one, other in itertools.combinations(seen, 2))
    assert len(seen) == 9
    assert smallest >= SMALLEST_DISTANCE["dark" if palette.is_dark else "light"][eye] - 0.05


@pytest.mark.parametrize("palette", THEMES)
def test_every_bar_stands_out_from_the_page(palette: Palette) -> None:
    assert min(contrast(colour, palette.page) for colour in palette.modalities.values()) >= 3.2
    assert contrast(palette.neutral, palette.page) >= 3.0


@pytest.mark.parametrize("palette", THEMES)
def test_text_can_be_read(palette: Palette) -> None:
    for colour in (palette.text, palette.muted, palette.error, palette.warning):
        assert contrast(colour, palette.page) >= 4.5


@pytest.mark.parametrize("palette", THEMES)
def test_the_charts_wear_the_theme_of_the_app(palette: Palette) -> None:
    config = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text())
    theme = config["theme"]["dark" if palette.is_dark else "light"]
    assert (palette.page, palette.text, palette.muted, palette.border, palette.error, palette.warning) == (
        theme["backgroundColor"],
        theme["textColor"],
        theme["grayTextColor"],
        theme["borderColor"],
        theme["redTextColor"],
        theme["orangeTextColor"],
    )


def test_bars_are_ranked_with_other_and_unknown_last() -> None:
    shares = [Share("Unknown", 900), Share("MRI", 3), Share("Other", 40), Share("CT", 20)]
    assert [s.name for s in charts.ranked(shares)] == ["CT", "MRI", "Other", "Unknown"]


def test_what_does_not_fit_is_summed_as_other_and_nothing_is_lost() -> None:
    shares = [Share(f"format {n}", n) for n in range(1, 8)] + [Share("unknown", 5), Share("Other", 1)]
    ranked = charts.ranked(shares, rows=4)
    assert [(s.name, s.count) for s in ranked] == [("format 7", 7), ("format 6", 6), ("Other", 16), ("Unknown", 5)]
    assert sum(s.count for s in ranked) == sum(s.count for s in shares)


def test_a_summed_bar_stands_for_all_that_it_sums() -> None:
    shares = [
        Share("DICOM", 9, ("DICOM",)),
        Share("PNG", 2, ("PNG",)),
        Share("BMP", 1, ("BMP",)),
        Share("Other", 3, ("x",)),
    ]
    assert charts.ranked(shares, rows=2) == [Share("DICOM", 9, ("DICOM",)), Share("Other", 6, ("x", "PNG", "BMP"))]


def test_shares_know_what_a_filter_calls_them() -> None:
    frame = pd.DataFrame({"zone": ["chest", None], "name": ["Chest", None], "series": [2, 1]})
    assert charts.shares_of(frame, "name", "series", "zone") == [
        Share("Chest", 2, ("chest",)),
        Share("Unknown", 1, ("unknown",)),
    ]


def test_as_many_as_there_are_rows_need_no_other() -> None:
    assert [s.name for s in charts.ranked([Share("a", 1), Share("b", 1)], rows=2)] == ["a", "b"]


def texts(figure: object) -> list[str]:
    return [annotation["text"] for annotation in json.loads(figure.to_json())["layout"]["annotations"]]  # type: ignore[attr-defined]


def test_a_bar_carries_name_count_and_percent_of_the_base() -> None:
    figure = charts.bars([Share("CT", 1104), Share("MRI", 1)], 3216, LIGHT, by_modality=True)
    assert texts(figure) == ["CT", "1,104", "34.3 %", "MRI", "1", "&lt; 0.1 %"]
    assert list(figure.data[0].marker.color) == [LIGHT.modalities["CT"], LIGHT.modalities["MRI"]]


def test_bars_that_are_no_modalities_are_neutral() -> None:
    figure = charts.bars([Share("DICOM", 3), Share("PNG", 1)], 4, DARK)
    assert set(figure.data[0].marker.color) == {DARK.neutral}


def test_a_figure_does_not_move_and_has_no_axes() -> None:
    layout = charts.bars([Share("CT", 1)], 1, LIGHT).layout
    assert (layout.dragmode, layout.xaxis.visible, layout.yaxis.visible, layout.xaxis.fixedrange) == (
        False,
        False,
        False,
        True,
    )


def test_the_same_bars_are_told_in_words() -> None:
    shares = [Share("CT", 3), Share("Unknown", 1)]
    assert charts.described("Modality", shares, 4) == "Modality: CT 3 (75.0 %), Unknown 1 (25.0 %)."
    assert charts.described("Modality", [], 0) == "Modality: nothing to count."


def test_a_histogram_keeps_its_order_and_labels_only_the_highest() -> None:
    figure = charts.histogram([Share("2018", 2), Share("2019", 0), Share("2020", 1_200)], LIGHT, unit="year")
    assert list(figure.data[0].y) == [2, 0, 1200]
    assert list(figure.layout.xaxis.ticktext) == ["2018", "2019", "2020"]
    assert [annotation.text for annotation in figure.layout.annotations] == ["1,200"]


def test_a_histogram_names_only_as_many_bins_as_find_room_upright() -> None:
    spans = [Share(f"{year}–{(year + 2) % 100:02}", 1) for year in range(1992, 2025, 3)]
    axis = charts.histogram(spans, LIGHT).layout.xaxis
    assert axis.tickangle == 0
    assert list(axis.ticktext) == ["1992–94", "2001–03", "2010–12", "2019–21"]


def test_a_bar_of_a_histogram_says_what_it_counts() -> None:
    figure = charts.histogram([Share("40", 1), Share("50", 2)], LIGHT, noun="patient")
    assert list(figure.data[0].customdata) == ["40: 1 patient", "50: 2 patients"]


def test_an_answer_is_drawn_by_its_first_column_and_its_first_number() -> None:
    frame = pd.DataFrame({"modality": ["CT", "<b>"], "path": ["a", "b"], "files": [6, 2]})
    figure = charts.of_answer(frame, LIGHT)
    assert figure is not None
    assert (figure.data[0].type, list(figure.data[0].y)) == ("bar", [6, 2])
    assert list(figure.layout.xaxis.ticktext) == ["CT", "&lt;b>"]


def test_an_answer_over_years_is_a_line_in_their_order() -> None:
    figure = charts.of_answer(pd.DataFrame({"year": [2020, 2018, 2019], "files": [1, 2, 3]}), LIGHT)
    assert figure is not None
    assert (figure.data[0].type, list(figure.data[0].x)) == ("scatter", [2018, 2019, 2020])


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(pd.DataFrame({"path": ["a"]}), id="one column"),
        pytest.param(pd.DataFrame({"path": ["a"], "format": ["b"]}), id="no number"),
        pytest.param(pd.DataFrame({"path": [], "files": []}), id="no row"),
    ],
)
def test_what_has_nothing_to_compare_is_not_drawn(frame: pd.DataFrame) -> None:
    assert charts.of_answer(frame, LIGHT) is None
