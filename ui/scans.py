"""Scans as a person meets them: start, follow, stop, and what to say when one did not end well."""

import time

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.errors import BioDataMineError
from biodatamine_core.jobs import Job, State
from biodatamine_core.records import Mode, Progress, Stage
from biodatamine_core.workspaces import Dataset
from ui import panels, pieces, places, session
from ui.pieces import Headline

FOLLOW_EVERY_S = 1.0
"""How often a page reads a job's document, which its process writes twice as often."""
REFUSED = "why_nothing_was_started"

STEPS = {
    Stage.LIST: "List",
    Stage.DOWNLOAD: "Download",
    Stage.SCAN: "Scan",
    Stage.GROUP: "Group",
    Stage.LABEL: "Label",
    Stage.CHECK: "Check",
    Stage.PUBLISH: "Publish",
}


def start(url: str, name: str = "", only: str = "", mode: Mode = Mode.FULL) -> None:
    """Add the dataset and open its progress; or remember why not, for the page to say."""
    st.session_state.pop(REFUSED, None)
    if not url.strip():
        st.session_state[REFUSED] = "Paste an address first, or try the sample."
        return
    try:
        job = session.workspace().add(url.strip(), name.strip() or None, mode, only.strip() or None)
    except BioDataMineError as error:
        st.session_state[REFUSED] = str(error)
    else:
        st.query_params["job"] = job.id


def again(dataset: Dataset) -> None:
    """Scan it again and show the progress."""
    job = session.workspace().rescan(dataset)
    st.switch_page(places.ADD, query_params={"job": job.id})


def whole(dataset: Dataset) -> None:
    """Copy all of what was read on its server, scan every byte of it, and show the progress."""
    job = session.workspace().add(dataset.source_url, dataset.name, Mode.COPY, dataset.only)
    st.switch_page(places.ADD, query_params={"job": job.id})


def again_button(dataset: Dataset) -> None:
    if st.button(
        "Scan again", icon=":material/refresh:", help="Look at the source again; nothing changed adds no version."
    ):
        again(dataset)


def follow(job: Job) -> None:
    """The panel of a scan, drawn anew until the scan ends; then the whole page is."""
    dataset = session.dataset_of(job)
    title = dataset.name if dataset else job.url
    if not job.is_active:
        _progress(job, title)
        return

    @st.fragment(run_every=FOLLOW_EVERY_S)
    def live() -> None:
        workspace = session.workspace()
        now = workspace.job(job.id)
        if not now.is_active:
            st.rerun()
        if now.state is State.WAITING:
            workspace.keep_going()
        _progress(now, title)

    live()


def _progress(job: Job, title: str) -> None:
    palette, progress = panels.palette(), job.progress
    with st.container(border=True):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.html(pieces.text(title, palette, size_px=16, weight=600), width="stretch")
            if job.is_active:
                _pause_button(job)
            label = "Stopping" if job.cancel_requested else "Cancel"
            if st.button(
                label, icon=":material/close:", type="tertiary", disabled=job.cancel_requested or not job.is_active
            ):
                session.workspace().cancel(job)
                st.rerun(scope="fragment")
        step = list(STEPS).index(progress.stage) if job.is_active else len(STEPS)
        st.html(pieces.steps(list(STEPS.values()), step, fraction(progress), palette))
        st.space("xxsmall")
        st.html(pieces.headlines(numbers(job, time.time()), palette, ruled=False))
        st.space("xxsmall")
        st.html(pieces.rule(palette))
        st.html(pieces.panel_title("Seen so far", "; ".join(caveats(job)), palette))
        if progress.modalities:
            st.html(pieces.strip(progress.modalities, palette, 8) + pieces.legend(progress.modalities, palette))
        else:
            st.html(pieces.strip({}, palette, 8) + pieces.legend(progress.formats, palette, coloured=False))


def _pause_button(job: Job) -> None:
    if job.state is State.PAUSED:
        st.button(
            "Resume", icon=":material/play_arrow:", type="tertiary", on_click=session.workspace().resume, args=(job,)
        )
        return
    is_asked = job.pause_requested or job.cancel_requested
    st.button(
        "Pause",
        icon=":material/pause:",
        type="tertiary",
        disabled=is_asked,
        help="Keeps what was downloaded and read.",
        on_click=session.workspace().pause,
        args=(job,),
    )


def fraction(progress: Progress) -> float:
    """How much of the present step is done, 0 to 1; 0 where nobody knows."""
    done, total = (
        (progress.bytes_done, progress.bytes_total)
        if progress.stage is Stage.DOWNLOAD
        else (progress.files_done, progress.files_total)
    )
    return min(1.0, done / total) if total and progress.stage in (Stage.DOWNLOAD, Stage.SCAN) else 0.0


def _stage_s(job: Job) -> float:
    """How long the present step lasts already, by its document alone: every tab and every reload shows the same."""
    return job.heartbeat_at - job.stage_started_at if job.stage_started_at else 0.0


def caveats(job: Job) -> list[str]:
    """What has to be known of the numbers seen so far: that they are of a part, and what could not be read."""
    progress, said = job.progress, []
    if job.is_active and progress.stage in (Stage.DOWNLOAD, Stage.SCAN) and progress.files_done:
        total = f" of {wording.count(progress.files_total)}" if progress.files_total else ""
        said.append(f"partial: {wording.count(progress.files_done)}{total} files")
    if progress.unreadable_files:
        said.append(f"{wording.counted(progress.unreadable_files, 'file')} not readable")
    return said


