"""The versions of the open dataset: which one all its pages show, and a plain word where it is not the newest."""

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.workspaces import Dataset
from ui import link, panels, pieces, selection, session

KEY = "version"


def draw(newest: Dataset) -> None:
    """In the sidebar which version the pages show, and a link to it; over the page a word where it is an older one."""
    if newest.version is None:
        return
    numbers = newest.version_numbers()[::-1]
    wanted = session.wanted_version(newest)
    number = wanted if wanted in numbers else newest.version.number
    with st.sidebar:
        if len(numbers) > 1:
            _menu(newest, numbers, number)
        link.button({"dataset": newest.id, session.VERSION: str(number)})
    if number != newest.version.number:
        _older_line(newest, number)


def _menu(newest: Dataset, numbers: list[int], number: int) -> None:
    selection.hold(KEY, number)
    st.selectbox(
        "Version",
        numbers,
        key=KEY,
        format_func=lambda n: f"{n}, the newest" if n == numbers[0] else f"{n} of {_date(newest, n)}",
        on_change=_chosen,
        args=(newest,),
        help="A scan that finds a change makes a version; none is ever altered. A link names its version.",
    )


def _older_line(newest: Dataset, number: int) -> None:
    later = newest.published().number
    sentence = f"This is version {number}, of {_date(newest, number)}. Version {later} is the newest."
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="older-version"):
        panels.badge("Older version", "history", "orange")
        st.html(pieces.text(sentence, panels.palette()), width="content")
        st.button("Open the newest", type="tertiary", on_click=session.choose_version, args=(newest, None))


def _chosen(newest: Dataset) -> None:
    number = st.session_state[KEY]
    session.choose_version(newest, None if number == newest.published().number else number)


def _date(newest: Dataset, number: int) -> str:
    return wording.moment(_created_at_utc(newest.store.url, newest.prefix, newest.created_at_utc, number, newest))


@st.cache_data(max_entries=512, show_spinner=False)
def _created_at_utc(store_url: str, prefix: str, added_at_utc: str, number: int, _dataset: Dataset) -> str:
    return _dataset.at_version(number).published().created_at_utc
