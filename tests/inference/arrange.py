"""One series with what a rule may look at; everything else is empty."""

from typing import Any

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength


def series_of(path: str = "a/1.dcm", **facts: Any) -> SeriesRecord:
    """A DICOM series of one file unless `facts` say otherwise."""
    return SeriesRecord(
        **{
            "series_id": "s1",
            "path": path,
            "format": "DICOM",
            "role": Role.IMAGE,
            "file_count": 1,
            "size_bytes": 1,
            "middle_file_id": "f1",
            **facts,
        }
    )


def clue(about: str, value: str, source: str, strength: Strength = Strength.MEDIUM) -> Clue:
    return Clue("s1", about, value, strength, "because", source)


def said(rule: Any, series: SeriesRecord) -> list[tuple[str, str]]:
    """(about, value) of every clue that a rule yields."""
    return [(clue.about, clue.value) for clue in rule.clues(series)]
