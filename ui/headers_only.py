"""What stands over a version whose bytes stayed where they are: what came, and one click to all of it."""

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.records import Mode, Version
from biodatamine_core.workspaces import Dataset
from ui import panels, pieces, scans


def line(dataset: Dataset, version: Version) -> None:
    """One line over the numbers of a headers-only version, or one read in place; nothing over those of a copy."""
    if version.mode is not Mode.HEADERS and not version.is_in_place:
        return
    label, icon = ("Read in place", "cloud") if version.is_in_place else ("Headers only", "short_text")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        panels.badge(label, icon, "blue")
        st.html(pieces.text(sentence(version), panels.palette()), width="content")
        button(dataset, version)


def button(dataset: Dataset, version: Version) -> None:
    """The way to a full scan of a copy of the same source; nothing on a version that is one."""
    if version.mode is not Mode.HEADERS and not version.is_in_place:
        return
    is_remote = version.fetched_bytes is not None
    if st.button(
        "Download all" if is_remote else "Read all",
        icon=":material/download:" if is_remote else ":material/refresh:",
        type="tertiary",
        help="Scans every byte: checksums, duplicates, pixels and pictures.",
    ):
        scans.whole(dataset)


def sentence(version: Version) -> str:
    """What was fetched and what was saved, or why all was downloaded; and what is missing therefore."""
    whole_bytes, fetched_bytes = version.summary.bytes, version.fetched_bytes
    if version.is_in_place:
        return f"{wording.size(fetched_bytes or 0)} were read where they lie; nothing was copied."
    if fetched_bytes is None:
        return " ".join([*version.notes, "Checksums, duplicates and pixels were not looked at."])
    saved_bytes = max(0, whole_bytes - fetched_bytes)
    told = (
        f"{wording.size(fetched_bytes)} of {wording.size(whole_bytes)} were fetched, {wording.size(saved_bytes)} "
        "stayed on the server. Only files that came whole have a picture; checksums and duplicates were not looked at."
    )
    return " ".join([*version.notes, told])
