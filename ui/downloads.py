"""What can be taken away of a dataset, each made when somebody wants it."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from biodatamine_core import exporters
from biodatamine_core.workspaces import Dataset

FORMATS = {
    "parquet": ("Parquet", "All tables with the meaning of every column, in one zip."),
    "csv": ("CSV", "All tables but the pictures, in one zip."),
    "json": ("JSON", "The summary and the findings."),
    "html": ("HTML report", "One page to pass on: charts, findings, pictures; paths are withheld."),
}


def menu(dataset: Dataset) -> None:
    """The Download button and what is under it."""
    with st.popover("Download", icon=":material/download:", type="primary"):
        for format, (word, text) in FORMATS.items():
            name = f"{dataset.id}-v{dataset.published().number}{exporters.exporter_for(format).SUFFIX}"
            st.download_button(
                word, _maker(dataset, format), name, type="tertiary", on_click="ignore", help=text, key=f"take-{format}"
            )


def _maker(dataset: Dataset, format: str) -> Callable[[], bytes]:
    def make() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "taken-away"
            return exporters.export(format, dataset.published(), dataset.parquet(), output).read_bytes()

    return make
