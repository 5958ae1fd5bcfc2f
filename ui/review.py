"""One label in full on Review: for and against, the form that sets it right, what was set, and the next version."""

from html import escape

import streamlit as st

from biodatamine_core import corrections, data_urls, vocabulary, wording
from biodatamine_core.catalog import one_series, review
from biodatamine_core.catalog.review import Shared, Side
from biodatamine_core.errors import BioDataMineError
from biodatamine_core.jobs import State
from biodatamine_core.records import Applies, Clue, Correction, SeriesRecord
from biodatamine_core.workspaces import Dataset
from ui import gallery, panels, pieces, places, session, viewer_facts
from ui.scans import FOLLOW_EVERY_S

MOST_SHOWN = 12
"""Corrections listed, the newest; the CSV holds all."""
AS_IT_IS = "Leave as it is"
REFUSED = "why_nothing_was_set"
_SHARES = {
    Applies.FOLDER: "of folder",
    Applies.SERIES_DESCRIPTION: "of series description",
    Applies.STUDY_DESCRIPTION: "of study description",
}


def download(dataset: Dataset, made: list[Correction]) -> None:
    """All corrections as CSV, also the withdrawn."""
    text = corrections.csv_text(made)
    name = f"{dataset.id}-corrections.csv"
    st.download_button("CSV", text, name, "text/csv", icon=":material/download:", on_click="ignore", disabled=not made)


def next_version(dataset: Dataset, made: list[Correction]) -> None:
    """How many corrections wait for a version, and the button that makes one; one line, whatever it says."""
    newest = session.workspace().dataset(dataset.id)
    waiting = corrections.waiting(made, newest.published().corrections)
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="waiting", height=40, border=False
    ):
        if newest.job is not None and newest.job.is_active:
            _follow(newest)
            return
        if newest.job is not None and newest.job.state is State.FAILED:
            panels.badge("Last scan failed", "error", "gray")
        st.html(pieces.text(_waiting(waiting, newest), panels.palette(), muted=not waiting), width="content")
        if waiting:
            st.button("Make a new version", type="primary", icon=":material/new_label:", on_click=_make, args=(newest,))


def _waiting(waiting: int, newest: Dataset) -> str:
    if waiting:
        return f"{wording.counted(waiting, 'correction')} {'waits' if waiting == 1 else 'wait'} for a new version."
    entered = len(newest.published().corrections)
    if entered:
        return f"Version {newest.published().number} holds {wording.counted(entered, 'correction')}; none waits."
    return "No corrections yet. What you set right enters the next version as a clue, with your name."


def _make(newest: Dataset) -> None:
    session.workspace().relabel(newest)
    st.query_params.pop("at", None)
    st.query_params.pop("series", None)


def _follow(newest: Dataset) -> None:
    @st.fragment(run_every=FOLLOW_EVERY_S)
    def live() -> None:
        now = session.workspace().dataset(newest.id)
        if now.job is None or not now.job.is_active:
            st.rerun()
        session.workspace().keep_going()
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            panels.badge("Running", "progress_activity", "blue")
            said = "A new version is being made; corrections of this moment enter the next one."
            st.html(pieces.text(said, panels.palette()), width="content")

    live()


def detail(dataset: Dataset, series_id: str) -> None:
    """The series, what speaks for its label and what against, and the form."""
    with dataset.open() as connection:
        series = one_series.series(connection, series_id)
        clues = [clue for clue in one_series.clues(connection, series_id) if clue.about in corrections.ABOUT]
        shared = review.shared(connection, series)
        picture = connection.execute("SELECT image FROM thumbnails WHERE series_id = ?", [series_id]).fetchone()
    with st.container(border=True):
        _title(series, bytes(picture[0]) if picture and picture[0] else None)
        _evidence(series, clues)
        st.html(pieces.rule(panels.palette()))
        _form(dataset, series, shared)


def _title(series: SeriesRecord, picture: bytes | None) -> None:
    palette = panels.palette()
    shown = gallery.shows(series.modality_group, series.anatomy)
    image = (
        f'<img src="{data_urls.of_image(picture)}" alt="{escape(shown)}" '
        'style="width:112px;height:112px;object-fit:contain;background:#000;border-radius:4px;flex:none">'
        if picture
        else '<div style="width:112px;height:112px;background:#000;border-radius:4px;flex:none"></div>'
    )
    told = "  ·  ".join(text for text in (series.series_description, series.study_description) if text)
    described = pieces.text(told, palette, muted=True) if told else ""
    st.html(
        f'<div style="display:flex;gap:14px">{image}<div style="min-width:0">{viewer_facts.label(series, palette)}'
        f"{pieces.text(series.path, palette)}{described}</div></div>"
    )


