"""Every file of this dataset, read or not."""

import streamlit as st

from ui import files, panels, scans, session

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

with panels.header("Files", files.subtitle(dataset)):
    pass
rail, body = files.rail_and_body()
with dataset.open() as connection:
    with rail:
        wanted = files.rail(connection)
    with body:
        files.table(connection, wanted, dataset.summary.files)
