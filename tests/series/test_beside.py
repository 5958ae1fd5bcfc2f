"""Files that lie beside images: voxels of a header, sidecars, the table of participants."""

from pathlib import Path
from typing import Any

from biodatamine_core import database
from biodatamine_core.records import Dimensions, FileRecord, ProblemKind, Role
from tests.series.arrange import grouped, image


def volume(path: str = "d.zip!/ds/brain.nii.gz", **facts: Any) -> FileRecord:
    return image(path, **{"format": "NIfTI", "shape": (64, 64, 30), "spacing_mm": (2.0, 2.0, 3.0), **facts})


def header(path: str, *data_files: str, **facts: Any) -> FileRecord:
    return volume(path, data_files=data_files, **facts)


def unknown(path: str, **facts: Any) -> FileRecord:
    """What no reader knows: raw voxels, a chunk."""
    found = {"problem_kind": ProblemKind.UNKNOWN_FORMAT, "problem": "No reader knows this format.", "readable": False}
    return image(path, **{"format": "unknown", "shape": None, "role": Role.OTHER, **found, **facts})


def sidecar(path: str, format: str = "JSON", **facts: Any) -> FileRecord:
    return image(path, format, **{"shape": None, "role": Role.SIDECAR, **facts})


def test_a_header_and_its_data_file_are_one_series(tmp_path: Path) -> None:
    (head, data), (series,) = grouped(tmp_path, [header("ct/a.hdr", "a.img"), unknown("ct/a.img")])
    assert head.series_id == data.series_id == series.series_id
    assert (data.format, data.role, data.readable, data.problem, data.problem_kind) == (
        "NIfTI data", Role.OTHER, True, None, None,
    )  # fmt: skip
    assert (series.file_count, series.size_bytes, series.dimensions) == (2, 200, Dimensions.VOLUME)


def test_the_data_file_is_found_in_another_case_packed_and_below(tmp_path: Path) -> None:
    files = [
        header("a.zip!/A.PAR", "A.REC"), unknown("a.zip!/a.rec"), header("a.zip!/b.HEAD", "b.BRIK"),
        unknown("a.zip!/b.BRIK.bz2"), header("a.zip!/c.mhd", "raw/1.raw", "raw/2.raw"), unknown("a.zip!/raw/1.raw"),
        unknown("a.zip!/raw/2.raw"),
    ]  # fmt: skip
    found, records = grouped(tmp_path, files)
    assert [record.file_count for record in records] == [2, 2, 3]
    assert all(file.readable for file in found)


def test_a_header_without_its_data_file_is_one_problem_and_no_series(tmp_path: Path) -> None:
    files = [header("x/a.hdr", "a.img"), unknown("y/a.img"), header("x/b.mhd", "/home/somebody/1.raw", "2.raw")]
    (lone, other, listed), records = grouped(tmp_path, files)
    assert records == []
    assert (lone.problem_kind, lone.problem) == (ProblemKind.MISSING_PART, "Its data file a.img is not there.")
    assert (lone.readable, lone.role, lone.shape) == (False, Role.SIDECAR, (64, 64, 30))
    assert listed.problem == "2 of its data files are not there: 1.raw, ..."
    assert other.problem_kind is ProblemKind.UNKNOWN_FORMAT


def test_what_is_wrong_with_a_data_file_stays_said(tmp_path: Path) -> None:
    damaged = unknown("a.img", problem_kind=ProblemKind.WRONG_CHECKSUM, problem="Its checksum is wrong.")
    (_, data), (series,) = grouped(tmp_path, [header("a.hdr", "a.img"), damaged])
    assert (data.readable, data.problem, data.series_id) == (False, "Its checksum is wrong.", series.series_id)


def test_chunks_and_levels_below_a_zarr_are_one_image(tmp_path: Path) -> None:
    files = [
        header("d/i.zarr/.zattrs", "**", format="OME-Zarr"), header("d/i.zarr/0/.zarray", "**", format="Zarr"),
        unknown("d/i.zarr/0/0/0"), header("d/i.zarr/1/.zarray", "**", format="Zarr"), unknown("d/i.zarr/1/0/0"),
        header("d/j/.zarray", "**", format="Zarr"), unknown("d/j/0.0"), unknown("d/k"),
    ]  # fmt: skip
    found, records = grouped(tmp_path, files)
    assert [(record.path, record.file_count) for record in records] == [("d/i.zarr/.zattrs", 5), ("d/j/.zarray", 2)]
    assert [file.series_id is not None for file in found] == [True] * 7 + [False]
    assert [file.role for file in found[:3]] == [Role.IMAGE, Role.OTHER, Role.OTHER]


