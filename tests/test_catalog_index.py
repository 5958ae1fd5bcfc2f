"""Files and Images with their index and without: the same answers, and what a plain reading of the same rows gives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biodatamine_core import catalog, database, tables
from biodatamine_core.catalog import file_index, files, gallery, one_series, series_index, training
from biodatamine_core.catalog.files import FileFilter
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.catalog.gallery import Order
from biodatamine_core.records import Dimensions, FileRecord, ProblemKind, Role, SeriesRecord, Thumbnail

EMPTY = "empty-file"
IN_A_STRETCH = 8


def file(number: int, path: str) -> FileRecord:
    """Every third is a picture, every seventh is empty."""
    is_picture, is_empty = number % 3 == 0, number % 7 == 0
    return FileRecord(
        f"{number:03}",
        path,
        format="PNG" if is_picture else "JSON",
        role=Role.IMAGE if is_picture else Role.SIDECAR,
        readable=not is_empty,
        problem_kind=ProblemKind.EMPTY if is_empty else None,
        findings=EMPTY if is_empty else None,
    )


PATHS = [
    "Über/Straße.png",
    "über.png",
    "a.zip!/CT/1.dcm",
    "a.zip!/ct/1.DCM",
    "a.zip!/b.zip!/x",
    "100%_/_.png",
    "no-folder",
]
FILES = [
    *(file(number, path) for number, path in enumerate(PATHS)),
    *(file(number, f"Train/case-{number % 9}/Slice {number:02}.png") for number in range(len(PATHS), 60)),
]
BY_PLACE = sorted(FILES, key=lambda row: (row.path, row.file_id))


def opened(folder: Path, has_index: bool) -> Any:
    """A version of FILES; where has_index is False one from before it."""
    paths = {name: folder / f"{name}.parquet" for name in tables.RECORDS}
    for name in paths.keys() - {"files"}:
        with tables.Writer(name, paths[name]):
            pass
    with tables.Writer("files", paths["files"]) as writer:
        rows = [replace(row, place=place) for place, row in enumerate(BY_PLACE)]
        for first in range(0, len(rows), IN_A_STRETCH):
            writer.append(rows[first : first + IN_A_STRETCH])
    if has_index:
        with database.connect() as connection:
            file_index.write(connection, paths["files"], paths["file_kinds"], paths["file_paths"])
    return database.open_version({name: [path] for name, path in paths.items()})


@pytest.fixture(scope="module", params=[pytest.param(True, id="indexed"), pytest.param(False, id="older")])
def connection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with opened(tmp_path_factory.mktemp("version"), request.param) as connection:
        yield connection


def is_wanted(row: FileRecord, wanted: FileFilter) -> bool:
    asked = (
        (wanted.format, row.format),
        (wanted.role, row.role),
        (wanted.read, "read" if row.readable else "not read"),
        (wanted.problem, row.problem_kind),
    )
    return (
        all(value in values for values, value in asked if values)
        and (not wanted.finding or row.findings == wanted.finding)
        and wanted.path.lower() in row.path.lower()
    )


filters = st.builds(
    FileFilter,
    format=st.sampled_from([(), ("PNG",), ("JSON", "PNG"), ("TIFF",)]),
    role=st.sampled_from([(), ("image",)]),
    read=st.sampled_from([(), ("read",), ("not read",)]),
    problem=st.sampled_from([(), ("empty",)]),
    finding=st.sampled_from(["", "", EMPTY, "no-such"]),
    path=st.sampled_from(
        [
            "",
            "",
            "TRAIN",
            "case-7",
            "-3/slice 1",
            "/slice",
            "slice 3",
            "1.dcm",
            "zip!/",
            "ÜBER",
            "STRASSE",
            "%_",
            "/",
            "!/ct/1",
        ]
    ),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters, at=st.integers(0, 70), length=st.sampled_from([1, 3, 10, 100]))
def test_a_page_holds_the_wanted_files_from_its_place_on(
    connection: Any, wanted: FileFilter, at: int, length: int
) -> None:
    left = [place for place, row in enumerate(BY_PLACE) if is_wanted(row, wanted)]
    before = sum(place < at for place in left)
    first = before if before < len(left) else 0
    page = files.file_page(connection, wanted, at, length)
    assert page.total == len(left)
    assert [*page.rows["file_id"]] == [BY_PLACE[place].file_id for place in left[first : first + length]]
    assert page.before == first
    assert page.previous_at == (left[max(0, first - length)] if first else None)
    assert page.next_at == (left[first + length] if len(left) > first + length else None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters)
def test_choices_and_ways_out_count_what_they_would_list(connection: Any, wanted: FileFilter) -> None:
    offered = files.file_choices(connection, wanted)
    for name, values in offered.items():
        for value, count in values.items():
            narrowed = replace(wanted.without(name), **{name: (value,)})
            assert count == sum(is_wanted(row, narrowed) for row in FILES), (name, value)
    counts = {part: sum(is_wanted(row, wanted.without(part)) for row in FILES) for part in wanted.parts}
    assert dict(files.file_relaxations(connection, wanted)) == {part: count for part, count in counts.items() if count}


def test_the_index_holds_every_file_once(connection: Any) -> None:
    files.file_page(connection, FileFilter())
    rows = connection.execute("SELECT place, folder || name FROM paths ORDER BY place").fetchall()
    assert rows == [(place, row.path.lower()) for place, row in enumerate(BY_PLACE)]
    assert connection.execute("SELECT sum(files) FROM kinds").fetchall() == [(len(FILES),)]


def test_a_version_without_files_has_an_empty_index(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.parquet" for name in ("files", "file_kinds", "file_paths", "series")}
    for name in ("files", "series"):
        with tables.Writer(name, paths[name]):
            pass
    with database.connect() as connection:
        file_index.write(connection, paths["files"], paths["file_kinds"], paths["file_paths"])
    with database.open_version({name: [path] for name, path in paths.items()}) as connection:
        assert files.file_page(connection, FileFilter(path="a")).total == 0
        assert files.file_choices(connection, FileFilter())["format"] == {}


def series(number: int) -> SeriesRecord:
    is_volume = number % 3 == 0
    return SeriesRecord(
        f"{number * 37 % 50:02}",
        f"Case {number % 7}/{number}",
        "DICOM" if is_volume else "PNG",
        Role.IMAGE,
        1,
        number % 5,
        f"file of {number}",
        dimensions=Dimensions.VOLUME if is_volume else Dimensions.IMAGE_2D,
        shape=(4, 4, 9) if is_volume else (4, 5),
        slice_spacing_mm=number / 10 if is_volume else None,
        modality="CT" if is_volume else "unknown",
        modality_group="CT" if is_volume else "Unknown",
        anatomy_zones=("chest", "abdomen")[: number % 3],
        patient_sex=("F", None)[number % 2],
        patient_age_years=float(number * 2),
        acquisition_year=2000 + number % 2,
        manufacturer=("SIEMENS", "Siemens AG", None)[number % 3],
        findings=("missing-slices",) if number % 4 == 0 else (),
    )


SERIES = sorted((series(number) for number in range(50)), key=lambda row: row.series_id)


def opened_series(folder: Path, has_index: bool) -> Any:
    folder.mkdir()
    rows = {
        "series": SERIES,
        "files": [
            FileRecord(row.middle_file_id, f"{row.path}/slice", format=row.format, series_id=row.series_id, place=place)
            for place, row in enumerate(sorted(SERIES, key=lambda row: row.path))
        ],
        "thumbnails": [
            Thumbnail(row.series_id, b"of " + row.series_id.encode() if number % 9 else None, 4 if number % 9 else None)
            for number, row in enumerate(reversed(SERIES))
            if number % 5
        ],
    }
    paths = {name: folder / f"{name}.parquet" for name in tables.RECORDS}
    for name, path in paths.items():
        with tables.Writer(name, path) as writer:
            for first in range(0, len(rows.get(name, [])), IN_A_STRETCH):
                writer.append(rows[name][first : first + IN_A_STRETCH])
    if has_index:
        with database.connect() as connection:
            file_index.write(connection, paths["files"], paths["file_kinds"], paths["file_paths"])
            series_index.write(connection, paths)
    return database.open_version({name: [path] for name, path in paths.items()})


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The same version with an index, and from before it."""
    folder = tmp_path_factory.mktemp("versions")
    with opened_series(folder / "new", has_index=True) as new, opened_series(folder / "old", has_index=False) as old:
        yield new, old


