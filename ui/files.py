"""The parts of Files: the rail of facets, and the table with its pager. The filter stands in the address."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import wording
from biodatamine_core.catalog import files
from biodatamine_core.catalog.files import FileFilter, FilePage
from biodatamine_core.workspaces import Dataset
from ui import panels, pieces, selection
from ui.pieces import escaped_label

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

RAIL_PX = 204
PER_PAGE = 100
ROW_PX, TABLE_PX = 31, 660
WIDTHS_PX = {
    "Path": 324,
    "Size": 76,
    "Format": 70,
    "Modality": 68,
    "Shape": 110,
    "Problem": 180,
    "Role": 80,
    "Dimensions": 86,
}
"""On a small screen all but the last two are in sight, and the beginning of the problem."""
TITLES = {"format": "Format", "role": "Role", "read": "Read", "problem": "Problem"}
PARTS = {"path": "the path", "finding": "the finding", **{name: title.lower() for name, title in TITLES.items()}}
AT = "at"
"""In the address: the place, among all files, that the page begins at."""


def subtitle(dataset: Dataset) -> str:
    """The dataset's name and how many files it has, read or not."""
    summary = dataset.summary
    unread = summary.files - summary.readable_files
    read = f", {wording.count(unread)} not read" if unread else ", all read"
    return f"{dataset.name}  ·  {wording.counted(summary.files, 'file')}{read}"


def rail_and_body() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Filters left, what they leave right."""
    with st.container(horizontal=True, wrap=False, gap="medium"):
        return st.container(width=RAIL_PX), st.container()


def rail(connection: "duckdb.DuckDBPyConnection") -> FileFilter:
    """The path search and a facet of pills each; returns what the address asks for, which is what they show."""
    asked = FileFilter(
        **{name: tuple(st.query_params.get_all(name)) for name in TITLES},
        finding=st.query_params.get("finding", ""),
        path=st.query_params.get("path", ""),
    )
    _path(asked.path)
    counts = files.file_choices(connection, asked)
    for name in TITLES:
        chosen: tuple[str, ...] = getattr(asked, name)
        if len(counts[name]) > 1 or chosen:
            _facet(name, counts[name] | {value: 0 for value in chosen if value not in counts[name]}, chosen)
    if asked.finding:
        _facet("finding", {asked.finding: None}, (asked.finding,))
    return asked


def _path(asked: str) -> None:
    selection.hold("files-path", asked)

    def changed() -> None:
        _ask("path", st.session_state["files-path"].strip())

    st.text_input(
        "Path contains",
        key="files-path",
        type="search",
        icon=":material/search:",
        placeholder="for example sub-04",
        max_chars=200,
        on_change=changed,
    )


def _facet(name: str, counts: Mapping[str, int | None], chosen: tuple[str, ...]) -> None:
    key = f"files-{name}"
    selection.hold(key, [*chosen])

    def changed() -> None:
        _ask(name, *st.session_state[key])

    def label(value: str) -> str:
        count = counts[value]
        shown = selection.finding_name(value) if name == "finding" else value
        return escaped_label(shown) + (f" :gray[{wording.count(count)}]" if count is not None else "")

    title = TITLES.get(name, "Counted by the finding")
    st.pills(title, [*counts], selection_mode="multi", format_func=label, key=key, wrap=True, on_change=changed)


def table(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter, all_files: int) -> None:
    """What the filter leaves: how many, the rows, the pages beside them."""
    page = files.file_page(connection, wanted, _asked_place(), PER_PAGE)
    with st.container(horizontal=True, vertical_alignment="center", height=36, border=False):
        total = f"{wording.count(page.total)} of {wording.counted(all_files, 'file')}"
        st.html(pieces.text(total, panels.palette(), size_px=14, weight=600), width="content")
        if wanted.parts:
            st.button("Clear filters", type="tertiary", icon=":material/close:", on_click=_clear)
    if not page.total:
        _nothing(connection, wanted)
        return
    st.dataframe(
        _shown(page.rows),
        hide_index=True,
        row_height=ROW_PX,
        height=min(TABLE_PX, ROW_PX * (len(page.rows) + 1) + 5),
        column_config={
            name: st.column_config.TextColumn(width=width_px, alignment="right" if name == "Size" else None)
            for name, width_px in WIDTHS_PX.items()
        },
        alt="Files: path, size, format, modality, shape, problem, role and dimensions",
    )
    _pager(page)


def _shown(rows: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    def text(column: str) -> "pd.Series":
        return rows[column].astype(object).where(rows[column].notna(), wording.MISSING)

    return pd.DataFrame(
        {
            "Path": rows["path"],
            "Size": [wording.size(int(size)) for size in rows["size_bytes"]],
            "Format": rows["format"],
            "Modality": text("modality"),
            "Shape": [_shape(shape) for shape in text("shape")],
            "Problem": text("problem"),
            "Role": rows["role"],
            "Dimensions": text("dimensions"),
        }
    )


def _shape(shape: object) -> str:
    return shape if isinstance(shape, str) else " × ".join(str(length) for length in shape)  # type: ignore[attr-defined]


def _pager(page: FilePage) -> None:
    first, last = page.before + 1, page.before + len(page.rows)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        st.html(
            pieces.text(
                f"{wording.count(first)}–{wording.count(last)} of {wording.count(page.total)}",
                panels.palette(),
                muted=True,
            ),
            width="content",
        )
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=page.previous_at is None,
            on_click=_go,
            args=(page.previous_at,),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=page.next_at is None,
            on_click=_go,
            args=(page.next_at,),
        )


def _nothing(connection: "duckdb.DuckDBPyConnection", wanted: FileFilter) -> None:
    """Which filter empties the list, and the one button that fixes it."""
    asked = ", ".join(value for values in wanted.parts.values() for value in values)
    free = files.file_relaxations(connection, wanted)
    rest = f" {wording.counted(free[0][1], 'file')} without {PARTS[free[0][0]]}." if free and wanted.parts else ""
    with (
        panels.empty("No files match these filters", f"{asked} leave nothing.{rest}"),
        st.container(horizontal=True, horizontal_alignment="center"),
    ):
        if free and len(wanted.parts) > 1:
            st.button(f"Drop {PARTS[free[0][0]]}", on_click=_ask, args=(free[0][0],))
        st.button("Clear all filters", type="tertiary", on_click=_clear)


def _asked_place() -> int:
    """The first one where the address says none, or what is no number."""
    asked = st.query_params.get(AT, "")
    return int(asked) if re.fullmatch(r"\d{1,12}", asked, re.ASCII) else 0


def _go(at: int | None) -> None:
    if at is not None:
        st.query_params[AT] = str(at)


def _ask(part: str, *values: str) -> None:
    """Ask for these values of one part, for any where there are none, from the first page on."""
    st.query_params.pop(AT, None)
    if any(values):
        st.query_params[part] = [*values]
    else:
        st.query_params.pop(part, None)


def _clear() -> None:
    for part in PARTS:
        _ask(part)
