"""What Images asks of a version, remembered: a page turned back, or a second person's look, costs nothing."""

from typing import TYPE_CHECKING

import streamlit as st

from biodatamine_core.catalog import gallery
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.catalog.gallery import Choice, Page
from biodatamine_core.workspaces import Dataset
from ui.selection import View

if TYPE_CHECKING:
    Key = tuple[str, str, str, str]


def page(dataset: Dataset, view: View) -> Page:
    """The tiles that the view shows."""
    return _page(_key(dataset), view, dataset)


def facets(dataset: Dataset, wanted: SeriesFilter) -> dict[str, list[Choice]]:
    """What can be filtered by, with counts."""
    return _facets(_key(dataset), wanted, dataset)


def relaxations(dataset: Dataset, wanted: SeriesFilter) -> list[tuple[str, int]]:
    """Which part of a filter to drop, and how many series that frees."""
    with dataset.open() as connection:
        return gallery.relaxations(connection, wanted)


def named_of(dataset: Dataset, codes: tuple[str, ...]) -> tuple[int, int]:
    """How many files or series these findings name, of how many they count."""
    with dataset.open() as connection:
        return gallery.named_of(connection, codes)


@st.cache_data(max_entries=128, show_spinner=False)  # a page is about 150 kB of pictures
def _page(key: "Key", view: View, _dataset: Dataset) -> Page:
    with _dataset.open() as connection:
        return gallery.page(connection, view.wanted, view.order, view.at, view.length)


@st.cache_data(max_entries=128, show_spinner=False)
def _facets(key: "Key", wanted: SeriesFilter, _dataset: Dataset) -> dict[str, list[Choice]]:
    with _dataset.open() as connection:
        return gallery.facets(connection, wanted)


def _key(dataset: Dataset) -> "Key":
    """Names workspace, dataset and version: no answer meets another's data."""
    version = dataset.published()
    return dataset.store.url, dataset.prefix, version.identity, version.created_at_utc