def test_data_files_are_of_the_image_of_their_header_in_the_view_of_images(tmp_path: Path) -> None:
    said = {"modality_tag": "MR"}
    grouped(tmp_path, [header("a.hdr", "a.img"), unknown("a.img"), sidecar("a.json", **said), unknown("b.img")])
    parquet = {name: [tmp_path / f"{name}.parquet"] for name in ("files", "series")}
    with database.open_version(parquet) as connection:
        found = connection.execute("SELECT path, dimensions, series_id IS NULL FROM images ORDER BY path").fetchall()
    assert found == [
        ("a.hdr", "3D", False), ("a.img", "3D", False), ("a.json", None, False), ("b.img", None, True),
    ]  # fmt: skip


def test_a_sidecar_fills_in_what_its_image_does_not_say(tmp_path: Path) -> None:
    said = {"modality_tag": "MR", "manufacturer": "A", "protocol_name": "T1", "patient_sex": "F"}
    files = [volume("x/scan.nii.gz", manufacturer="B"), sidecar("x/scan.json", **said), volume("x/other.nii.gz")]
    (_, beside, _), (other, series) = grouped(tmp_path, files)
    assert (series.modality_tag, series.manufacturer, series.protocol_name, series.patient_sex) == (
        "MR",
        "B",
        "T1",
        "F",
    )
    assert (other.modality_tag, beside.series_id, beside.role) == (None, series.series_id, Role.SIDECAR)


def test_a_sidecar_tells_the_timing_of_an_image_without_a_header_for_it(tmp_path: Path) -> None:
    timing = {"repetition_time_ms": 2300.0, "echo_time_ms": 3.0, "inversion_time_ms": 900.0, "flip_angle_deg": 9.0}
    stated = {"scanning_sequence": ("GR", "IR"), "contrast_agent": "GADOLINIUM", **timing}
    _, (series,) = grouped(tmp_path, [volume("a/1.nii.gz"), sidecar("a/1.json", **stated)])
    assert {name: getattr(series, name) for name in stated} == stated


def test_bids_sidecars_are_inherited_and_the_nearest_wins(tmp_path: Path) -> None:
    files = [
        volume("ds/sub-01/func/sub-01_task-rest_bold.nii.gz"), volume("ds/sub-01/anat/sub-01_T1w.nii.gz"),
        volume("ds/sub-02/func/sub-02_task-faces_bold.nii.gz"),
        volume("other/sub-01/func/sub-01_task-rest_bold.nii.gz"),
        sidecar("ds/bold.json", manufacturer="far", protocol_name="all"),
        sidecar("ds/task-rest_bold.json", manufacturer="nearer"),
        sidecar("ds/sub-01/sub-01_bold.json", manufacturer="nearest"),
    ]  # fmt: skip
    found, records = grouped(tmp_path, files)
    assert [(record.manufacturer, record.protocol_name) for record in records] == [
        (None, None), ("nearest", "all"), ("far", "all"), (None, None),
    ]  # fmt: skip
    assert found[4].series_id is None  # it describes two
    assert found[5].series_id == found[6].series_id == found[0].series_id


def test_gradients_at_the_root_of_a_bids_dataset_are_those_of_every_dwi(tmp_path: Path) -> None:
    four = {"shape": (64, 64, 30, 65)}
    files = [
        sidecar("ds/dwi.bval", "bval"), volume("ds/sub-01/dwi/sub-01_dwi.nii.gz", **four),
        volume("ds/sub-01/func/sub-01_bold.nii.gz", **four), volume("ds/dwi.nii.gz", **four),
        sidecar("ds/scan.bvec", "bvec"), volume("ds/more/scan.nii.gz", **four),
    ]  # fmt: skip
    _, records = grouped(tmp_path, files)
    assert {record.path: record.varies_by for record in records} == {
        "ds/dwi.nii.gz": "direction", "ds/sub-01/dwi/sub-01_dwi.nii.gz": "direction",
        "ds/more/scan.nii.gz": "time", "ds/sub-01/func/sub-01_bold.nii.gz": "time",
    }  # fmt: skip


def test_sex_and_age_of_participants_reach_their_series_and_the_image_goes_first(tmp_path: Path) -> None:
    table = sidecar(
        "ds/participants.tsv", "TSV", participant_keys=("k1", "k2"), participant_sexes=("F", None),
        participant_ages_years=(31.0, 90.0),
    )  # fmt: skip
    files = [table, volume("a.nii", patient_key="k1"), volume("b.nii", patient_key="k2", patient_age_years=4.0)]
    files += [volume("c.nii", patient_key="k3"), volume("d.nii")]
    _, records = grouped(tmp_path, files)
    assert [(record.patient_sex, record.patient_age_years) for record in records] == [
        ("F", 31.0), (None, 4.0), (None, None), (None, None),
    ]  # fmt: skip
