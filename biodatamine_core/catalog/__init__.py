"""Questions to the tables of one version -> DataFrame. Pages ask here; all arithmetic is DuckDB's.

Every function takes a connection from database.open_version.
"""

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from biodatamine_core import vocabulary
from biodatamine_core.catalog.named import EACH_SERIES, counted_files, counted_series, finding_name, remember_series
from biodatamine_core.catalog.pictured import Pictured, by_number, pictured
from biodatamine_core.records import Summary

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = [
    "FINDINGS",
    "IMAGE_FILE",
    "SEVERITY_ORDER",
    "dimension_shares",
    "finding_name",
    "findings",
    "format_shares",
    "look_inside",
    "modality_shares",
    "summary",
    "unread_reasons",
    "zone_shares",
]

IMAGE_FILE = "role IN ('image', 'segmentation')"
"""SQL: the files that hold pixels to train on, or masks of them."""

SEVERITY_ORDER = "list_position(['error', 'warning', 'note'], severity)"


def summary(connection: "duckdb.DuckDBPyConnection", content_bytes: int) -> Summary:
    """The headline numbers. content_bytes: the dataset's size as it came, packed."""
    files, readable, unpacked, patients, known, images, studies = _row(
        connection,
        f"""SELECT count(*), count(*) FILTER (readable),
                   -- what a bomb claims to hold was never there
                   coalesce(sum(size_bytes) FILTER (problem_kind IS DISTINCT FROM 'too-large'), 0)::BIGINT,
                   count(DISTINCT patient_key), count(*) FILTER (patient_key IS NOT NULL AND {IMAGE_FILE}),
                   count(*) FILTER ({IMAGE_FILE}), count(DISTINCT study_key)
            FROM files""",
    )
    series, volumes = _row(connection, "SELECT count(*), count(*) FILTER (dimensions IN ('3D', '4D')) FROM series")
    return Summary(
        files=files,
        readable_files=readable,
        image_files=images,
        series=series,
        volumes=volumes,
        patients=patients,
        patient_files=known,
        studies=studies,
        bytes=content_bytes,
        unpacked_bytes=unpacked,
        modalities=_counts(connection, "SELECT modality, count(*) AS n FROM series GROUP BY ALL"),
        modality_groups=_counts(connection, "SELECT modality_group, count(*) AS n FROM series GROUP BY ALL"),
        anatomy_zones=_counts(connection, f"SELECT zone, sum(series) AS n FROM ({_zones(EACH_SERIES)}) GROUP BY ALL"),
        dimensions=_counts(connection, "SELECT dimensions, count(*) AS n FROM series GROUP BY ALL"),
        formats=_counts(connection, "SELECT format, count(*) AS n FROM files GROUP BY ALL"),
        findings=_counts(connection, "SELECT severity, count(*) AS n FROM findings GROUP BY ALL"),
    )


def _zones(counted: str) -> str:
    """SQL: each zone of kinds of series, with how many `series` are of the kind."""
    zones = "CASE WHEN len(anatomy_zones) > 0 THEN anatomy_zones ELSE ['unknown'] END"
    return f"SELECT unnest({zones}) AS zone, series FROM {counted}"


def modality_shares(connection: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """modality_group, series: largest first, Other and Unknown last."""
    return connection.execute(
        f"""SELECT modality_group, sum(series)::BIGINT AS series FROM {counted_series(connection)}
            GROUP BY modality_group
            ORDER BY modality_group = 'Unknown', modality_group = 'Other', series DESC, modality_group"""
    ).df()


def zone_shares(connection: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """zone, name, series: largest first, unknown last. A series may show several zones."""
    shares = connection.execute(
        f"""SELECT zone, sum(series)::BIGINT AS series FROM ({_zones(counted_series(connection))}) GROUP BY zone
            ORDER BY zone = 'unknown', series DESC, zone"""
    ).df()
    shares.insert(1, "name", [vocabulary.zone_name(zone) for zone in shares["zone"]])
    return shares


def dimension_shares(connection: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """dimensions, series: in the order 2D, 2D+t, 3D, 4D by count."""
    return connection.execute(
        f"""SELECT dimensions, sum(series)::BIGINT AS series FROM {counted_series(connection)} GROUP BY dimensions
            ORDER BY series DESC, dimensions"""
    ).df()


def format_shares(connection: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """format, files: largest first, unknown last."""
    return connection.execute(
        f"""SELECT format, sum(files)::BIGINT AS files FROM {counted_files(connection)} GROUP BY format
            ORDER BY format = 'unknown', files DESC, format"""
    ).df()


def unread_reasons(connection: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """problem_kind, files: why files were not read, commonest first."""
    return connection.execute(
        f"""SELECT coalesce(problem_kind, 'corrupt') AS problem_kind, sum(files)::BIGINT AS files
            FROM {counted_files(connection)} WHERE NOT readable GROUP BY ALL ORDER BY files DESC, problem_kind"""
    ).df()


FINDINGS = f"SELECT * FROM findings ORDER BY {SEVERITY_ORDER}, count DESC, code, subject"
"""SQL: all findings, worst and largest first."""


def findings(connection: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """All findings, worst and largest first."""
    return connection.execute(FINDINGS).df()


def look_inside(connection: "duckdb.DuckDBPyConnection", limit: int = 14) -> list[Pictured]:
    """Series with a picture, drawn evenly over the modality groups; a first one of each before a second one of any.

    Which of a group is chance, the same for everyone: a series_id is a hash.
    """
    remember_series(connection)
    groups = connection.execute(
        f"""SELECT modality_group, min(by_id, {limit:d}) FROM placed JOIN sorts USING (kind) WHERE is_drawn
            GROUP BY modality_group ORDER BY modality_group"""
    ).fetchall()
    in_turn = zip_longest(*(numbers for _, numbers in groups))
    chosen = [number for turn in in_turn for number in turn if number is not None][:limit]
    placed = by_number(connection, chosen)
    return pictured(connection, [placed[number] for number in chosen])


def _counts(connection: "duckdb.DuckDBPyConnection", sql: str) -> dict[str, int]:
    """name -> count, largest first; ties by name, so that two runs print the same."""
    rows = connection.execute(f"SELECT * FROM ({sql}) AS counted(name, n) ORDER BY n DESC, name").fetchall()
    return {str(name): int(count) for name, count in rows}


def _row(connection: "duckdb.DuckDBPyConnection", sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None  # an aggregate without GROUP BY always has one row
    return row
