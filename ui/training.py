"""The lower half of Overview: what a training needs to know, each panel with its base."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import charts
from biodatamine_core.catalog import training
from biodatamine_core.catalog.training import Spread
from biodatamine_core.charts import Share
from biodatamine_core.workspaces import Dataset
from ui import answers, composition, panels, pieces

PANEL_PX, BAR_ROW_PX, ROWS = 212, 24, 5
OF_PATIENTS = "Patients are counted here. A bar opens their images, which Images counts by series: often more."


@dataclass(frozen=True, slots=True)
class Panel:
    """One question: how it is titled, what it counts, what is said where nothing is known."""

    name: str
    title: str
    noun: str
    plural: str | None
    nothing: str
    opens: str
    """The part of Images' filter that a click on a bar asks for."""
    unit: str = ""
    is_histogram: bool = False


PANELS = (
    Panel(
        "slice spacing",
        "Slice spacing",
        "volume",
        None,
        "No volume says how far its slices are apart.",
        "spacing",
        "mm",
        True,
    ),
    Panel("age", "Age", "patient", None, "No image states the age of its patient.", "age", "years, by decade", True),
    Panel("year", "Acquisition year", "series", "series", "No image says when it was taken.", "year", "", True),
    Panel("vendor", "Vendor", "series", "series", "No image names the maker of its scanner.", "vendor"),
    Panel("matrix", "Matrix", "series", "series", "No image was measured.", "matrix"),
    Panel("split", "Split", "series", "series", "No folder is called train, validation or test.", "split"),
    Panel("sex", "Sex", "patient", None, "No image states the sex of its patient.", "sex"),
    Panel("label", "Label", "series", "series", "No folders were taken for classes.", "label"),
)


def draw(dataset: Dataset) -> None:
    """Titles and frames at once, then what the tables say."""
    grid, slots = st.grid(3), []
    for _ in PANELS:
        with grid.cell():
            slots.append(st.empty())
    for slot in slots:
        slot.skeleton(PANEL_PX)
    spreads = answers.spreads(dataset)
    for slot, panel in zip(slots, PANELS, strict=True):
        _fill(slot, panel, spreads[panel.name])


def _fill(slot: DeltaGenerator, panel: Panel, spread: Spread) -> None:
    base = training.base(spread, panel.noun, panel.plural)
    with slot.container():
        frame = panels.panel(panel.title, spread.note or base, PANEL_PX, OF_PATIENTS if panel.noun == "patient" else "")
    palette = panels.palette()
    if not spread.known:
        frame.html(pieces.text(panel.nothing, palette, muted=True))
        return
    shares = [Share(bin.name, bin.count, bin.values or (bin.name,)) for bin in spread.bins]
    if panel.is_histogram:
        figure = charts.histogram(
            shares, palette, unit=panel.unit, noun=panel.noun, plural=panel.plural, height_px=PANEL_PX - 62
        )
        said = f"{base}: {', '.join(f'{s.name} {s.count:,}' for s in shares if s.count)}."
    else:
        figure = charts.bars(shares, spread.known, palette, row_height_px=BAR_ROW_PX, rows=ROWS)
        said = charts.described(base, shares, spread.known)
    key = f"training-{panel.name.replace(' ', '-')}"
    listed = shares if panel.is_histogram else charts.ranked(shares, ROWS)
    composition.clickable(frame, figure, f"{panel.title}, {said}", key, panel.opens, listed)
