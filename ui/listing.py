"""Datasets as ruled rows: the list, and the short one on Add."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.jobs import Job, State
from biodatamine_core.workspaces import Dataset
from ui import browser, composition, link, panels, pieces, places, scans, session
from ui.pieces import escaped_label

WIDTHS = (2.2, 7.8, 0.85, 0.6)
"""Name, facts, state, menu."""
FACTS = (
    "display:grid;gap:0 14px;align-items:center;"
    "grid-template-columns:minmax(0,4.4fr) repeat(4,minmax(52px,.85fr)) minmax(0,1.7fr)"
)
RIGHT = f"text-align:right;{pieces.NUMBERS};white-space:nowrap"
AGAIN, LINK, DELETE = "Scan again", "Copy link", "Delete"
SEARCH = "find_dataset"


def state_of(dataset: Dataset) -> tuple[str, str]:
    """(word, colour) of its badge."""
    job, version = dataset.job, dataset.version
    if job is not None and job.is_active:
        return ("Paused", "gray") if job.state is State.PAUSED else ("Running", "blue")
    if job is not None and job.state is State.FAILED:
        return "Failed", "red"
    if version is None:
        return ("Stopped" if job is not None else "Not scanned"), "gray"
    return ("Partial", "orange") if version.is_partial else ("Ready", "green")


def forget_search() -> None:
    st.session_state[SEARCH] = ""


def ruled_list(datasets: Sequence[Dataset]) -> None:
    palette = panels.palette()
    names = ("Modality", "Files", "Series", "Patients", "Size")
    cells = "".join(f'<span style="{RIGHT if i else ""}">{name}</span>' for i, name in enumerate(names))
    small = f"font-size:12px;line-height:16px;color:{palette.muted}"
    with st.container(gap="small"):
        for column, html in zip(
            st.columns(WIDTHS, gap="small"),
            (
                f'<div style="{small};padding-left:7px">Dataset</div>',
                f'<div style="{FACTS};{small}">{cells}<span style="padding-left:14px">Findings</span></div>',
                f'<div style="{small}">State</div>',
                "",
            ),
            strict=True,
        ):
            if html:
                column.html(html)
        with st.container(gap="small", key="rows"):
            for dataset in datasets:
                st.html(pieces.rule(palette))
                _row(dataset)


def _row(dataset: Dataset) -> None:
    name, facts, state, menu = st.columns(WIDTHS, gap="small", vertical_alignment="center")
    with name:
        _name(dataset)
    with facts:
        if dataset.job is not None and dataset.job.is_active:
            _live_facts(dataset, dataset.job)
        else:
            st.html(_facts(dataset))
    with state:
        word, colour = state_of(dataset)
        panels.badge(word, None, colour)
    with menu:
        chosen = st.menu_button(
            "",
            [AGAIN, LINK, DELETE] if dataset.version else [AGAIN, DELETE],
            key=f"menu-{dataset.id}",
            icon=":material/more_horiz:",
            type="tertiary",
            help="Scan again, copy link, delete",
        )
    if chosen == AGAIN:
        # Another row's progress may tick on this page: see browser.leave_for_overview.
        browser.leave_for_progress(session.workspace().rescan(dataset).id)
    if chosen == LINK:
        _show_link(dataset)
    if chosen == DELETE:
        _ask_before_deleting(dataset)


def _name(dataset: Dataset) -> None:
    with st.container(gap=None):
        open_link(dataset)
        source = f"{composition.shown_place(dataset)}, {wording.ago(dataset.created_at_utc)}"
        st.html(
            f'<div style="padding-left:7px;margin-top:-4px;font-size:12px;line-height:16px;'
            f'color:{panels.palette().muted};{pieces.ONE_LINE}" title="{escape(source)}">{escape(source)}</div>'
        )


def open_link(dataset: Dataset) -> None:
    """Its name, which leads to its Overview, or to the scan that makes it."""
    st.page_link(places.OVERVIEW, label=f"**{escaped_label(dataset.name)}**", query_params={"dataset": dataset.id})


def _live_facts(dataset: Dataset, job: Job) -> None:
    @st.fragment(run_every=scans.FOLLOW_EVERY_S)
    def live() -> None:
        now = session.workspace().job(job.id)
        if not now.is_active:
            st.rerun()
        st.html(_facts(replace(dataset, job=now)))

    live()


def _facts(dataset: Dataset) -> str:
    """One row's numbers; where there is no version yet, what its scan says stands in the strip's place."""
    palette = panels.palette()
    version = dataset.version
    summary = version.summary if version else None
    numbers = [
        wording.count(summary.files) if summary else wording.MISSING,
        wording.count(summary.series) if summary else wording.MISSING,
        wording.count(summary.patients) if summary and summary.patients else wording.MISSING,
        wording.size(summary.bytes) if summary else wording.MISSING,
    ]
    found = pieces.severities(summary.findings, palette) if summary else wording.MISSING
    cells = "".join(f'<span style="{RIGHT}">{number}</span>' for number in numbers)
    return (
        f'<div style="{FACTS};font-size:13px;line-height:20px;color:{palette.text}"><div>{_mix(dataset)}</div>{cells}'
        f'<span style="padding-left:14px">{found}</span></div>'
    )


def _mix(dataset: Dataset) -> str:
    palette, job = panels.palette(), dataset.job
    small = f"font-size:12px;line-height:16px;color:{palette.muted};margin-top:6px"
    if job is not None and (job.is_active or dataset.version is None):
        words = job.error or "Not scanned."
        if job.is_active:
            done = wording.counted(job.progress.files_done, "file")
            words = f"{scans.STEPS[job.progress.stage]}, {done} read so far"
        return f'<div style="{small};margin:0">{escape(words)}</div>'
    if dataset.version is None:
        return f'<div style="{small};margin:0">Not scanned.</div>'
    groups = dataset.version.summary.modality_groups
    words = pieces.mix_in_words(groups) or "No images"
    return f'{pieces.strip(groups, palette)}<div style="{small};{pieces.ONE_LINE}">{escape(words)}</div>'


@st.dialog("Link to this dataset")
def _show_link(dataset: Dataset) -> None:
    number = dataset.published().number
    sentence = f"It opens {dataset.name} in version {number}, for everyone in this workspace."
    st.html(pieces.text(sentence, panels.palette()))
    link.button({"dataset": dataset.id, session.VERSION: str(number)}, address="overview", is_shown=True)


@st.dialog("Delete this dataset?")
def _ask_before_deleting(dataset: Dataset) -> None:
    sentence = (
        f"{dataset.name}: every version, its tables and pictures are removed, for everyone in this workspace. "
        "What was downloaded stays in storage, because other datasets may share it."
    )
    st.html(pieces.text(sentence, panels.palette()))
    with st.container(horizontal=True):
        if st.button("Delete", type="primary"):
            session.workspace().delete(dataset)
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


def recent(datasets: Sequence[Dataset]) -> None:
    """The last few, as name, strip, series and age."""
    palette = panels.palette()
    small = f"font-size:13px;line-height:20px;{RIGHT}"
    with st.container(gap="xsmall", key="recent"):
        st.html(pieces.text("Recently added", palette, size_px=14, weight=600))
        for dataset in datasets:
            st.html(pieces.rule(palette))
            name, facts = st.columns((2.4, 4), gap="small", vertical_alignment="center")
            with name:
                open_link(dataset)
            summary = dataset.version.summary if dataset.version else None
            series = wording.counted(summary.series, "series", "series") if summary else state_of(dataset)[0]
            groups = summary.modality_groups if summary else {}
            facts.html(
                '<div style="display:grid;gap:14px;align-items:center;grid-template-columns:2fr 1.2fr 1fr">'
                f"{pieces.strip(groups, palette)}"
                f'<span style="{small};color:{palette.text}">{series}</span>'
                f'<span style="{small};color:{palette.muted}">{wording.ago(dataset.created_at_utc)}</span></div>'
            )
