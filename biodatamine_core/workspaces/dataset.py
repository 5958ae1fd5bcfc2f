"""One dataset as people use it: its newest version, its tables, its pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import (
    addresses,
    corrections,
    database,
    open_versions,
    sandbox,
    sources,
    versions,
    viewing,
    volumes,
)
from biodatamine_core.errors import NotFound
from biodatamine_core.jobs import Job
from biodatamine_core.records import Correction, Mode, Summary, Version
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset and one published version of it, the newest unless another was asked for, as read at one moment."""

    id: str
    name: str
    source_url: str
    source_kind: str
    mode: Mode
    only: str | None
    created_at_utc: str
    created_by: str
    prefix: str
    job: Job | None
    version: Version | None
    store: Storage
    settings: Settings

    @property
    def origin(self) -> str:
        """Where it came from, fit to be shown: a signed link's query may be a key, so it is left out."""
        whole, names = sources.split(self.source_url)
        shown = addresses.shown(whole) if self.source_kind == "http" else whole
        return f"{shown} ({', '.join(names)})" if names else shown

    @property
    def state(self) -> str:
        """ready, partial, running, failed, cancelled or empty. A failed rescan leaves the older version ready."""
        if self.job is not None and self.job.is_active:
            return "running"
        if self.version is not None:
            return "partial" if self.version.is_partial else "ready"
        return str(self.job.state) if self.job is not None else "empty"

    def version_numbers(self) -> list[int]:
        """Of all published versions, oldest first."""
        return versions.numbers(self.store, self.prefix)

    def at_version(self, number: int) -> "Dataset":
        """The same dataset as it was in that version. Raises NotFound, which says which there are."""
        try:
            return replace(self, version=versions.read(self.store, self.prefix, number))
        except NotFound:
            there_are = ", ".join(str(n) for n in self.version_numbers()) or "none yet"
            raise NotFound(f'"{self.name}" has no version {number}; there is: {there_are}.') from None

    @property
    def summary(self) -> Summary:
        """The headline numbers of the version."""
        return self.published().summary

    def published(self) -> Version:
        """The version. Raises NotFound, which says why there is none."""
        if self.version is not None:
            return self.version
        if self.job is not None and self.job.error:
            raise NotFound(f'"{self.name}" has no version: {self.job.error}')
        raise NotFound(f'"{self.name}" has no version yet; its scan is not done.')

    @contextmanager
    def open(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """A locked connection with the version's views; it can read nothing else."""
        parquet = versions.parquet_paths(self.store, self.published())
        with open_versions.cursor(parquet, self.settings.memory_limit_mb) as connection:
            yield connection

    def sql(self, query: str) -> "pd.DataFrame":
        """The answer to one SELECT over the views. Raises QueryRefused."""
        with self.open() as connection, database.ask(connection, query) as answer:
            frame: pd.DataFrame = answer.df()
            return frame

    def ask(self, query: str, limits: sandbox.Limits | None = None) -> sandbox.Answer:
        """The same in a process of its own and under limits: a page's, where none are given. Raises QueryRefused."""
        return sandbox.run(self.parquet(), query, limits or self.query_limits)

    @property
    def query_limits(self) -> sandbox.Limits:
        return sandbox.Limits(memory_mb=self.settings.memory_limit_mb)

    @property
    def files(self) -> "pd.DataFrame":
        return self.sql("SELECT * FROM files")

    @property
    def series(self) -> "pd.DataFrame":
        return self.sql("SELECT * FROM series")

    @property
    def findings(self) -> "pd.DataFrame":
        return self.sql("SELECT * FROM findings")

    def volume(self, series_id: str) -> volumes.Volume:
        """A series as an array to look at, made smaller where it is large. Raises as packed_volume does."""
        return volumes.unpack(self.packed_volume(series_id))

    def packed_volume(self, series_id: str) -> bytes:
        """The same in the form that the browser takes. Raises NotFound, UnreadableContent."""
        with self.open() as connection:
            return viewing.packed_volume(connection, self.published(), self.store, self.settings, series_id)

    def packed_labels(self, image_id: str, mask_id: str) -> bytes:
        """A mask on the grid of its image, in the form that the browser takes. Raises NotFound, UnreadableContent."""
        with self.open() as connection:
            return viewing.packed_labels(connection, self.published(), self.store, self.settings, image_id, mask_id)

    def corrections(self) -> list[Correction]:
        """What people set right, oldest first, also what was withdrawn."""
        return corrections.read(self.store, self.prefix)

    def parquet(self) -> dict[str, list[Path]]:
        """Table name -> local Parquet files of the newest version. Read them, never write them."""
        return versions.parquet_paths(self.store, self.published())