def speed(job: Job) -> str:
    """Bytes or files per second of the present step; "" where nobody knows."""
    elapsed_s, progress = _stage_s(job), job.progress
    if elapsed_s >= 1 and progress.stage is Stage.DOWNLOAD:
        return f"{wording.size(round(progress.bytes_done / elapsed_s))} per second"
    if elapsed_s >= 1 and progress.stage is Stage.SCAN:
        return f"{wording.count(round(progress.files_done / elapsed_s))} files per second"
    return ""


def seconds_left(job: Job) -> float | None:
    """Of the present step, at the speed so far; None where nobody knows."""
    elapsed_s, done = _stage_s(job), fraction(job.progress)
    return elapsed_s * (1 - done) / done if elapsed_s >= 1 and done else None


def numbers(job: Job, now: float) -> list[Headline]:
    """Files, bytes, speed and time left, from the document alone: every tab and every reload shows the same."""
    progress = job.progress
    fast, left_s = speed(job), seconds_left(job)
    number, unit = (" ".join(fast.split()[:-2]), "per second") if fast else (wording.MISSING, "")
    left = wording.MISSING if left_s is None else f"about {wording.duration(left_s)}"
    started = f"started {wording.duration(max(0.0, now - job.started_at))} ago" if job.started_at else "starting"
    files_total = f"of {wording.count(progress.files_total)}" if progress.files_total else ""
    bytes_total = f"of {wording.size(progress.bytes_total)}" if progress.bytes_total else ""
    return [
        Headline("Files read", wording.count(progress.files_done), files_total),
        Headline(
            "Downloaded" if progress.stage is Stage.DOWNLOAD else "Bytes read",
            wording.size(progress.bytes_done),
            bytes_total,
        ),
        Headline("Speed", number, unit, "" if unit else "Known while files arrive or are read."),
        Headline("Time left", left, started, "" if left_s is not None else "Known while files arrive or are read."),
    ]


def choose(job: Job, dataset: Dataset | None) -> None:
    """A page that links to several files: each with its size and the button that takes it."""
    with panels.panel(f"This page links to {len(job.candidates)} files", "pick one"):
        for number, (name, url, size_bytes) in enumerate(job.candidates):
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                st.html(pieces.text(name, panels.palette()), width="stretch")
                size = wording.MISSING if size_bytes is None else wording.size(size_bytes)
                st.html(pieces.text(size, panels.palette(), muted=True), width="content")
                st.button("Look inside", key=f"take-{number}", help=name, on_click=_take, args=(url, job, dataset))


def _take(url: str, job: Job, page: Dataset | None) -> None:
    """Scan the file instead of the page, which was never a dataset itself."""
    start(url, mode=job.mode)
    if page is not None and page.version is None:
        session.workspace().delete(page)


def ended_badly(job: Job, dataset: Dataset | None) -> None:
    """A failed or stopped scan: the sentence, what is still there, one action, details to copy."""
    if job.candidates:
        choose(job, dataset)
        return
    version = dataset.version if dataset else None
    still = f"Version {version.number} of {wording.moment(version.created_at_utc)} is still here." if version else ""
    with st.container(border=True):
        after = f"{_reached(job)} {still}"
        if job.state is State.CANCELLED:
            panels.stopped("Stopped", "stop_circle", "gray", job.error or "The scan was stopped.", after)
        else:
            panels.failed(job.error or "The scan ended without a word.", after)
        with st.container(horizontal=True, vertical_alignment="center"):
            if dataset and st.button("Scan again", icon=":material/refresh:"):
                again(dataset)
            if version and dataset:
                st.page_link(
                    places.OVERVIEW, label=f"Open version {version.number}", query_params={"dataset": dataset.id}
                )
            with st.popover("Copy the details", type="tertiary"):
                st.code(_details(job), language=None)


def instead_of_a_version(dataset: Dataset) -> None:
    """Overview of a dataset that has nothing published: its scan runs, or did not end well."""
    with panels.header(dataset.name, dataset.origin):
        pass
    if dataset.job is None:
        with panels.empty("Never scanned", "This dataset was added, but no scan of it was started."):
            again_button(dataset)
    elif dataset.job.is_active:
        follow(dataset.job)
    else:
        ended_badly(dataset.job, dataset)


def newer_scan(dataset: Dataset) -> None:
    """One line over a published version when a later scan runs, or failed."""
    job = dataset.job
    if job is None or job.state is State.DONE:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if job.is_active:
            panels.badge("Running", "progress_activity", "blue")
            st.html(pieces.text("A newer scan is under way.", panels.palette()), width="content")
            st.page_link(places.ADD, label="Show its progress", query_params={"job": job.id})
        else:
            panels.badge("Last scan failed" if job.state is State.FAILED else "Last scan stopped", "error", "gray")
            sentence = f"{job.error} The numbers below are of the version before."
            st.html(pieces.text(sentence, panels.palette()), width="content")


def _reached(job: Job) -> str:
    progress = job.progress
    if progress.stage in (Stage.LIST, Stage.DOWNLOAD):
        got = f" after {wording.size(progress.bytes_done)}" if progress.bytes_done else ""
        return f"It ended at the step {STEPS[progress.stage]}{got}."
    return f"It ended at the step {STEPS[progress.stage]}, after {wording.counted(progress.files_done, 'file')}."


def _details(job: Job) -> str:
    lines = [f"job {job.id}", f"state {job.state}", f"step {job.progress.stage}", job.error or "", job.details or ""]
    return "\n".join(line for line in lines if line)
