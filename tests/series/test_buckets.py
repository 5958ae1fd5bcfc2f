"""Images that do not fit into one bucket."""

from pathlib import Path

import pytest

from biodatamine_core.series import buckets
from tests.series.arrange import grouped, image, stack


def test_series_are_the_same_in_however_many_buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    volumes = [stack(range(6), prefix=f"ct-{number}/", series_uid=f"1.2.{number}") for number in range(9)]
    # no two slices of one volume are neighbours, and none is read with all of its others
    files = [file for place in zip(*volumes, strict=True) for file in place] + [image("alone.png")]
    expected = grouped(tmp_path / "one", files)
    monkeypatch.setattr(buckets, "FILES_IN_A_BUCKET", 8)
    monkeypatch.setattr(buckets, "FILES_AT_ONCE", 10)
    assert grouped(tmp_path / "many", files) == expected
    assert [record.file_count for record in expected[1]] == [1, *[6] * 9]
