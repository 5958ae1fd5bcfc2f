"""The parts of Query: examples, columns, the editor and what it answers. The query stands in the address."""

import io
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import charts, tables, wording
from biodatamine_core.errors import QueryRefused
from biodatamine_core.sandbox import Answer, Limits
from biodatamine_core.workspaces import Dataset
from ui import answers, editor, panels

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

VIEWS = ("series", "images", "files", "clues", "findings", "affected", "thumbnails")
RAIL_PX = 204
TABLE_PX = 560
FIVE_DIGITS = 10_000
GROUPED = st.column_config.NumberColumn(format="localized")
LONGEST_LINK = 2_000
"""Characters of SQL that an address can carry everywhere."""

EXAMPLES = {
    "Series by modality": """SELECT modality_group, count(*) AS series, count(DISTINCT patient_key) AS patients,
       median(slice_spacing_mm) AS slice_mm
FROM series
GROUP BY modality_group ORDER BY series DESC""",
    "Spacing of volumes": """SELECT path, shape, spacing_mm, slice_spacing_mm, verdict
FROM series WHERE dimensions = '3D'
ORDER BY slice_spacing_mm DESC""",
    "Patients in two splits": """SELECT patient_key, list(DISTINCT split) AS splits, count(*) AS series
FROM series WHERE patient_key IS NOT NULL AND split IS NOT NULL
GROUP BY patient_key HAVING count(DISTINCT split) > 1""",
    "Files not read": """SELECT problem_kind, count(*) AS files, any_value(path) AS for_example
FROM files WHERE NOT readable
GROUP BY problem_kind ORDER BY files DESC""",
    "Least certain labels": """SELECT path, modality, modality_confidence, anatomy, anatomy_confidence
FROM series
ORDER BY least(modality_confidence, anatomy_confidence) NULLS FIRST LIMIT 50""",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a query: an answer, or why there is none."""

    answer: Answer | None = None
    refusal: str = ""


def left_and_right() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where to start from left, the question and its answer right."""
    with st.container(horizontal=True, wrap=False, gap="medium"):
        return st.container(width=RAIL_PX), st.container()


def examples() -> None:
    """Queries to start from; a press runs one."""
    st.markdown("**Start from**")
    with st.container(gap=None):
        for title, sql in EXAMPLES.items():
            st.button(title, type="tertiary", icon=":material/play_arrow:", on_click=_put, args=(sql,))


def columns() -> None:
    """The columns of one view, with what they mean as tooltips."""
    view = st.selectbox("Columns of", VIEWS, key="columns-of")
    palette = panels.palette()
    rows = "".join(
        f'<div style="display:flex;justify-content:space-between;gap:8px" title="{escape(meaning)}">'
        f'<span style="font-family:var(--st-code-font,monospace);color:{palette.text};min-width:0;overflow:hidden;'
        f'text-overflow:ellipsis">{escape(name)}</span>'
        f'<span style="color:{palette.muted};white-space:nowrap">{escape(kind)}</span></div>'
        for name, kind, meaning in columns_of(view)
    )
    with st.container(height=420, border=False):
        st.html(f'<div style="font-size:12px;line-height:20px">{rows}</div>')


def columns_of(view: str) -> list[tuple[str, str, str]]:
    """(name, kind, meaning) of a view's columns, in their order."""
    if view != "images":
        kinds = {field.name: _kind(field.type) for field in tables.schema(view)}
        return [(name, kinds[name], meaning) for name, meaning in tables.COLUMNS[view].items()]
    in_files = columns_of("files")
    taken = {name for name, *_ in in_files}
    of_series = [(name, kind, meaning) for name, kind, meaning in columns_of("series") if name != "series_id"]
    return in_files + [(f"series_{name}" if name in taken else name, *rest) for name, *rest in of_series]  # type: ignore[misc]


def _kind(type_: "pa.DataType") -> str:
    import pyarrow as pa

    if pa.types.is_list(type_):
        return "list"
    words = {"string": "text", "int64": "integer", "double": "number", "bool": "yes/no", "binary": "bytes"}
    return words.get(str(type_), str(type_))


def _put(sql: str) -> None:
    """This query is the page's now: in the address, or, where it is too long for one, in the session."""
    st.session_state["sql"] = sql
    if len(sql) <= LONGEST_LINK:
        st.query_params["sql"] = sql
    else:
        st.query_params.pop("sql", None)


def ask(dataset: Dataset) -> Outcome:
    """The editor, and the outcome of the query in it: the address's, the one asked last, or the first example."""
    sql = st.query_params.get("sql") or st.session_state.get("sql") or next(iter(EXAMPLES.values()))
    place = st.container()
    outcome = _asked(dataset, sql)
    with place:
        typed = editor.sql_editor(sql, _said(outcome, dataset.query_limits, sql))
    if typed is not None and typed != sql:
        _put(typed)
        st.rerun()
    return outcome


def _asked(dataset: Dataset, sql: str) -> Outcome:
    try:
        return Outcome(answers.answer(dataset, sql))
    except QueryRefused as error:
        return Outcome(refusal=str(error))


def _said(outcome: Outcome, limits: Limits, sql: str) -> str:
    """Rows, time and limits in one line."""
    limited = (
        f"One SELECT; at most {wording.count(limits.rows)} rows, {limits.seconds:g} s and "
        f"{wording.size(limits.memory_mb * 1_000_000)}."
    )
    if outcome.answer is None:
        return limited
    answer = outcome.answer
    rows = wording.counted(answer.table.num_rows, "row")
    cut = f"The first {rows}; there are more" if answer.is_cut else rows
    link = " Too long for a link." if len(sql) > LONGEST_LINK else ""
    return f"{cut} in {answer.seconds:.2f} s. {limited}{link}"


def show(dataset: Dataset, outcome: Outcome) -> None:
    """The answer as a table or a chart, to be taken away; or the refusal."""
    if outcome.answer is None:
        panels.failed(outcome.refusal, "The query was not answered; the dataset is as it was.")
        return
    table = outcome.answer.table
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        view = st.segmented_control(
            "Show as", ["Table", "Chart"], default="Table", required=True, key="show-as", label_visibility="collapsed"
        )
        _downloads(dataset, table)
    if not table.num_rows:
        with panels.empty("No rows", "The query was answered: nothing matches it."):
            st.space("small")
    elif view == "Chart":
        _chart(table)
    else:
        shown = _shown(table)
        st.dataframe(
            shown,
            hide_index=True,
            height="content" if table.num_rows < 16 else TABLE_PX,
            column_config=dict.fromkeys(_large_counts(shown), GROUPED),
            placeholder=wording.MISSING,
            alt="The query's answer",
        )


def _downloads(dataset: Dataset, table: "pa.Table") -> None:
    import pyarrow.parquet as pq

    def as_parquet() -> bytes:
        stream = io.BytesIO()
        pq.write_table(table, stream)
        return stream.getvalue()

    def as_csv() -> bytes:
        return _shown(table).to_csv(index=False).encode()

    with st.popover("Download", icon=":material/download:"):
        for word, data, mime in (
            ("Parquet", as_parquet, "application/vnd.apache.parquet"),
            ("CSV", as_csv, "text/csv"),
        ):
            name = f"{dataset.id}-query.{word.lower()}"
            st.download_button(word, data, name, mime, type="tertiary", on_click="ignore")


def _shown(table: "pa.Table") -> "pd.DataFrame":
    """As a DataFrame; bytes, such as thumbnails, by their size."""
    import pyarrow as pa

    for number, field in enumerate(table.schema):
        if pa.types.is_binary(field.type):
            sizes = [None if value is None else wording.size(len(value)) for value in table[number].to_pylist()]
            table = table.set_column(number, field.name, pa.array(sizes, pa.string()))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _large_counts(shown: "pd.DataFrame") -> list[str]:
    """The columns of whole numbers that need a separator: with five digits. A year has four, and none."""
    whole = shown.select_dtypes("integer")
    return [str(name) for name in whole if len(whole) and whole[name].abs().max() >= FIVE_DIGITS]


def _chart(table: "pa.Table") -> None:
    figure = charts.of_answer(_shown(table), panels.palette())
    if figure is None:
        with panels.empty("Nothing to draw", "A chart needs two columns: what to compare, and a number of each."):
            st.space("small")
        return
    st.plotly_chart(figure, theme=None, config=charts.CONFIG, alt="Chart of the query's answer", key="answer-chart")
