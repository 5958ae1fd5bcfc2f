"""What is in this dataset: modalities, anatomy, 2D and 3D, what is broken."""

import streamlit as st

from ui import cached, composition, downloads, headers_only, panels, scans, session, training

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

version, summary = dataset.version, dataset.version.summary
with panels.header(dataset.name, composition.provenance(dataset, version)):
    scans.again_button(dataset)
    downloads.menu(dataset)
scans.newer_scan(dataset)
headers_only.line(dataset, version)
composition.headlines(summary)
partial_line = st.empty()
if version.is_partial:
    partial_line.skeleton(height=composition.PARTIAL_PX)
frames = composition.Frames(summary) if summary.series else None
content = cached.composition(dataset)
if version.is_partial:
    with partial_line.container():
        composition.unread_line(dataset, content)
if frames:
    frames.fill(content)
    training.draw(dataset)
else:
    composition.without_images(summary, content)