def _evidence(series: SeriesRecord, clues: list[Clue]) -> None:
    """What speaks for the label and what against it; what was said of a label that is open stands with the latter."""
    by_side = {side: [clue for clue in clues if review.side_of(clue, series) is side] for side in Side}
    left, right = st.columns(2, gap="medium")
    with left:
        _clues("Speaks for it", by_side[Side.FOR])
    with right:
        if by_side[Side.AGAINST] or not by_side[Side.OPEN]:
            _clues("Speaks against it", by_side[Side.AGAINST])
        if by_side[Side.OPEN]:
            _clues("Not enough for a label", by_side[Side.OPEN])


def _clues(title: str, found: list[Clue]) -> None:
    palette = panels.palette()
    st.html(pieces.panel_title(title, wording.counted(len(found), "clue"), palette))
    st.html(viewer_facts.clues(found, palette) if found else pieces.text("Nothing.", palette, muted=True))


def _form(dataset: Dataset, series: SeriesRecord, shared: list[Shared]) -> None:
    """Both labels may be set at once; what is left as it is makes no correction."""
    with st.form(f"set-{series.series_id}", clear_on_submit=True, border=False):
        modality, anatomy = st.columns(2, gap="small")
        with modality:
            code = st.selectbox(
                "Modality",
                vocabulary.modalities(),
                index=None,
                placeholder=AS_IT_IS,
                format_func=lambda code: f"{code} · {vocabulary.modality_name(code)}",
            )
        with anatomy:
            part = st.selectbox(
                "Body part", vocabulary.anatomies(), index=None, placeholder=AS_IT_IS, format_func=_anatomy_name
            )
        which, why = st.columns(2, gap="small")
        with which:
            meant = st.selectbox("For", shared, format_func=_shared_name)
        with why:
            note = st.text_input("Note", max_chars=corrections.LONGEST_NOTE, placeholder="Why, for those who ask later")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            is_set = st.form_submit_button("Set")
            preview = {"dataset": dataset.id, "series": series.series_id}
            st.page_link(places.PREVIEW, label="Open in Preview", icon=":material/visibility:", query_params=preview)
        if is_set:
            _set(dataset, {"modality": code, "anatomy": part}, meant, note)
    if refused := st.session_state.pop(REFUSED, None):
        st.html(pieces.text(refused, panels.palette()))


def _set(dataset: Dataset, values: dict[str, str | None], meant: Shared, note: str) -> None:
    """Write down what was chosen; what cannot be is said beside the form."""
    wanted = {about: value for about, value in values.items() if value}
    if not wanted:
        st.session_state[REFUSED] = "Nothing was set: choose a modality or a body part."
        return
    try:
        for about, value in wanted.items():
            session.workspace().correct(dataset, about, value, meant.applies, meant.key, note)
    except BioDataMineError as error:
        st.session_state[REFUSED] = str(error)
    else:
        st.rerun()


def history(dataset: Dataset, made: list[Correction]) -> None:
    """What was set, the newest first, and by whom; what stands can be withdrawn."""
    if not made:
        return
    standing = {correction.id for correction in corrections.standing(made)}
    entered = set(dataset.published().corrections)
    shown = made[::-1][:MOST_SHOWN]
    base = f"the newest {len(shown)} of {wording.count(len(made))}" if len(shown) < len(made) else str(len(made))
    with panels.panel("Corrections", base):
        for correction in shown:
            with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
                st.html(_told(correction, standing, entered), width="stretch")
                if correction.id in standing:
                    st.button(
                        "Withdraw",
                        key=f"withdraw-{correction.id}",
                        type="tertiary",
                        on_click=session.workspace().withdraw,
                        args=(dataset, correction.id),
                    )


def _told(correction: Correction, standing: set[str], entered: set[str]) -> str:
    palette = panels.palette()
    value = correction.value if correction.about == "modality" else _anatomy_name(correction.value)
    about = "Modality" if correction.about == "modality" else "Body part"
    meant = f'all {_SHARES[correction.applies]} "{correction.key}"' if correction.applies in _SHARES else correction.key
    state = _state(correction, standing, entered)
    when = wording.ago(correction.at_utc)
    muted = "  ·  ".join(text for text in (f"{correction.by}, {when}", correction.note, state) if text)
    return pieces.one_line(f"{about}: {value}, for {meant}", palette) + pieces.text(muted, palette, muted=True)


def _state(correction: Correction, standing: set[str], entered: set[str]) -> str:
    if correction.withdrawn_by:
        return f"withdrawn by {correction.withdrawn_by}"
    if correction.id not in standing:
        return "replaced by a newer one"
    return "in this version" if correction.id in entered else "waits for a version"


def _anatomy_name(value: str) -> str:
    return vocabulary.region_name(vocabulary.anatomy(value).name)


def _shared_name(shared: Shared) -> str:
    if shared.applies in _SHARES:
        return f'all {wording.count(shared.series)} {_SHARES[shared.applies]} "{shared.key}"'
    return "this series" if shared.series == 1 else f"this series, in its {wording.count(shared.series)} parts"
