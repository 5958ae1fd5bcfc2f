"""Every scan of this workspace: what runs, what waits, what ended and how."""

import streamlit as st

from ui import jobs, panels, places, scans, session

PER_PAGE = 15

workspace = session.workspace()
everything = workspace.jobs()
if not everything:
    with (
        panels.header("Jobs", "none yet"),
        panels.empty("No jobs yet", "A scan is a job: add a dataset, and follow it here."),
    ):
        st.page_link(places.ADD, label="Add the first one", icon=":material/arrow_forward:")
    st.stop()

active, ended = jobs.active_and_ended(everything)
pages = -(-len(ended) // PER_PAGE)


@st.fragment(run_every=scans.FOLLOW_EVERY_S if active else None)
def rows() -> None:
    """Drawn anew while something runs; what was started elsewhere appears, and the pager stays."""
    now_active, now_ended = jobs.active_and_ended(workspace.jobs())
    if bool(now_active) != bool(active):
        st.rerun()
    if any(job.state is jobs.State.WAITING for job in now_active):
        workspace.keep_going()
    with panels.header("Jobs", jobs.counts(now_active + now_ended)):
        pass
    jobs.head()
    first = (st.session_state.get("jobs_page", 1) - 1) * PER_PAGE
    for job in [*(now_active if not first else []), *now_ended[first : first + PER_PAGE]]:
        jobs.row(job)


rows()
if pages > 1:
    st.pagination(pages, key="jobs_page")
