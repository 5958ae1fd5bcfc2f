"""Every dataset of this workspace, newest first."""

import streamlit as st

from biodatamine_core import wording
from ui import listing, panels, places, selection, session

PER_PAGE = 12

session.forget_version()
workspace = session.workspace()
datasets = workspace.datasets()
bytes_kept = sum(dataset.version.summary.bytes for dataset in datasets if dataset.version)
with panels.header("Datasets", f"{wording.counted(len(datasets), 'dataset')}, {wording.size(bytes_kept)}"):
    wanted = st.text_input(
        "Find a dataset",
        key=listing.SEARCH,
        type="search",
        icon=":material/search:",
        placeholder="Find a dataset",
        label_visibility="collapsed",
        live=True,
        width=220,
    )
    if st.button("Add a dataset", icon=":material/add:", type="primary"):
        st.switch_page(places.ADD)

found = [dataset for dataset in datasets if (wanted or "").casefold() in dataset.name.casefold()]
if not datasets:
    with panels.empty("No datasets yet", "Paste an address, or try the sample; it works offline."):
        st.page_link(places.ADD, label="Add the first one", icon=":material/arrow_forward:")
    st.stop()
if not found:
    with panels.empty("No dataset has this in its name", f"{wording.counted(len(datasets), 'dataset')} without it."):
        st.button("Show all of them", on_click=listing.forget_search)
    st.stop()
pages = -(-len(found) // PER_PAGE)
page = min(st.session_state.get("datasets_page", 1), pages)
listing.ruled_list(found[(page - 1) * PER_PAGE : page * PER_PAGE])
if pages > 1:
    selection.hold("datasets_page", page)
    st.pagination(pages, key="datasets_page")  # after the rows, which would push it down
