"""One series: its pictures, what it is and why we think so, its geometry, its header."""

import streamlit as st

from ui import panels, pieces, scans, selection, session, viewer, viewer_facts

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

view = selection.from_address()
subject = viewer.subject(dataset, view)
series, colours = subject.series, panels.palette()
name = viewer_facts.name(series)
with panels.header(name, f"{series.path} · {viewer_facts.number(subject.neighbours, view)}"):
    viewer.ways_on(dataset, view, subject.neighbours)

left, right = st.columns([2.2, 1], gap="medium")
pictures = left.empty()
pictures.skeleton(height=viewer.HEIGHT_PX)
with right:
    st.html(viewer_facts.label(series, colours))
    st.html(pieces.panel_title("Why we think so", "strongest first" if subject.clues else "", colours))
    st.html(viewer_facts.clues(subject.clues, colours))
    st.html(pieces.rule(colours))
    st.html(pieces.panel_title("Geometry", viewer_facts.geometry_in_short(series), colours))
    st.html(viewer_facts.geometry(series, colours))
    st.html(pieces.rule(colours))
    st.html(pieces.panel_title("Header", series.format, colours))
    st.html(viewer_facts.header(series, subject.files, colours))
viewer.draw(pictures, dataset, subject, name)
