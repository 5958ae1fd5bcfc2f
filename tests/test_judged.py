"""The list of judged disagreements is whole, tells nobody's identifiers, and counts only where it was made for."""

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from bench import judged
from biodatamine_core import vocabulary


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """One judged series, "1.2.3", of which our zones were the chest."""
    file = tmp_path / "judged.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("series_sha256", "modality", "our_zones", "tag_zones", "verdict", "reason"))
        table.writerow((judged.key_of("1.2.3"), "CT", "chest", "abdomen", "ours", "study says chest"))
    return file


def wrong(uid: str, zones: tuple[str, ...] = ("chest",), text: str | None = "CT CHEST") -> dict[str, object]:
    return {
        "collection_id": "a",
        "SeriesInstanceUID": uid,
        "StudyDescription": text,
        "SeriesDescription": None,
        "true_modality": "CT",
        "truth": "ABDOMEN",
        "anatomy_zones": zones,
        "right": False,
    }


def test_every_row_has_a_verdict_a_reason_and_known_zones() -> None:
    rows = judged.read_judged()
    assert len(rows) >= 200
    assert len({row["series_sha256"] for row in rows}) == len(rows)
    assert {row["verdict"] for row in rows} <= set(judged.VERDICTS)
    assert [row for row in rows if not row["reason"].strip()] == []
    zones = {zone for row in rows for column in ("our_zones", "tag_zones") for zone in row[column].split("+")}
    assert zones <= set(vocabulary.ZONES)


def test_rows_are_known_by_hashes_alone() -> None:
    rows = judged.read_judged()
    assert [row for row in rows if not re.fullmatch("[0-9a-f]{16}", row["series_sha256"])] == []
    assert [row for row in rows if re.search(r"\d\.\d", " ".join(row.values()))] == []


def test_a_judgement_counts_for_its_series_and_for_those_with_the_same_texts(listed: Path) -> None:
    asked = pd.DataFrame([wrong("1.2.3"), wrong("1.2.4"), wrong("1.2.5", text="CT THORAX"), wrong("1.2.6", text=None)])
    found = judged.verdicts_on(asked, listed)
    assert found[["SeriesInstanceUID", "verdict", "is_own_row"]].to_numpy().tolist() == [
        ["1.2.3", "ours", True],
        ["1.2.4", "ours", False],
    ]


def test_a_judgement_of_another_answer_does_not_count(listed: Path) -> None:
    assert judged.verdicts_on(pd.DataFrame([wrong("1.2.3", zones=("pelvis",))]), listed).empty


def test_nothing_is_printed_where_nothing_was_judged(capsys: pytest.CaptureFixture[str]) -> None:
    judged.report_judged(pd.DataFrame([wrong("1.2.3")]))
    assert capsys.readouterr().out == ""
