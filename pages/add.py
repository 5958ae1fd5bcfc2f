"""Paste where a dataset lives and watch it arrive."""

import streamlit as st

from biodatamine_core.jobs import State
from ui import adding, browser, listing, scans, session

RECENT = 4

workspace = session.workspace()
job = workspace.job(st.query_params["job"]) if "job" in st.query_params else None

with st.container(horizontal_alignment="center"), st.container(width=adding.COLUMN_PX):
    st.space("small")
    adding.headline()
    st.space("small")
    if job is not None and (job.is_active or job.state is State.DONE):
        adding.running(job.url)
        scans.follow(job)
        if job.state is State.DONE:
            browser.leave_for_overview(job.dataset_id)
        st.caption("You can close this page. The scan goes on, and Datasets shows it.")
        st.stop()
    adding.field()
    adding.other_ways()
    if job is not None:
        scans.ended_badly(job, session.dataset_of(job))
    st.space("medium")
    adding.promises()
    datasets = workspace.datasets()[:RECENT]
    if datasets:
        st.space("medium")
        listing.recent(datasets)