series_filters = st.builds(
    SeriesFilter,
    modality=st.sampled_from([(), ("CT",)]),
    zone=st.sampled_from([(), (), ("chest",), ("unknown",)]),
    vendor=st.sampled_from([(), (), ("Siemens",)]),
    sex=st.sampled_from([(), (), ("Female",)]),
    age=st.sampled_from([(), (), ("40", "80+")]),
    spacing=st.sampled_from([(), (), ("> 6", "0.6–1")]),
    finding=st.sampled_from([(), (), ("missing-slices",)]),
    path=st.sampled_from(["", "", "case 3", "/2", "no such"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=series_filters, order=st.sampled_from(Order), at=st.sampled_from([None, *(row.series_id for row in SERIES)])
)
def test_images_shows_the_same_with_an_index_and_without(
    both: Any, wanted: SeriesFilter, order: Order, at: str | None
) -> None:
    new, old = both
    assert gallery.page(new, wanted, order, at, length=4) == gallery.page(old, wanted, order, at, length=4)
    assert gallery.facets(new, wanted) == gallery.facets(old, wanted)
    assert gallery.relaxations(new, wanted) == gallery.relaxations(old, wanted)
    beside = at or SERIES[0].series_id
    assert gallery.neighbours(new, wanted, beside, order) == gallery.neighbours(old, wanted, beside, order)


def test_a_look_inside_shows_groups_in_turn_and_only_what_is_drawn(both: Any) -> None:
    shown, from_before = (catalog.look_inside(connection, limit=6) for connection in both)
    assert shown == from_before
    assert [series.modality_group for series in shown] == ["CT", "Unknown"] * 3
    assert all(series.image == b"of " + series.series_id.encode() for series in shown)


@pytest.mark.parametrize(
    "question",
    [
        catalog.modality_shares, catalog.zone_shares, catalog.dimension_shares, catalog.format_shares,
        catalog.unread_reasons, training.slice_spacing, training.ages, training.sexes, training.years, training.vendors,
        training.matrices, training.splits, training.labels,
    ],
)  # fmt: skip
def test_overview_says_the_same_with_an_index_and_without(both: Any, question: Any) -> None:
    new, old = (question(connection) for connection in both)
    assert new.equals(old) if hasattr(new, "equals") else new == old


def test_the_files_of_a_series_are_found_with_an_index_and_without(both: Any) -> None:
    for connection in both:
        assert [file.series_id for file in one_series.files(connection, "07")] == ["07"]
