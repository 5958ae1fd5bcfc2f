"""What stands around the tiles of Images: counts, order, size, pager, and what to do where a filter leaves nothing."""

from collections.abc import Sequence

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.catalog.gallery import Order, Page
from biodatamine_core.workspaces import Dataset
from ui import gallery_answers, panels, pieces, places, selection
from ui.selection import View

RAIL, REST = 1.0, 4.1
"""How the width is shared between the facets and the tiles."""
WAITING_PX = 640
"""Height of the skeleton: about three rows of tiles."""
ORDERS = {Order.MIXED: "Mixed order", Order.PATH: "By path", Order.LARGEST: "Largest first"}


def subtitle(dataset: Dataset) -> str:
    """The dataset, what is counted here, and what could not be."""
    summary = dataset.summary
    parts = [dataset.name, wording.counted(summary.series, "series", "series")]
    if summary.readable_files < summary.files:
        parts.append(f"{wording.count(summary.readable_files)} of {wording.count(summary.files)} files were read")
    return "  ·  ".join(parts)


def toolbar(dataset: Dataset, view: View, page: Page) -> None:
    """How many of how many, Clear filters, order and size."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_shown_of(page.total, dataset.summary.series), width="content")
        if view.wanted.parts:
            st.button("Clear filters", icon=":material/close:", type="tertiary", on_click=selection.clear)
        st.space("stretch")
        _order(view)
        _size(view)
    if view.wanted.finding:
        _named_part(dataset, view.wanted)


def nothing(dataset: Dataset, wanted: SeriesFilter) -> None:
    """Which filters leave nothing, and the one button that helps."""
    asked = [selection.shown(name, value) for name, values in wanted.parts.items() for value in values]
    said = f"{_listed(asked)} {'leave' if len(asked) > 1 else 'leaves'} nothing."
    frees = gallery_answers.relaxations(dataset, wanted) if len(wanted.parts) > 1 else []
    if not frees:
        with panels.empty("No series match these filters", said):
            st.button("Clear all filters", on_click=selection.clear)
        return
    part, series = frees[0]
    name = selection.NAMES[part].lower()
    there = f"{wording.counted(series, 'series is', 'series are')} there without the {name}."
    with (
        panels.empty("No series match these filters", f"{said} {there}"),
        st.container(horizontal=True, horizontal_alignment="center"),
    ):
        st.button(f"Drop the {name} filter", on_click=selection.change, args=(part,))
        st.button("Clear all filters", type="tertiary", on_click=selection.clear)


def without_series(dataset: Dataset) -> None:
    """Images of a dataset that has none."""
    with panels.empty("No images in this dataset", "None of its files is a format whose images are read here."):
        st.page_link(
            places.OVERVIEW,
            label="What is in it",
            icon=":material/arrow_forward:",
            query_params={"dataset": dataset.id},
        )


def _order(view: View) -> None:
    key = "images-order"
    selection.hold(key, view.order)

    def changed() -> None:
        chosen = Order(st.session_state[key])
        selection.change("order", *([] if chosen is Order.MIXED else [str(chosen)]))

    st.selectbox(
        "Order",
        list(ORDERS),
        format_func=lambda order: ORDERS[order],
        key=key,
        on_change=changed,
        label_visibility="collapsed",
        width=170,
        help="Mixed is the same random order for everyone: any page is a fair sample.",
    )


def _size(view: View) -> None:
    key = "images-size"
    selection.hold(key, view.size)

    def changed() -> None:
        chosen = st.session_state[key]
        selection.change("size", *([] if chosen == selection.USUAL_SIZE else [chosen]))

    st.segmented_control(
        "Tile size",
        list(selection.SIZES),
        key=key,
        on_change=changed,
        required=True,
        label_visibility="collapsed",
        width=114,
    )


def _named_part(dataset: Dataset, wanted: SeriesFilter) -> None:
    """A finding names up to ten examples; the rest of what it counts is not among the tiles."""
    named, counted = gallery_answers.named_of(dataset, wanted.finding)
    if named < counted:
        said = (
            f"Findings name {wording.count(named)} of the {wording.count(counted)} they count; these are their series."
        )
        st.html(pieces.text(said, panels.palette(), muted=True))


def _shown_of(shown: int, series: int) -> str:
    """2,764 of 3,216 series."""
    of = f" of {wording.count(series)}" if shown != series else ""
    number = f'<span style="font-weight:600">{wording.count(shown)}</span>'
    return f'<div style="font-size:14px;line-height:20px;{pieces.NUMBERS};white-space:nowrap">{number}{of} series</div>'


def _listed(names: Sequence[str]) -> str:
    """MRI, Spine and test."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
