"""Jobs as ruled rows: what runs, what waits, how it ended, and what can be done about it."""

import time
from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.errors import NotFound
from biodatamine_core.jobs import Job, State
from biodatamine_core.records import Stage
from ui import panels, pieces, places, scans, session

WIDTHS = (2.6, 1.0, 3.6, 1.3, 0.9, 1.9)
"""Dataset, state, progress, time, who, what can be done."""
BADGES = {
    State.RUNNING: ("Running", "blue"),
    State.WAITING: ("Waiting", "gray"),
    State.PAUSED: ("Paused", "gray"),
    State.DONE: ("Done", "green"),
    State.FAILED: ("Failed", "red"),
    State.CANCELLED: ("Stopped", "gray"),
}
ORDER = (State.RUNNING, State.WAITING, State.PAUSED)
ROW_PX = 44
"""A row keeps its height, so that nothing moves while numbers change."""


def active_and_ended(jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """What is under way, running first and the queue in its order; and what ended, newest first."""
    active = [job for job in jobs if job.is_active]
    return sorted(active, key=lambda job: (ORDER.index(job.state), job.id)), [job for job in jobs if not job.is_active]


def counts(jobs: Sequence[Job]) -> str:
    """1 running, 2 waiting, 1 failed."""
    said = [(sum(job.state is state for job in jobs), word.lower()) for state, (word, _) in BADGES.items()]
    return ", ".join(f"{wording.count(number)} {word}" for number, word in said if number) or "none yet"


def head() -> None:
    small = f"font-size:12px;line-height:16px;color:{panels.palette().muted}"
    for column, name in zip(
        st.columns(WIDTHS, gap="small"), ("Dataset", "State", "Progress", "Time", "By", ""), strict=True
    ):
        column.html(f'<div style="{small}">{name}</div>')


def row(job: Job) -> None:
    """One job. Its buttons act on the document; the next drawing shows what became of it."""
    palette = panels.palette()
    st.html(pieces.rule(palette))
    title, state, progress, taken, by, actions = st.columns(WIDTHS, gap="small", vertical_alignment="center")
    name = job.title or job.dataset_id
    title.html(_text(name, 14, palette.text, 500))
    with state:
        word, colour = BADGES[job.state]
        panels.badge(word, None, colour)
    progress.html(_progress(job))
    taken.html(_small(_time(job)))
    by.html(_small(job.created_by.rpartition(":")[2]))
    with actions, st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        _actions(job)


def _actions(job: Job) -> None:
    workspace = session.workspace()
    if job.state in (State.RUNNING, State.WAITING):
        _button(job, "Pause", lambda: workspace.pause(job), job.pause_requested or job.cancel_requested)
    if job.state is State.PAUSED:
        _button(job, "Resume", lambda: workspace.resume(job))
    if job.is_active:
        _button(job, "Cancel", lambda: workspace.cancel(job), job.cancel_requested)
    if job.state in (State.FAILED, State.CANCELLED):
        _button(job, "Retry", lambda: _retry(job))
    if job.state is State.DONE:
        st.page_link(places.OVERVIEW, label="Open", query_params={"dataset": job.dataset_id})
    with st.popover("Log", type="tertiary"):
        st.html(log(job))


def _button(job: Job, label: str, act: Callable[[], None], is_disabled: bool = False) -> None:
    st.button(label, key=f"{label}-{job.id}", type="tertiary", disabled=is_disabled, on_click=act)


def _retry(job: Job) -> None:
    try:
        session.workspace().rescan(session.workspace().dataset(job.dataset_id))
    except NotFound:
        st.toast(f"{job.title} was deleted; add it again.")


def log(job: Job) -> str:
    """What happened, one sentence a line, oldest first."""
    palette = panels.palette()
    lines = "".join(
        f'<div style="display:flex;gap:10px;font-size:13px;line-height:20px;color:{palette.text}">'
        f'<span style="flex:none;color:{palette.muted};{pieces.NUMBERS}">{wording.parsed(at_utc):%H:%M:%S}</span>'
        f'<span style="overflow-wrap:anywhere">{escape(sentence)}</span></div>'
        for at_utc, sentence in job.log
    )
    return lines or pieces.text("Nothing was written down yet.", palette, muted=True)


def _progress(job: Job) -> str:
    palette, progress = panels.palette(), job.progress
    bar = ""
    if job.state is State.RUNNING:
        done = max(2.0, 100 * scans.fraction(progress))
        bar = (
            f'<div style="height:4px;border-radius:2px;background:{palette.border};overflow:hidden">'
            f'<div style="width:{done:.1f}%;height:100%;background:{palette.text}"></div></div>'
        )
    frame = f"min-height:{ROW_PX - 20}px;display:flex;flex-direction:column;justify-content:center;gap:5px"
    return f'<div style="{frame}">{bar}{_text(_words(job), 12, palette.muted)}</div>'


def _words(job: Job) -> str:
    """How far it is, or how it ended."""
    progress = job.progress
    if job.error and not job.is_active:
        return job.error
    if job.state is State.WAITING:
        return "goes on where it stopped, at its turn" if job.attempt else "in the queue"
    if job.state is State.PAUSED and not job.attempt:
        return "not started"
    if job.state is State.DONE:
        files = wording.counted(progress.files_done, "file") if progress.files_done else "nothing new at the source"
        return f"{files}, version {job.version}"
    said = scans.STEPS[progress.stage]
    if progress.stage is Stage.DOWNLOAD:
        said += (
            f", {_of(wording.size(progress.bytes_done), progress.bytes_total and wording.size(progress.bytes_total))}"
        )
    elif progress.files_done:
        total = wording.count(progress.files_total) if progress.files_total else None
        said += f", {_of(wording.count(progress.files_done), total)} files"
    speed = scans.speed(job)
    return f"{said}, {speed}" if speed and job.state is State.RUNNING else said


def _of(done: str, total: str | int | None) -> str:
    return f"{done} of {total}" if total else done


def _time(job: Job) -> str:
    """Time left where it is known, time taken where it ended."""
    if job.state is State.RUNNING:
        left = scans.seconds_left(job)
        if left is not None:
            return f"{wording.duration(left)} left"
        return f"for {wording.duration(max(0.0, time.time() - job.started_at))}" if job.started_at else wording.MISSING
    if job.ended_at and job.started_at:
        return f"{wording.duration(job.ended_at - job.started_at)}, {wording.ago(job.created_at_utc)}"
    return wording.MISSING


def _small(text: str) -> str:
    return _text(text, 13, panels.palette().text)


def _text(text: str, size_px: int, colour: str, weight: int = 400) -> str:
    """One line, cut where it is too long; the whole of it is its tooltip."""
    style = f"font-size:{size_px}px;line-height:{size_px + 6}px;font-weight:{weight};color:{colour}"
    return f'<div style="{style};{pieces.NUMBERS};{pieces.ONE_LINE}" title="{escape(text)}">{escape(text)}</div>'
