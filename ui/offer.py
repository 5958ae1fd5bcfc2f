"""What lies at the address that is typed: recognised at once, listed a moment later, picked from before it is added."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from biodatamine_core import sources, wording
from biodatamine_core.errors import BioDataMineError, ChoiceNeeded
from biodatamine_core.workspaces import Bundle, Listing, Looking
from ui import panels, pieces, session

if TYPE_CHECKING:
    import pandas as pd

LOOKING = "what_is_looked_at"
"""(address, its listing under way) of this tab; another address takes its place."""
LOOK_AGAIN_S = 0.5
ROW_PX, MOST_ROWS = 32, 8
FILES, FOLDERS = "Files", "Folders"
HEADERS_ONLY_HELP = (
    "Fetches the list of files and the part of each that holds its header; the rest stays on the server. No checksums, "
    "no duplicates by content, few pictures. All of it can be downloaded later."
)


def recognised(typed: str) -> bool:
    """One line: whose address it is, what it is called, what it needs. Returns whether any source reads it."""
    palette = panels.palette()
    try:
        known = sources.about(sources.parse(typed))
    except BioDataMineError as error:
        sentence = str(error)
        st.html(pieces.text(sentence[:1].upper() + sentence[1:], palette, muted=True))
        return False
    st.html(pieces.named(known.service, known.name, known.needs, palette))
    return True


def listed(typed: str, start_headers: Callable[[], None]) -> None:
    """The files at the address, once they are known; until then, for how long it is asked already.

    start_headers: adds what is picked by its headers only; offered where the rest can stay where it is.
    """
    try:
        looking = _looking_at(typed)
    except BioDataMineError as error:
        _refused(str(error))
        return
    if looking.is_done:
        _outcome(looking, start_headers)
        return

    @st.fragment(run_every=LOOK_AGAIN_S)
    def waiting() -> None:
        if looking.is_done:
            st.rerun()
        asked = f"Asks what lies there, for {wording.duration(looking.seconds)} so far. Nothing is downloaded."
        with st.container(border=True, height=64):
            st.html(pieces.text(asked, panels.palette(), muted=True))

    waiting()


def chosen(typed: str) -> str:
    """The address of what was picked from the listing; the address itself where nothing was.

    Raises ChoiceNeeded, and UnsupportedURL where too much was picked one by one.
    """
    listing = known(typed)
    if listing is None:
        return typed
    names = _picked(listing)
    if listing.must_pick and not names:
        raise ChoiceNeeded("Each of these files is a dataset of its own; mark the one to look into.", ())
    if not names:
        return typed
    if listing.must_pick:
        return next(artifact.url for artifact in listing.artifacts if artifact.name == names[0])
    return sources.part_of(listing.url, names)


def known(typed: str) -> Listing | None:
    """The listing of this address; None while it is asked for, and where it was refused."""
    address, looking = st.session_state.get(LOOKING, ("", None))
    if looking is None or address != typed or not looking.is_done:
        return None
    try:
        return looking.listing()  # type: ignore[no-any-return]
    except BioDataMineError:
        return None  # a scan asks again, and says what it is told


def _looking_at(typed: str) -> Looking:
    address, looking = st.session_state.get(LOOKING, ("", None))
    if looking is None or address != typed:
        forget()
        looking = session.workspace().look(typed)
        st.session_state[LOOKING] = (typed, looking)
    return looking  # type: ignore[no-any-return]


def forget() -> None:
    """Nobody waits for the listing any more."""
    _, looking = st.session_state.pop(LOOKING, ("", None))
    if looking is not None:
        looking.stop()


def _outcome(looking: Looking, start_headers: Callable[[], None]) -> None:
    try:
        listing = looking.listing()
    except BioDataMineError as error:
        _refused(str(error))
        return
    palette, whole = panels.palette(), listing.part(())
    title = listing.artifacts[0].name if whole.file_count == 1 else "What lies there"
    with panels.panel(title, _said(whole)):
        facts = [f"Licence {listing.licence}" if listing.licence else "No licence is stated"]
        facts += [f"version {listing.version}"] if listing.version else []
        st.html(pieces.text(", ".join(facts), palette, muted=True))
        if whole.file_count > 1:
            _table(listing)
        names = _picked(listing)
        if listing.must_pick and not names:
            st.html(pieces.text("Each of them is a dataset of its own: pick one.", palette))
            return
        _estimate(listing, listing.part(names), is_part=bool(names))
        if listing.sends_parts and st.button("Headers only", icon=":material/short_text:", help=HEADERS_ONLY_HELP):
            start_headers()


def _refused(sentence: str) -> None:
    with st.container(border=True, gap="xsmall"):
        panels.badge("Not listed", "error", "orange")
        st.html(pieces.text(sentence, panels.palette()))
        st.button("Ask again", icon=":material/refresh:", on_click=forget)


def _estimate(listing: Listing, part: Bundle, is_part: bool) -> None:
    """Space against what is free, time from what was measured; nothing that is not known."""
    size_bytes = part.size_bytes
    said = [f"Picked: {_said(part)}"] if is_part else []
    if size_bytes is not None:
        said.append(f"{wording.size(listing.free_bytes)} are free here")
    if size_bytes is not None and listing.bytes_per_s:
        rate = wording.size(round(listing.bytes_per_s))
        said.append(f"about {wording.duration(size_bytes / listing.bytes_per_s)} at the {rate} per second of before")
    if said:
        st.html(pieces.text(f"{'; '.join(said)}.", panels.palette()))
    if size_bytes is not None and size_bytes > listing.free_bytes:
        panels.badge("Not enough room here", "hard_drive", "orange")
    if size_bytes is not None and size_bytes > listing.limit_bytes:
        limit = f"More than the limit of {wording.size(listing.limit_bytes)}, BIODATAMINE_MAX_DOWNLOAD_GB"
        panels.badge(limit, "block", "orange")


def _said(part: Bundle) -> str:
    size = "size not stated" if part.size_bytes is None else wording.size(part.size_bytes)
    return f"{wording.counted(part.file_count, 'file')}, {size}"


def _rows(listing: Listing) -> list[Bundle]:
    if st.session_state.get(_key(listing, "level")) == FOLDERS:
        return listing.folders()
    return [Bundle(artifact.name, 1, artifact.size_bytes) for artifact in listing.artifacts]


def _table(listing: Listing) -> None:
    """Files or folders with their sizes; rows that are marked are what is taken."""
    if not listing.must_pick and listing.folders():
        st.segmented_control(
            "What is picked",
            [FILES, FOLDERS],
            default=FILES,
            required=True,
            key=_key(listing, "level"),
            label_visibility="collapsed",
        )
    rows = _rows(listing)
    st.dataframe(
        _shown(rows),
        hide_index=True,
        row_height=ROW_PX,
        height="content" if len(rows) <= MOST_ROWS else ROW_PX * (MOST_ROWS + 1),
        on_select="rerun",
        selection_mode="single-row" if listing.must_pick else "multi-row",
        key=_table_key(listing),
        column_config={
            "Name": st.column_config.TextColumn(width="large"),
            "Files": st.column_config.NumberColumn(width=70, format="localized"),
            "Size": st.column_config.TextColumn(width=90, alignment="right"),
        },
        alt="What can be picked: name and size; nothing picked takes all",
    )


def _shown(rows: list[Bundle]) -> "pd.DataFrame":
    import pandas as pd

    sizes = [wording.MISSING if row.size_bytes is None else wording.size(row.size_bytes) for row in rows]
    columns: dict[str, list[object]] = {"Name": [row.name for row in rows]}
    if any(row.file_count > 1 for row in rows):
        columns["Files"] = [row.file_count for row in rows]
    return pd.DataFrame({**columns, "Size": sizes})


def _picked(listing: Listing) -> list[str]:
    state = st.session_state.get(_table_key(listing))
    rows = _rows(listing)
    return [rows[number].name for number in state["selection"]["rows"]] if state else []


def _table_key(listing: Listing) -> str:
    return _key(listing, str(st.session_state.get(_key(listing, "level"), FILES)))


def _key(listing: Listing, part: str) -> str:
    return f"listing-{part}-{hashlib.sha256(listing.url.encode()).hexdigest()[:12]}"
