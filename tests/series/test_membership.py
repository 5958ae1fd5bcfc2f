"""Which series a row is in, put in any order."""

from pathlib import Path

from biodatamine_core.series.membership import Membership


def test_rows_have_the_series_that_they_were_put_in_and_the_others_none(tmp_path: Path) -> None:
    first, second = "0f" * 16, "a1" * 16
    with Membership(tmp_path / "members", rows=7) as membership:
        membership.put([(5, second), (0, first), (4, second)])
        membership.put([])
        membership.put([(1, first)])
        assert membership.of(0, 7) == [first, first, None, None, second, second, None]
        assert membership.of(4) == [second]
        assert membership.of(2, 2) == [None, None]
