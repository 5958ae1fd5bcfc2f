"""Answers to what Findings, Query and the lower half of Overview ask: each is computed once per version."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from biodatamine_core import catalog
from biodatamine_core.catalog import files, training
from biodatamine_core.catalog.training import Spread
from biodatamine_core.sandbox import Answer
from biodatamine_core.workspaces import Dataset
from ui import gallery

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def findings(dataset: Dataset) -> "pd.DataFrame":
    """All findings of the newest version, worst and largest first."""
    return _findings(*_key(dataset), dataset)


@st.cache_data(max_entries=32, show_spinner=False)
def _findings(store_url: str, prefix: str, identity: str, created_at_utc: str, _dataset: Dataset) -> "pd.DataFrame":
    with _dataset.open() as connection:
        return catalog.findings(connection)


def pictures_at(dataset: Dataset, paths: tuple[str, ...]) -> list[tuple[bytes, str, str]]:
    """Up to four pictures of what these paths name: (image, modality group, what it shows)."""
    return _pictures_at(*_key(dataset), paths, dataset)


@st.cache_data(max_entries=128, show_spinner=False)
def _pictures_at(
    store_url: str, prefix: str, identity: str, created_at_utc: str, paths: tuple[str, ...], _dataset: Dataset
) -> list[tuple[bytes, str, str]]:
    with _dataset.open() as connection:
        return [
            (image, group, gallery.shows(group, where)) for image, group, where in files.pictures_at(connection, paths)
        ]


SPREADS: dict[str, "Callable[[duckdb.DuckDBPyConnection], Spread]"] = {
    "slice spacing": training.slice_spacing,
    "age": training.ages,
    "sex": training.sexes,
    "year": training.years,
    "vendor": training.vendors,
    "matrix": training.matrices,
    "split": training.splits,
    "label": training.labels,
}


def spreads(dataset: Dataset) -> dict[str, Spread]:
    """What a training needs to know of the newest version, by the names in SPREADS."""
    return _spreads(*_key(dataset), dataset)


@st.cache_data(max_entries=64, show_spinner=False)
def _spreads(store_url: str, prefix: str, identity: str, created_at_utc: str, _dataset: Dataset) -> dict[str, Spread]:
    with _dataset.open() as connection:
        return {name: ask(connection) for name, ask in SPREADS.items()}


def answer(dataset: Dataset, sql: str) -> Answer:
    """The answer to free SQL, so that a switch from table to chart does not ask again. Raises QueryRefused."""
    return _answer(*_key(dataset), sql, dataset)


@st.cache_data(max_entries=16, ttl=900, show_spinner=False)
def _answer(store_url: str, prefix: str, identity: str, created_at_utc: str, sql: str, _dataset: Dataset) -> Answer:
    return _dataset.ask(sql)


def _key(dataset: Dataset) -> tuple[str, str, str, str]:
    # A dataset deleted and added again starts at version 1 again: the time tells the two apart.
    version = dataset.published()
    return dataset.store.url, dataset.prefix, version.identity, version.created_at_utc
