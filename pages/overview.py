"""What is in this dataset: modalities, anatomy, 2D and 3D, what is broken."""

import streamlit as st

from ui import cached, composition, panels, scans, session

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

version, summary = dataset.version, dataset.version.summary
with panels.header(dataset.name, composition.provenance(dataset, version)):
    scans.again_button(dataset)
    st.download_button(
        "Download",
        composition.parquet_zip(dataset),
        f"{dataset.id}-v{version.number}.parquet.zip",
        "application/zip",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        help="All tables as Parquet, in one zip.",
    )
scans.newer_scan(dataset)
composition.headlines(summary)
partial_line = st.container()
frames = composition.Frames(summary) if summary.series else None
content = cached.composition(dataset)
if version.is_partial:
    with partial_line:
        panels.partial(composition.unread_sentence(summary, content.unread))
if frames:
    frames.fill(content)
else:
    composition.without_images(summary, content)
