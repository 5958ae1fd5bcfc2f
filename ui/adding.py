"""The one field of Add, and what stands around it: sample, upload, options, promises."""

import streamlit as st

from biodatamine_core.errors import BioDataMineError
from biodatamine_core.records import Mode
from ui import address, offer, panels, pieces, scans, session, signins

COLUMN_PX = 714
SHOWN, NAME, ONLY, HEADERS_ONLY = "add_shown", "add_name", "add_only", "add_headers_only"

READS = (
    "Reads zip, tar, 7z, folders and single files; from the web, Zenodo, Hugging Face, GitHub, Kaggle and more. DICOM, "
    "NIfTI, NRRD, MetaImage, TIFF, PNG, JPEG and more."
)
PROMISES = (
    (
        "Nothing is trained on it",
        "The files stay in your storage. Names and birth dates in headers never reach a table or a log.",
    ),
    ("Reads in place", "No archive is unpacked onto the disk: each file in it is read where it lies."),
    ("Says what it does not know", "Every label carries its evidence. Where there is none, the answer is unknown."),
)


def headline() -> None:
    palette = panels.palette()
    st.html(
        f'<h1 style="margin:0;padding:0;font-size:28px;line-height:36px;font-weight:600;letter-spacing:-.5px;'
        f'color:{palette.text}">Know your medical data before you train</h1>'
        f'<p style="margin:4px 0 0;font-size:15px;line-height:24px;max-width:640px;color:{palette.muted}">'
        "Paste where a dataset lives. You see what is in it: modalities, anatomy, volumes, "
        "and what is broken, doubled or missing.</p>"
    )


def running(url: str) -> None:
    """The address of the scan that is shown; nothing can be changed about it."""
    address.field("add-url-running", url, disabled=True)


@st.fragment
def field() -> None:
    """The address, what is known about it while it is typed, and what lies there."""
    asked = address.field("add-url")
    if asked.entered is not None:
        _enter(asked.entered)
    shown = _shown(asked)
    refused = st.session_state.get(scans.REFUSED)
    if refused:
        with st.container(gap="xxsmall"):
            panels.badge("Not added", "error", "red")
            st.html(pieces.text(refused, panels.palette()))
    listing = offer.known(shown)
    if refused and not (listing and listing.must_pick):
        return
    if not shown:
        offer.forget()
        st.html(pieces.text(READS, panels.palette(), muted=True))
    elif offer.recognised(shown):
        offer.listed(shown, lambda: _enter(shown, Mode.HEADERS))


def _shown(asked: address.Asked) -> str:
    """What was typed or entered last. A refusal stands until something else is typed."""
    typed_before, shown = st.session_state.get(SHOWN, ("", ""))
    if asked.entered is not None:
        shown = asked.entered
    elif asked.typed != typed_before:
        shown = asked.typed
        st.session_state.pop(scans.REFUSED, None)
    st.session_state[SHOWN] = (asked.typed, shown)
    return str(shown)


def _enter(url: str, mode: Mode | None = None) -> None:
    """Add what is picked of what lies there, all of it where nothing is; and show its progress."""
    try:
        _start(offer.chosen(url), mode)
    except BioDataMineError as error:
        st.session_state[scans.REFUSED] = str(error)
    if scans.REFUSED not in st.session_state:
        offer.forget()
        st.session_state.pop(SHOWN, None)
        st.rerun()


def other_ways() -> None:
    """The sample, an upload, and the options that hold for whatever is added."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Try the sample", icon=":material/science:", on_click=_start, args=("sample:",))
        if st.button("Upload files", icon=":material/upload:"):
            _upload_dialog()
        with st.popover("Options", icon=":material/tune:", type="tertiary"):
            st.toggle("Headers only", key=HEADERS_ONLY, help=offer.HEADERS_ONLY_HELP)
            st.text_input("Only files that match", key=ONLY, placeholder="ct/*.dcm", live=True)
            st.text_input("Name", key=NAME, placeholder="as the source calls itself", live=True)
        signins.button()


def promises() -> None:
    palette = panels.palette()
    cells = "".join(
        f'<div style="border-top:2px solid {palette.text};padding-top:10px">'
        f"{pieces.text(title, palette, size_px=14, weight=600)}{pieces.text(text, palette, muted=True)}</div>"
        for title, text in PROMISES
    )
    st.html(f'<div style="display:grid;gap:14px;grid-template-columns:repeat(3,1fr)">{cells}</div>')


@st.dialog("Upload files")
def _upload_dialog() -> None:
    files = st.file_uploader("Archives or single files", accept_multiple_files=True, label_visibility="collapsed")
    st.html(pieces.text("They are kept in this app's storage, as they are.", panels.palette(), muted=True))
    if st.button("Look inside", type="primary", disabled=not files, key="look_inside_upload"):
        try:
            url = session.workspace().upload([(file.name, file) for file in files])
        except BioDataMineError as error:
            panels.failed(str(error))
            return
        _start(url)
        st.rerun()


def _start(url: str, mode: Mode | None = None) -> None:
    """mode: None leaves it to the options."""
    mode = mode or (Mode.HEADERS if st.session_state.get(HEADERS_ONLY) else Mode.FULL)
    scans.start(url, st.session_state.get(NAME) or "", st.session_state.get(ONLY) or "", mode)
