"""Numbers, sizes and times are written in one way."""

from datetime import UTC, datetime

import pytest

from biodatamine_core import wording


def test_counts_have_thousands_and_the_right_noun() -> None:
    assert [wording.count(0), wording.count(12482)] == ["0", "12,482"]
    assert [wording.counted(1, "file"), wording.counted(12482, "file")] == ["1 file", "12,482 files"]
    assert wording.counted(2, "series", "series") == "2 series"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        pytest.param(1104, 3216, "34.3 %", id="one decimal"),
        pytest.param(1, 12482, "< 0.1 %", id="never 0.0 % of something"),
        pytest.param(0, 12482, "0.0 %", id="nothing"),
        pytest.param(12481, 12482, "> 99.9 %", id="never 100 % of less than all"),
        pytest.param(7, 7, "100.0 %", id="all"),
        pytest.param(0, 0, "–", id="no base"),
    ],
)
def test_percents_do_not_round_something_away(part: int, whole: int, said: str) -> None:
    assert wording.percent(part, whole) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.941, "94 %"), (0.99, "99 %"), (0.996, "> 99 %"), (1.0, "> 99 %"), (0.004, "< 1 %"), (0.0, "0 %")],
)
def test_rates_never_promise_that_all_is_right(share: float, said: str) -> None:
    assert wording.rate(share) == said


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (30_100_000, "30.1 MB"),
        (99_960_000, "100 MB"),
        (999_700_000, "1.0 GB"),
        (38_600_000_000, "38.6 GB"),
        (118_000_000_000, "118 GB"),
        (2_500_000_000_000_000_000, "2,500 PB"),
    ],
)
def test_sizes_are_decimal_with_at_most_three_digits(size_bytes: int, said: str) -> None:
    assert wording.size(size_bytes) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (12.4, "12 s"), (59.6, "1 min"), (150, "2 min"), (7500, "2 h 05 min")]
)
def test_durations_are_as_exact_as_needed(seconds: float, said: str) -> None:
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("2026-11-22T10:40:48Z", "19 s ago"),
        ("2026-11-22T10:39:00Z", "2 min ago"),
        ("2026-11-22T02:00:00Z", "8 h ago"),
        ("2026-11-21T10:00:00Z", "yesterday"),
        ("2026-11-18T10:00:00Z", "18 Nov"),
        ("2025-11-18T10:00:00Z", "18 Nov 2025"),
        ("2026-11-22T10:41:30Z", "0 s ago"),
    ],
)
def test_times_are_told_from_now(when: str, said: str) -> None:
    assert wording.ago(when, datetime(2026, 11, 22, 10, 41, 7, tzinfo=UTC)) == said


def test_shapes_have_a_real_multiplication_sign() -> None:
    assert [wording.shape((512, 512, 143)), wording.shape((7,)), wording.shape(())] == ["512 × 512 × 143", "7", ""]


def test_moments_name_their_zone() -> None:
    assert wording.moment("2026-11-22T10:41:07Z") == "22 Nov 2026, 10:41 UTC"
