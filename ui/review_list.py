"""The list of Review: a picture, the label, and why it should be looked at; a page of it, by key."""

from typing import TYPE_CHECKING

import streamlit as st

from biodatamine_core import data_urls, vocabulary, wording
from biodatamine_core.catalog import review
from biodatamine_core.catalog.doubts import Doubt
from biodatamine_core.catalog.review import Page, Row
from biodatamine_core.workspaces import Dataset

if TYPE_CHECKING:
    import pandas as pd

ROWS, ROW_PX = 10, 52
_NO_PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def page(dataset: Dataset) -> Page:
    """The rows that the address asks for."""
    version = dataset.published()
    # A dataset deleted and added again starts at version 1 again: the time tells the two apart.
    key = dataset.store.url, dataset.prefix, version.identity, version.created_at_utc
    return _page(key, st.query_params.get("at"), dataset)


@st.cache_data(max_entries=64, show_spinner=False)
def _page(key: tuple[str, str, str, str], at: str | None, _dataset: Dataset) -> Page:
    with _dataset.open() as connection:
        return review.page(connection, at, ROWS)


def subtitle(dataset: Dataset, page: Page) -> str:
    """The dataset, and how many series are in doubt, of how many."""
    said = {Doubt.CONTRADICTED: "contradicted", Doubt.UNKNOWN: "unknown", Doubt.SETTLED: "set by a person"}
    counted = [f"{wording.count(page.doubts[doubt])} {word}" for doubt, word in said.items() if doubt in page.doubts]
    whole = f"of {wording.counted(page.total, 'image series', 'image series')}"
    return "  ·  ".join([dataset.name, f"{', '.join(counted) or 'none in doubt'} {whole}"])


def draw(page: Page, dataset: Dataset) -> str:
    """The rows; returns the series that is chosen, which stands in the address."""
    ids = [row.series_id for row in page.rows]
    asked = st.query_params.get("series", "")
    state = st.dataframe(
        _table(page),
        hide_index=True,
        height=ROW_PX * len(ids) + 36,
        row_height=ROW_PX,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [ids.index(asked) if asked in ids else 0]}},
        key=f"review-{ids[0]}-{dataset.published().number}",
        column_config={
            "Picture": st.column_config.ImageColumn(" ", width=52),
            "Label": st.column_config.TextColumn(width=100),
            "Why here": st.column_config.TextColumn(width=156, help="The contradicted first, then the least certain."),
        },
        alt="Series to look at: picture, label, and why",
    )
    chosen = ids[state["selection"]["rows"][0]]
    st.query_params["series"] = chosen
    return chosen


def turn_to(at: str | None) -> None:
    """Ask for the page that begins here, without the series that was looked at; None is the first one."""
    st.query_params.pop("series", None)
    if at:
        st.query_params["at"] = at
    else:
        st.query_params.pop("at", None)


def _table(page: Page) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {
            "Picture": [_data_url(row.image) for row in page.rows],
            "Label": [_label(row) for row in page.rows],
            "Why here": [_why(row) for row in page.rows],
        }
    )


def _label(row: Row) -> str:
    anatomy = vocabulary.region_name(row.anatomy) if row.anatomy else "Unknown"
    return f"{row.modality_group}, {anatomy.lower()}"


def _why(row: Row) -> str:
    about = "Modality" if row.about == "modality" else "Body part"
    if row.doubt is Doubt.MEASURED and row.confidence is not None:
        return f"{about}: right in {wording.rate(row.confidence)}"
    said = {Doubt.CONTRADICTED: "contradicted", Doubt.UNKNOWN: "unknown", Doubt.UNMEASURED: "never measured"}
    return f"{about} {said[row.doubt]}" if row.doubt in said else "Set by a person"


def _data_url(image: bytes | None) -> str:
    return data_urls.of_image(image) if image else _NO_PIXEL
