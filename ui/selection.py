"""The view of Images as it stands in the address: filter, order, place and tile size. A link reopens it."""

from dataclasses import dataclass, field

import streamlit as st

from biodatamine_core import vocabulary
from biodatamine_core.catalog.filters import ASKED, SeriesFilter
from biodatamine_core.catalog.gallery import Order
from ui import places

NAMES = {
    "modality": "Modality",
    "zone": "Body zone",
    "dimensions": "Dimensions",
    "format": "Format",
    "split": "Split",
    "label": "Label",
    "vendor": "Vendor",
    "sex": "Sex",
    "age": "Age",
    "year": "Year",
    "matrix": "Matrix",
    "spacing": "Slice spacing",
    "finding": "Finding",
    "path": "Path",
}
SIZES = {"S": 60, "M": 30, "L": 30}
"""Tile size -> series on a page."""
USUAL_SIZE = "M"
ABBREVIATIONS = ("ct", "sop")
"""Words of a finding's code that are written in capitals."""

Address = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class View:
    """What Images shows. at: the series that the page begins with."""

    wanted: SeriesFilter = field(default_factory=SeriesFilter)
    order: Order = Order.MIXED
    at: str | None = None
    size: str = USUAL_SIZE

    @property
    def length(self) -> int:
        return SIZES[self.size]


def from_address() -> View:
    """The view that the address asks for; what it says wrongly counts as not said."""
    asked = st.query_params
    order, size = asked.get("order", ""), asked.get("size", "")
    return View(
        SeriesFilter(**{name: tuple(asked.get_all(name)) for name in ASKED}, path=asked.get("path", "")),
        Order(order) if order in list(Order) else Order.MIXED,
        asked.get("at"),
        size if size in SIZES else USUAL_SIZE,
    )


def address(dataset_id: str, view: View) -> Address:
    """The query of a link to Images, or to a series of it in Preview; the usual is left out."""
    query: Address = {"dataset": dataset_id}
    query |= {name: list(values) for name, values in view.wanted.parts.items()}
    if view.order is not Order.MIXED:
        query["order"] = str(view.order)
    if view.size != USUAL_SIZE:
        query["size"] = view.size
    return query


def hold(key: str, value: object) -> None:
    """Give a control the value that the address asks for.

    One that has it stays untouched: to set it again would undo a click that is on its way while the page is drawn.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def change(name: str, *values: str) -> None:
    """Ask for other values of one part, none for any, from the first page on."""
    if values:
        st.query_params[name] = list(values)
    else:
        st.query_params.pop(name, None)
    st.query_params.pop("at", None)


def turn_to(at: str | None) -> None:
    """Ask for the page that begins with this series; None is the first one."""
    if at:
        st.query_params["at"] = at
    else:
        st.query_params.pop("at", None)


def open_images(name: str, values: tuple[str, ...]) -> None:
    """Leave for Images, filtered by values of one facet."""
    st.switch_page(places.IMAGES, query_params={"dataset": st.query_params["dataset"], name: list(values)})


def open_series(series_id: str, view: View | None = None) -> None:
    """Leave for the Preview of a series; its Previous and Next stay in the view's filter."""
    query = address(st.query_params["dataset"], view or View())
    st.switch_page(places.PREVIEW, query_params={**query, "series": series_id})


def clear() -> None:
    """Ask for everything."""
    for name in NAMES:
        change(name)


def shown(name: str, value: str) -> str:
    """A value of a part as a person reads it."""
    if name == "zone":
        return vocabulary.zone_name(value)
    if name == "finding":
        return finding_name(value)
    if name == "path":
        return f'"{value}" in the path'
    return "Unknown" if value == "unknown" else value


def finding_name(finding: str) -> str:
    """missing-slices -> Missing slices; eight-bit-ct -> Eight bit CT; missing-metadata:X -> Missing metadata: X."""
    code, _, subject = finding.partition(":")
    words = [word.upper() if word in ABBREVIATIONS else word for word in code.split("-")]
    said = " ".join(words)
    return said[0].upper() + said[1:] + (f": {subject}" if subject else "")
