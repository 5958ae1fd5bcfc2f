"""The slice viewer: one series on black, its slices and windows moved without asking the server."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import volumes
from biodatamine_core.catalog import gallery, one_series
from biodatamine_core.catalog.gallery import Neighbours
from biodatamine_core.errors import BioDataMineError, NotFound
from biodatamine_core.records import Clue, FileRecord, SeriesRecord
from biodatamine_core.workspaces import Dataset
from ui import headers_only, panels, pieces, places, selection
from ui.selection import View

HEIGHT_PX = 700
"""Of its skeleton and of whatever stands in its place: the viewer's own on a screen of 900, by viewer.css."""

_HERE = Path(__file__).resolve().parent
_SCRIPTS = ("viewer_volume.js", "viewer_pane.js", "viewer_mask.js", "viewer_times.js", "viewer.js")
_viewer = st.components.v2.component(
    "viewer",
    html='<div class="viewer"></div>',
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js="\n".join((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The series that the page is about, and who stands beside it."""

    series: SeriesRecord
    files: list[FileRecord]
    clues: list[Clue]
    masks: list[SeriesRecord]
    neighbours: Neighbours


def subject(dataset: Dataset, view: View) -> Subject:
    """The series named in the address. Stops the page, with a way on, where the dataset has none such."""
    series_id = st.query_params.get("series", "")
    try:
        with dataset.open() as connection:
            series = one_series.series(connection, series_id)
            return Subject(
                series=series,
                files=one_series.files(connection, series_id),
                clues=one_series.clues(connection, series_id),
                masks=one_series.masks(connection, series),
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


def draw(place: DeltaGenerator, dataset: Dataset, subject: Subject, shows: str) -> None:
    """The pictures of a series, or why there are none. place: an empty one; shows: the alternative text."""
    series_id = subject.series.series_id
    try:
        packed = dataset.packed_volume(series_id)
    except BioDataMineError as error:
        with place.container(border=True, height=HEIGHT_PX):
            after = "Its header was read; what is known from it stands beside this."
            panels.stopped("Not drawn", "hide_image", "orange", str(error), after)
            headers_only.button(dataset, dataset.published())
        return
    with place.container(gap="xsmall"):
        pictures = st.container()
        mask = _chosen_mask(subject)
        packed_mask, notes = _packed_mask(dataset, series_id, mask)
        with pictures:
            _viewer(key=f"viewer-{series_id}", data=_joined(packed, packed_mask, mask, shows))
        notes = (*volumes.facts_of(packed).notes, *notes)
        if notes:
            st.html(pieces.text(" ".join(notes), panels.palette(), muted=True, size_px=12))


def _chosen_mask(subject: Subject) -> SeriesRecord | None:
    """The mask to lay over the series: the only one, or the one that the person chose."""
    if len(subject.masks) < 2:
        return subject.masks[0] if subject.masks else None
    number = st.selectbox(
        "Mask",
        range(len(subject.masks)),
        format_func=lambda number: _mask_name(subject.masks[number]),
        key=f"mask-{subject.series.series_id}",
        help="Several series are masks of this one; one of them is drawn over it.",
    )
    return subject.masks[number]


def _mask_name(mask: SeriesRecord) -> str:
    """What its header calls it, else the end of its path."""
    return mask.series_description or "/".join(mask.path.rstrip("/").split("/")[-2:])


def _packed_mask(dataset: Dataset, series_id: str, mask: SeriesRecord | None) -> tuple[bytes, tuple[str, ...]]:
    """The mask as the browser takes it, and what to say about it; no bytes where there is none to draw."""
    if mask is None:
        return b"", ()
    try:
        packed = dataset.packed_labels(series_id, mask.series_id)
    except BioDataMineError as error:
        return b"", (f"Its mask is not drawn: {error}",)
    return packed, tuple(_facts(packed)["notes"])


def _joined(packed: bytes, packed_mask: bytes, mask: SeriesRecord | None, shows: str) -> bytes:
    """Volume and mask in one piece, the alternative text among the facts: a component takes either bytes or words."""
    voxels = packed[_end_of_facts(packed) :]
    drawn = _facts(packed_mask) | {"id": mask.series_id} if mask is not None and packed_mask else None
    facts = _facts(packed) | {"label": shows, "voxels_bytes": len(voxels), "mask": drawn}
    document = json.dumps(facts).encode()
    mask_voxels = packed_mask[_end_of_facts(packed_mask) :] if packed_mask else b""
    return len(document).to_bytes(4, "little") + document + voxels + mask_voxels


def _facts(packed: bytes) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(packed[4 : _end_of_facts(packed)])
    return facts


def _end_of_facts(packed: bytes) -> int:
    return 4 + int.from_bytes(packed[:4], "little")
