"""Who is here, in which workspace, and which dataset is open: it stands in the address, `?dataset=`."""

import streamlit as st

from biodatamine_core import settings, workspaces
from biodatamine_core.errors import NotFound
from biodatamine_core.jobs import Job
from biodatamine_core.workspaces import Dataset, Workspace
from ui import panels, places

OPEN_DATASET = "open_dataset_id"


def workspace() -> Workspace:
    """The workspace of this page. One for now; the person at this machine may do everything in it."""
    return workspaces.open_workspace(settings.environment(), workspaces.local_actor())


def remembered_dataset() -> Dataset | None:
    """The dataset named in the address, or the one opened last; None where there is none, or no more."""
    dataset_id = st.query_params.get("dataset") or st.session_state.get(OPEN_DATASET)
    if not dataset_id:
        return None
    try:
        return workspace().dataset(dataset_id)
    except NotFound:
        return None


def open_dataset() -> Dataset:
    """The dataset that this page is about. Stops the page with a message and a way on where there is none."""
    dataset = remembered_dataset()
    if dataset is None:
        asked = st.query_params.get("dataset")
        st.session_state.pop(OPEN_DATASET, None)
        with panels.empty(
            "This dataset is not here" if asked else "No dataset is open",
            "It was deleted, or the address belongs to another workspace." if asked else "Pick one, or add one.",
        ):
            st.page_link(places.DATASETS, label="All datasets", icon=":material/arrow_forward:")
        st.stop()
    st.session_state[OPEN_DATASET] = dataset.id
    st.query_params["dataset"] = dataset.id
    return dataset


def dataset_of(job: Job) -> Dataset | None:
    """The dataset that a job works for; None once it is deleted."""
    try:
        return workspace().dataset(job.dataset_id)
    except NotFound:
        return None
