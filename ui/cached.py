"""What pages ask for again and again. A key names workspace, dataset and version: no answer meets another's data."""

from dataclasses import dataclass

import streamlit as st

from biodatamine_core import catalog, charts
from biodatamine_core.catalog.gallery import Tile
from biodatamine_core.charts import Share
from biodatamine_core.workspaces import Dataset

LOOK_INSIDE = 14
"""Pictures on Overview: two rows of seven."""


@dataclass(frozen=True, slots=True)
class Composition:
    """What Overview draws of one version."""

    modalities: list[Share]
    zones: list[Share]
    dimensions: list[Share]
    formats: list[Share]
    findings: list[tuple[str, str, str]]
    """(severity, sentence, what an address calls it), worst first."""
    unread: list[tuple[str, int]]
    """(kind of problem, files), commonest first."""
    pictures: list[Tile]


def composition(dataset: Dataset) -> Composition:
    """The shares, findings and pictures of the dataset's newest version."""
    version = dataset.published()
    return _composition(dataset.store.url, dataset.prefix, version.identity, version.created_at_utc, dataset)


@st.cache_data(max_entries=64, show_spinner=False)
def _composition(store_url: str, prefix: str, identity: str, created_at_utc: str, _dataset: Dataset) -> Composition:
    # A dataset deleted and added again starts at version 1 again: the time tells the two apart.
    with _dataset.open() as connection:
        findings = catalog.findings(connection)
        unread = catalog.unread_reasons(connection)
        inside = catalog.look_inside(connection, LOOK_INSIDE)
        return Composition(
            modalities=charts.shares_of(catalog.modality_shares(connection), "modality_group", "series"),
            zones=charts.shares_of(catalog.zone_shares(connection), "name", "series", "zone"),
            dimensions=charts.shares_of(catalog.dimension_shares(connection), "dimensions", "series"),
            formats=charts.shares_of(catalog.format_shares(connection), "format", "files"),
            findings=[
                (severity, sentence, catalog.finding_name(code, subject))
                for severity, sentence, code, subject in zip(
                    findings["severity"], findings["message"], findings["code"], findings["subject"], strict=True
                )
            ],
            unread=list(zip(unread["problem_kind"], unread["files"].astype(int), strict=True)),
            pictures=[
                Tile(series.series_id, "", series.modality_group, series.anatomy, (), series.image) for series in inside
            ],
        )
