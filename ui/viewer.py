"""The slice viewer: one series on black, its slices and windows moved without asking the server."""

import json
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import volumes
from biodatamine_core.catalog import gallery, one_series
from biodatamine_core.catalog.gallery import Neighbours
from biodatamine_core.errors import BioDataMineError, NotFound
from biodatamine_core.records import Clue, FileRecord, SeriesRecord
from biodatamine_core.workspaces import Dataset
from ui import panels, pieces, places, selection
from ui.selection import View

HEIGHT_PX = 700
"""Of the viewer, its skeleton and whatever stands in its place; viewer.css says it too."""

_HERE = Path(__file__).resolve().parent
_viewer = st.components.v2.component(
    "viewer",
    html='<div class="viewer"></div>',
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("viewer_volume.js", "viewer.js")),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The series that the page is about, and who stands beside it."""

    series: SeriesRecord
    files: list[FileRecord]
    clues: list[Clue]
    neighbours: Neighbours


def subject(dataset: Dataset, view: View) -> Subject:
    """The series named in the address. Stops the page, with a way on, where the dataset has none such."""
    series_id = st.query_params.get("series", "")
    try:
        with dataset.open() as connection:
            return Subject(
                series=one_series.series(connection, series_id),
                files=one_series.files(connection, series_id),
                clues=one_series.clues(connection, series_id),
                neighbours=gallery.neighbours(connection, view.wanted, series_id, view.order),
            )
    except NotFound as error:
        with panels.empty("No such series here", str(error)):
            st.page_link(
                places.IMAGES,
                label="All images",
                icon=":material/arrow_forward:",
                query_params=selection.address(dataset.id, view),
            )
        st.stop()


def ways_on(dataset: Dataset, view: View, neighbours: Neighbours) -> None:
    """Previous and Next within the filter, and back to it."""
    # Buttons: a link to the page that it stands on looks pressed.
    for label, side, series_id in (("Previous", "left", neighbours.previous), ("Next", "right", neighbours.next)):
        st.button(
            label,
            icon=f":material/chevron_{side}:",
            icon_position="left" if side == "left" else "right",
            type="tertiary",
            disabled=series_id is None,
            on_click=_turn_to,
            args=(series_id,),
        )
    if st.button(
        "Images", icon=":material/grid_view:", type="tertiary", help="Back to the gallery, filtered as it was."
    ):
        st.switch_page(places.IMAGES, query_params=selection.address(dataset.id, view))


def _turn_to(series_id: str) -> None:
    st.query_params["series"] = series_id


def draw(place: DeltaGenerator, dataset: Dataset, series: SeriesRecord, shows: str) -> None:
    """The pictures of a series, or why there are none. place: an empty one; shows: the alternative text."""
    try:
        packed = dataset.packed_volume(series.series_id)
    except BioDataMineError as error:
        with place.container(border=True, height=HEIGHT_PX):
            after = "Its header was read; what is known from it stands beside this."
            panels.stopped("Not drawn", "hide_image", "orange", str(error), after)
        return
    with place.container(gap="xsmall"):
        _viewer(key=f"viewer-{series.series_id}", data=_labelled(packed, shows), height=HEIGHT_PX)
        notes = volumes.facts_of(packed).notes
        if notes:
            st.html(pieces.text(" ".join(notes), panels.palette(), muted=True, size_px=12))


def _labelled(packed: bytes, shows: str) -> bytes:
    """The packed volume with the alternative text among its facts: a component takes either bytes or words."""
    length = int.from_bytes(packed[:4], "little")
    facts = json.dumps(json.loads(packed[4 : 4 + length]) | {"label": shows}).encode()
    return len(facts).to_bytes(4, "little") + facts + packed[4 + length :]
