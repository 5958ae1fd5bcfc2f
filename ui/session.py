"""Who is here, in which workspace, and which dataset is open: it stands in the address, `?dataset=`."""

import re

import streamlit as st

from biodatamine_core import settings, workspaces
from biodatamine_core.errors import NotFound
from biodatamine_core.jobs import Job
from biodatamine_core.workspaces import Dataset, Workspace
from ui import panels, places

OPEN_DATASET, OPEN_VERSION = "open_dataset_id", "open_version_number"
VERSION = "version"
"""In the address: the number of a version; the newest where there is none."""


def workspace() -> Workspace:
    """The workspace of this page. One for now; the person at this machine may do everything in it."""
    return workspaces.open_workspace(settings.environment(), workspaces.local_actor())


def remembered_dataset() -> Dataset | None:
    """The dataset named in the address, or the one opened last; None where there is none, or no more.

    It is the newest version of it.
    """
    dataset_id = st.query_params.get("dataset") or st.session_state.get(OPEN_DATASET)
    if not dataset_id:
        return None
    try:
        return workspace().dataset(dataset_id)
    except NotFound:
        return None


def wanted_version(dataset: Dataset) -> int | None:
    """The number of the version that the address asks for, or that was chosen last; None: whichever is newest."""
    asked = st.query_params.get(VERSION)
    if asked is None:
        dataset_id, number = st.session_state.get(OPEN_VERSION, (None, None))
        return number if dataset_id == dataset.id else None
    return int(asked) if re.fullmatch(r"[1-9]\d{0,5}", asked) else 0


def forget_version() -> None:
    """Whoever goes back to all datasets opens the newest version of each again."""
    st.session_state.pop(OPEN_VERSION, None)


def choose_version(dataset: Dataset, number: int | None) -> None:
    """All pages show this version from now on; None: the newest."""
    if number is None:
        st.session_state.pop(OPEN_VERSION, None)
        st.query_params.pop(VERSION, None)
    else:
        st.session_state[OPEN_VERSION] = (dataset.id, number)
        st.query_params[VERSION] = str(number)


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
    return _at_wanted_version(dataset)


def _at_wanted_version(dataset: Dataset) -> Dataset:
    number = wanted_version(dataset)
    if number is None or dataset.version is None:
        choose_version(dataset, None)
        return dataset
    try:
        found = dataset.at_version(number)
    except NotFound as error:
        with panels.empty("This version is not here", str(error)):
            st.button("Open the newest", on_click=choose_version, args=(dataset, None))
        st.stop()
    choose_version(dataset, number)
    return found


def dataset_of(job: Job) -> Dataset | None:
    """The dataset that a job works for; None once it is deleted."""
    try:
        return workspace().dataset(job.dataset_id)
    except NotFound:
        return None
