"""What the checks found in this dataset, why it matters, and what to do."""

import streamlit as st

from ui import answers, findings, panels, scans, session

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

found = answers.findings(dataset)
with panels.header("Findings", findings.subtitle(dataset, found)):
    findings.download(dataset, found)
if found.empty:
    findings.nothing_found()
    st.stop()
shown = findings.severity_switch(found)
grid = st.grid(3)
with grid.cell(column_span=2):
    chosen = findings.table(found, shown)
with grid.cell(), st.container(border=True):
    findings.detail(dataset, found.loc[chosen])
