"""The one field of Add, and what stands around it: sample, upload, options, promises."""

import streamlit as st

from biodatamine_core.errors import BioDataMineError
from biodatamine_core.records import Mode
from ui import panels, pieces, scans, session, signins

COLUMN_PX = 714
URL, NAME, ONLY, HEADERS_ONLY = "add_url", "add_name", "add_only", "add_headers_only"

HEADERS_ONLY_HELP = (
    "Fetches only the parts that hold headers, where the server sends parts. No checksums, no duplicates by content, "
    "few pictures. All of it can be downloaded later."
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


def field(running_url: str | None = None) -> None:
    """The address and its button; shown but disabled while a scan runs."""
    if running_url is not None:
        with st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap="xsmall"):
            st.text_input("Address of the dataset", value=running_url, disabled=True, key="add_url_running")
            st.button("Look inside", disabled=True)
        return
    with (
        st.form("add", border=False),
        st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap="xsmall"),
    ):
        st.text_input("Address of the dataset", key=URL, placeholder="https://example.org/dataset.zip")
        st.form_submit_button("Look inside", type="primary", on_click=_start_from_field)
    refused = st.session_state.get(scans.REFUSED)
    if refused:
        with st.container(gap="xxsmall"):
            panels.badge("Not added", "error", "red")
            st.html(pieces.text(refused, panels.palette()))
    st.html(
        pieces.text(
            "Reads zip, tar, 7z and single files from the web, and pages that link to them: DICOM, NIfTI, NRRD, "
            "MetaImage, TIFF, PNG, JPEG and more.",
            panels.palette(),
            muted=True,
        )
    )


def other_ways() -> None:
    """The sample, an upload, and the options that hold for whatever is added."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Try the sample", icon=":material/science:", on_click=_start, args=("sample:",))
        if st.button("Upload files", icon=":material/upload:"):
            _upload_dialog()
        with st.popover("Options", icon=":material/tune:", type="tertiary"):
            st.toggle("Headers only", key=HEADERS_ONLY, help=HEADERS_ONLY_HELP)
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


def _start_from_field() -> None:
    _start(st.session_state[URL])


def _start(url: str) -> None:
    mode = Mode.HEADERS if st.session_state.get(HEADERS_ONLY) else Mode.FULL
    scans.start(url, st.session_state.get(NAME) or "", st.session_state.get(ONLY) or "", mode)
