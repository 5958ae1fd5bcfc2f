"""What training needs, with the base of every number said."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from biodatamine_core import database, tables
from biodatamine_core.catalog import gallery, training
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.catalog.training import Bin, Spread
from biodatamine_core.records import Dimensions, Role, SeriesRecord

Opened = Callable[[Sequence[SeriesRecord]], Any]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with ExitStack() as stack:

        def open_(series: Sequence[SeriesRecord]) -> Any:
            rows = {"series": [replace(one, series_id=str(number)) for number, one in enumerate(series)]}
            paths = {name: [tmp_path / f"{name}.parquet"] for name in tables.RECORDS}
            for name, (path,) in paths.items():
                with tables.Writer(name, path) as writer:
                    writer.append(rows.get(name, []))
            return stack.enter_context(database.open_version(paths))

        yield open_


def series(**facts: Any) -> SeriesRecord:
    return SeriesRecord("s", "p", "DICOM", Role.IMAGE, 1, 1, "f", **facts)


def volume(**facts: Any) -> SeriesRecord:
    return series(dimensions=Dimensions.VOLUME, **facts)


def counted(spread: Spread) -> dict[str, int]:
    return {bin.name: bin.count for bin in spread.bins if bin.count}


def test_slice_spacing_counts_volumes_and_says_of_how_many_it_is_known(opened: Opened) -> None:
    spacings = [0.5, 1.0, 1.0000001, 5.0, 9.0]
    known = [volume(slice_spacing_mm=gap) for gap in spacings]
    connection = opened([*known, volume(spacing_mm=(1.0, 1.0, 2.0)), volume(), series(slice_spacing_mm=3.0)])
    spread = training.slice_spacing(connection)
    assert counted(spread) == {"≤ 0.6": 1, "0.6–1": 2, "1.5–2.5": 1, "4–6": 1, "> 6": 1}
    assert (spread.known, spread.whole, spread.note) == (6, 7, "median 1.5 mm")
    assert training.base(spread, "volume") == "6 of 7 volumes"


def test_an_age_counts_a_patient_once(opened: Opened) -> None:
    aged = [("a", 41.0), ("a", 43.0), ("b", 93.0), ("c", None), (None, 5.0)]
    spread = training.ages(opened([series(patient_key=key, patient_age_years=age) for key, age in aged]))
    assert counted(spread) == {"40": 1, "80+": 1}
    assert training.base(spread, "patient") == "2 of 3 patients"


def test_sex_is_that_of_patients(opened: Opened) -> None:
    stated = [("a", "F"), ("a", "F"), ("b", "M"), ("c", None)]
    spread = training.sexes(opened([series(patient_key=key, patient_sex=sex) for key, sex in stated]))
    assert (spread.bins, spread.known, spread.whole) == ((Bin("Female", 1), Bin("Male", 1)), 2, 3)


def test_years_leave_no_gap_and_long_ranges_are_told_in_spans(opened: Opened) -> None:
    few = training.years(opened([series(acquisition_year=2019), series(acquisition_year=2021), series()]))
    assert few.bins == (Bin("2019", 1), Bin("2020", 0), Bin("2021", 1))
    assert training.base(few, "series", "series") == "2 of 3 series"
    many = training.years(opened([series(acquisition_year=year) for year in (1990, 1991, 2020)]))
    assert len(many.bins) <= training.MOST_YEARS and sum(bin.count for bin in many.bins) == 3
    assert many.bins[0] == Bin("1990–92", 2, ("1990", "1991", "1992"))


def test_the_spellings_of_one_maker_are_one(opened: Opened) -> None:
    stated = ["SIEMENS", "Siemens Healthineers", "GE MEDICAL SYSTEMS", "Image Generator Ltd", None]
    spread = training.vendors(opened([series(manufacturer=name) for name in stated]))
    assert spread.bins == (Bin("Siemens", 2), Bin("GE", 1), Bin("Image Generator Ltd", 1))
    assert (spread.known, spread.whole) == (4, 5)


def test_matrix_split_and_label_count_series(opened: Opened) -> None:
    connection = opened([series(shape=(512, 400, 9), split="train", label="benign"), series(shape=(512, 400))])
    assert training.matrices(connection).bins == (Bin("512 × 400", 2),)
    assert training.splits(connection).bins == (Bin("train", 1),)
    assert training.labels(connection).bins == (Bin("benign", 1),)


def test_nothing_known_is_no_bin(opened: Opened) -> None:
    connection = opened([])
    assert training.years(connection) == Spread((), 0, 0)
    assert training.slice_spacing(connection).note == ""


@pytest.mark.parametrize("part", ["spacing", "year", "vendor", "matrix", "split", "label"])
def test_a_bar_asks_images_for_as_many_series_as_it_counts(opened: Opened, part: str) -> None:
    asked = {"spacing": training.slice_spacing, "year": training.years, "vendor": training.vendors,
             "matrix": training.matrices, "split": training.splits, "label": training.labels}  # fmt: skip
    connection = opened(
        [
            volume(slice_spacing_mm=1.0, acquisition_year=1990, shape=(9, 9, 4), split="train", manufacturer="SIEMENS"),
            volume(slice_spacing_mm=1.5, acquisition_year=1991, shape=(9, 9, 5), label="a", manufacturer="Siemens AG"),
            volume(acquisition_year=2020, shape=(9, 8, 5), label="b", manufacturer="GE MEDICAL SYSTEMS"),
            series(slice_spacing_mm=1.0),
        ],
    )
    for bin in asked[part](connection).bins:
        wanted = SeriesFilter(**{part: bin.values or (bin.name,)})
        assert gallery.page(connection, wanted).total == bin.count, bin


def test_images_of_the_youngest_hold_none_of_an_unknown_age(opened: Opened) -> None:
    connection = opened([series(patient_age_years=4.0), series(), series(patient_age_years=94.0)])
    assert gallery.page(connection, SeriesFilter(age=("0",))).total == 1
