"""The DICOM reader: facts of allowed elements, each parsed by itself; identifiers stay in the file."""

import io
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pydicom.data
import pytest
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless

from biodatamine_core import readers
from biodatamine_core.readers import dicom_tags
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role
from tests.builders import SOP_CLASSES, dicom_bytes, dicom_slice, member_of, uid

PSEUDONYM = Pseudonym(b"test")
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
BUNDLED = sorted(
    path
    for folder in ("test_files", "charset_files")
    for path in (Path(pydicom.data.__file__).parent / folder).rglob("*")
    if path.is_file()
)
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"


def inspect(data: bytes, path: str = "a.dcm", mode: Mode = Mode.FULL) -> FileRecord:
    return readers.inspect(member_of(data, path), PSEUDONYM, mode)


def item(**elements: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def enhanced(positions: list[list[float]]) -> bytes:
    """A multi-frame MR with one position per frame in its functional groups."""
    frames = [item(PlanePositionSequence=Sequence([item(ImagePositionPatient=p)])) for p in positions]
    shared = item(
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.5, 0.25], SliceThickness=9.0)]),
        PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=list(AXIAL))]),
        FrameAnatomySequence=Sequence([item(AnatomicRegionSequence=Sequence([region("12738006", "Brain")]))]),
    )
    pixels = np.zeros((len(positions) * 8, 8), np.uint16)
    return dicom_slice(
        "MR", position_mm=None, orientation=None, spacing_mm=None, pixels=pixels, SOPClassUID=ENHANCED_MR,
        Rows=8, NumberOfFrames=len(positions), SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
    )  # fmt: skip


def unchecked_slice(**tags: Any) -> bytes:
    """A slice with values that pydicom would rather not write."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dicom_slice(**tags)


def deflated(data: bytes) -> bytes:
    return dicom_bytes(pydicom.dcmread(io.BytesIO(data)), transfer_syntax=DeflatedExplicitVRLittleEndian)


def frames_of(dataset: Dataset) -> int:
    """NumberOfFrames as pydicom reads it; 1 where it cannot."""
    try:
        return int(dataset.get("NumberOfFrames") or 1)
    except ValueError:
        return 1


def region(code: str, meaning: str) -> Dataset:
    return item(CodeValue=code, CodingSchemeDesignator="SCT", CodeMeaning=meaning)


def test_a_slice_says_what_it_is_and_where_it_lies() -> None:
    record = inspect(
        dicom_slice(
            position_mm=(1.5, -2.0, 30.25), spacing_mm=(0.5, 0.25), rows=12, columns=20, instance=7,
            StudyDescription="CT  Thorax\n", BodyPartExamined="CHEST", RescaleIntercept=-1024, RescaleSlope=1,
            ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], SliceThickness="5", KVP=120, PatientSex="F",
            PatientAge="093Y", AcquisitionDate="20210304", Manufacturer="Maker", ViewPosition="PA",
        )
    )  # fmt: skip
    assert record == FileRecord(
        file_id="", path="a.dcm", format="DICOM", role=Role.IMAGE, readable=True,
        shape=(20, 12), dtype="uint16", channels=1, spacing_mm=(0.25, 0.5),
        patient_key=PSEUDONYM("P1"), study_key=PSEUDONYM(uid("study 1")), patient_sex="F", patient_age_years=90.0,
        acquisition_year=2021, identifying_tags=("PatientID",), sop_class_uid=SOP_CLASSES["CT"],
        sop_instance_uid=uid("series 1/7/(1.5, -2.0, 30.25)"), series_uid=uid("series 1"),
        transfer_syntax_uid="1.2.840.10008.1.2.1", modality_tag="CT", image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
        body_part_examined="CHEST", view_position="PA", study_description="CT Thorax", manufacturer="Maker", kvp=120.0,
        photometric_interpretation="MONOCHROME2", bits_allocated=16, bits_stored=16, rescale_slope=1.0,
        rescale_intercept=-1024.0, image_position_mm=(1.5, -2.0, 30.25), image_orientation=AXIAL,
        slice_thickness_mm=5.0, instance_number=7,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sop_class", "role"),
    [
        pytest.param("1.2.840.10008.5.1.4.1.1.2", Role.IMAGE, id="CT"),
        pytest.param("1.2.840.10008.5.1.4.1.1.481.2", Role.IMAGE, id="RT dose"),
        pytest.param("1.2.840.10008.5.1.4.1.1.66.4", Role.SEGMENTATION, id="segmentation"),
        pytest.param("1.2.840.10008.5.1.4.1.1.88.33", Role.OBJECT, id="structured report"),
        pytest.param("1.2.840.10008.5.1.4.1.1.88.59", Role.OBJECT, id="key objects"),
        pytest.param("1.2.840.10008.5.1.4.1.1.11.1", Role.OBJECT, id="presentation state"),
        pytest.param("1.2.840.10008.5.1.4.1.1.481.3", Role.OBJECT, id="RT structures"),
        pytest.param("1.2.840.10008.5.1.4.1.1.66", Role.OBJECT, id="raw data"),
        pytest.param("1.2.840.10008.5.1.4.1.1.9.1.1", Role.OBJECT, id="ECG"),
        pytest.param("1.2.840.10008.5.1.4.1.1.104.1", Role.OBJECT, id="PDF"),
        pytest.param("1.2.840.10008.1.3.10", Role.INDEX, id="DICOMDIR"),
        pytest.param("1.2.3.4", Role.IMAGE, id="a private class with rows and columns"),
        pytest.param(None, Role.IMAGE, id="no class, with rows and columns"),
    ],
)
def test_role_follows_the_sop_class(sop_class: str | None, role: Role) -> None:
    record = inspect(dicom_slice(SOPClassUID=sop_class, preamble=sop_class is not None))
    assert record.role is role
    assert (record.shape is not None) == (role in (Role.IMAGE, Role.SEGMENTATION))


def test_an_object_without_rows_and_class_is_no_image() -> None:
    assert inspect(dicom_slice(SOPClassUID=None, Rows=None, PixelData=None, preamble=False)).role is Role.OBJECT


def test_identifiers_never_leave_the_file() -> None:
    names = {
        keyword: f"Secret{index}"
        for index, keyword in enumerate(dicom_tags.IDENTIFYING.values())
        if not keyword.endswith(("Sequence", "Date", "Time", "Information"))
    }
    record = inspect(dicom_slice(**names, PatientBirthDate="19610101"))
    assert "Secret" not in repr(record)
    assert "1961" not in repr(record)
    assert set(names) | {"PatientBirthDate"} == set(record.identifying_tags or ())


def test_emptied_and_placeholder_identifiers_are_not_reported() -> None:
    record = inspect(
        dicom_slice(patient_id="ANONYMOUS", PatientName="Anonymous^", InstitutionName="", AccessionNumber="0")
    )
    assert record.identifying_tags == ()
    assert record.patient_key is None


def test_identifying_tags_carry_the_standards_keywords() -> None:
    assert {tag: keyword_for_tag(tag) for tag in dicom_tags.IDENTIFYING} == dicom_tags.IDENTIFYING


def test_allow_list_carries_the_standards_keywords() -> None:
    ours = {
        number: word.replace("_", "")
        for word, number in vars(dicom_tags).items()
        if isinstance(number, int) and not word.startswith("SIEMENS")
    }
    assert {number: keyword_for_tag(number).upper() for number in ours} == ours


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("045Y", 45.0),
        ("018M", 1.5),
        ("026W", 0.5),
        ("003D", 0.01),
        ("120Y", 90.0),
        ("45", None),
        ("XXXY", None),
        ("", None),
    ],
)
def test_age_is_in_years(age: str, years: float | None) -> None:
    assert inspect(unchecked_slice(PatientAge=age)).patient_age_years == years


@pytest.mark.parametrize(
    ("dates", "year"),
    [
        ({"AcquisitionDate": "20200101", "StudyDate": "20190101"}, 2020),
        ({"AcquisitionDate": "", "StudyDate": "20190101"}, 2019),
        ({"AcquisitionDate": "00000000", "SeriesDate": "20180101"}, 2018),
        ({"StudyDate": "19000101"}, 1900),
        ({}, None),
    ],
)
def test_only_the_year_of_a_date_is_kept(dates: dict[str, str], year: int | None) -> None:
    assert inspect(unchecked_slice(**dates)).acquisition_year == year


@pytest.mark.parametrize(
    ("keyword", "value", "column", "expected"),
    [
        ("Modality", "MR", "modality_tag", "MR"),
        ("SOPClassUID", SOP_CLASSES["SR"], "role", Role.OBJECT),
        ("ImageType", ["DERIVED"], "image_type", ("DERIVED",)),
        ("PatientID", "P2", "patient_key", PSEUDONYM("P2")),
        ("PatientSex", "M", "patient_sex", "M"),
        ("PatientName", "Made^Up", "identifying_tags", ("PatientName", "PatientID")),
        ("StudyInstanceUID", uid("study 2"), "study_key", PSEUDONYM(uid("study 2"))),
        ("SeriesInstanceUID", uid("series 2"), "series_uid", uid("series 2")),
        ("StudyDate", "20190101", "acquisition_year", 2019),
        ("RescaleSlope", "2", "rescale_slope", 2.0),
        ("PixelRepresentation", 1, "dtype", "int16"),
        ("InstanceNumber", 2, "instance_number", 2),
        ("SOPInstanceUID", uid("instance 2"), "sop_instance_uid", uid("instance 2")),
        ("PixelSpacing", [2, 3], "spacing_mm", (3.0, 2.0)),
        ("AcquisitionTime", "101112", "acquisition_time", "101112"),
        ("AnatomicRegionSequence", [region("12738006", "Brain")], "anatomic_region", "SCT:12738006 Brain"),
    ],
)
def test_a_file_that_differs_from_the_last_in_one_element_is_read_as_it_is(
    keyword: str, value: object, column: str, expected: object
) -> None:
    last = inspect(dicom_slice())
    record = inspect(dicom_slice(**{keyword: value}))
    assert getattr(record, column) == expected != getattr(last, column)
    assert inspect(dicom_slice()) == last


def test_a_broken_value_costs_only_itself() -> None:
    data = dicom_slice(InstanceNumber=12, StudyDescription="CHEST").replace(b"IS\x02\x0012", b"IS\x02\x001A")
    record = inspect(data)
    assert record.instance_number is None
    assert (record.study_description, record.shape, record.readable) == ("CHEST", (16, 16), True)


def test_control_characters_and_length_of_descriptions_are_bounded() -> None:
    record = inspect(unchecked_slice(SeriesDescription="A\x07B" + "x" * 500))
    assert record.series_description is not None
    assert record.series_description.startswith("A B")
    assert len(record.series_description) == 256


def test_descriptions_are_decoded_by_their_character_set() -> None:
    record = inspect(dicom_slice(SpecificCharacterSet="ISO_IR 100", StudyDescription="Schädel"))
    assert record.study_description == "Schädel"


def test_texts_with_broken_escape_sequences_are_read_without_a_warning() -> None:
    data = dicom_slice(SpecificCharacterSet="ISO 2022 IR 6\\ISO 2022 IR 100", StudyDescription="CHEST  CT")
    record = inspect(data.replace(b"CHEST  CT", b"CHE\x1b(ZCT "))
    assert (record.study_description or "").startswith("CHE")


def test_frames_get_spacing_and_positions_from_their_functional_groups() -> None:
    record = inspect(enhanced([[0, 0, 0], [0, 0, 2.5], [0, 0, 5.0]]))
    assert (record.shape, record.frames) == ((8, 8, 3), 3)
    assert record.spacing_mm == (0.25, 0.5, 2.5)
    assert record.frame_positions_mm == (0, 0, 0, 0, 0, 2.5, 0, 0, 5.0)
    assert record.image_orientation == AXIAL
    assert record.anatomic_region == "SCT:12738006 Brain"


def test_positions_are_unknown_unless_every_frame_has_one() -> None:
    data = enhanced([[0, 0, 0], [0, 0, 2.5]])
    dataset = pydicom.dcmread(io.BytesIO(data))
    del dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence
    record = inspect(dicom_bytes(dataset))
    assert record.frame_positions_mm is None
    assert record.spacing_mm == (0.25, 0.5)


def test_dose_planes_lie_along_the_normal() -> None:
    record = inspect(
        dicom_slice("RTDOSE", (5, 6, 7), pixels=np.zeros((24, 8), np.uint16), Rows=8, NumberOfFrames=3,
                    GridFrameOffsetVector=[0, 3, 6], SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2")
    )  # fmt: skip
    assert record.frame_positions_mm == (5, 6, 7, 5, 6, 10, 5, 6, 13)
    assert record.spacing_mm == (0.7, 0.7, 3.0)


def test_detector_spacing_stands_in_where_there_is_no_other() -> None:
    record = inspect(dicom_slice("DX", None, None, None, ImagerPixelSpacing=[0.2, 0.1]))
    assert record.spacing_mm == (0.1, 0.2)


def test_siemens_private_elements_are_read_only_from_siemens_own_group() -> None:
    def with_private(creator: str) -> bytes:
        dataset = pydicom.dcmread(io.BytesIO(dicom_slice("MR")))
        block = dataset.private_block(0x0019, creator, create=True)
        block.add_new(0x0A, "US", 36)
        block.add_new(0x0C, "IS", "1000")
        return dicom_bytes(dataset)

    siemens, other = inspect(with_private("SIEMENS MR HEADER")), inspect(with_private("OTHER"))
    assert (siemens.mosaic_images, siemens.b_value) == (36, 1000.0)
    assert (other.mosaic_images, other.b_value) == (None, None)


@pytest.mark.parametrize(
    ("facts", "dtype"),
    [
        ({}, "uint16"),
        ({"PixelRepresentation": 1}, "int16"),
        ({"BitsAllocated": 8, "Rows": 32}, "uint8"),
        ({"BitsAllocated": 1}, "uint1"),
    ],
)
def test_dtype_is_that_of_one_stored_value(facts: dict[str, int], dtype: str) -> None:
    assert inspect(dicom_slice(**facts)).dtype == dtype


def test_cut_pixels_are_named_with_their_bytes_and_the_facts_stay() -> None:
    record = inspect(dicom_slice()[:-100])
    assert (record.readable, record.problem_kind) == (False, ProblemKind.TRUNCATED)
    assert record.problem == "Its pixel data ends early: 412 of 512 bytes."
    assert (record.shape, record.modality_tag) == ((16, 16), "CT")


def test_pixels_shorter_than_rows_times_columns_are_cut_too() -> None:
    record = inspect(dicom_slice(Rows=32))
    assert record.problem == "Its pixel data ends early: 512 of 1,024 bytes."


def test_cut_compressed_pixels_are_found_when_every_byte_is_read() -> None:
    dataset = pydicom.dcmread(io.BytesIO(dicom_slice()))
    dataset.compress(RLELossless, generate_instance_uid=False)
    data = dicom_bytes(dataset, transfer_syntax=RLELossless)
    assert inspect(data).readable
    assert inspect(data[:-60]).problem_kind is ProblemKind.TRUNCATED
    assert inspect(data[:-60], mode=Mode.HEADERS).readable


def test_a_header_that_ends_early_keeps_what_was_read() -> None:
    data = dicom_slice(StudyDescription="CHEST")
    record = inspect(data[: data.index(b"CHEST") + 3])
    assert (record.problem_kind, record.modality_tag) == (ProblemKind.TRUNCATED, "CT")


def test_an_image_without_pixels_is_corrupt_and_has_no_shape() -> None:
    record = inspect(dicom_slice(PixelData=None))
    assert (record.role, record.shape, record.problem_kind) == (Role.IMAGE, None, ProblemKind.CORRUPT)


def test_a_value_that_claims_gigabytes_is_refused_not_read() -> None:
    data = dicom_slice(StudyDescription="CHEST")
    start = data.index(b"\x08\x00\x30\x10")
    record = inspect(data[:start] + b"\x08\x00\x30\x10UT\x00\x00" + struct.pack("<I", 0xF0000000) + data[start + 8 :])
    assert record.problem_kind is ProblemKind.TOO_LARGE


def test_a_deflated_dataset_is_read_and_drawn() -> None:
    data = deflated(dicom_slice(StudyDescription="CHEST"))
    assert (inspect(data).study_description, inspect(data).shape) == ("CHEST", (16, 16))
    assert readers.middle_picture(member_of(data)).pixels.shape == (16, 16)


def test_damage_in_a_deflated_dataset_is_a_problem_of_a_dicom_file() -> None:
    data = deflated(dicom_slice())
    meta_end = data.index(DeflatedExplicitVRLittleEndian.encode()) + len(DeflatedExplicitVRLittleEndian)
    record = inspect(data[:meta_end] + b"\xff" * 64)
    assert (record.format, record.problem) == ("DICOM", "Its deflated dataset is damaged.")


def test_a_deflated_bomb_is_inflated_block_by_block() -> None:
    unpacked_bytes = 80_000_000
    data = deflated(dicom_slice())
    meta_end = data.index(DeflatedExplicitVRLittleEndian.encode()) + len(DeflatedExplicitVRLittleEndian)
    pack = zlib.compressobj(wbits=-15)
    private = b"\x09\x00\x01\x10OB\x00\x00" + struct.pack("<I", unpacked_bytes)
    bomb = data[:meta_end] + pack.compress(private + bytes(unpacked_bytes)) + pack.flush()
    tracemalloc.start()
    record = inspect(bomb)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert record.problem_kind is ProblemKind.CORRUPT
    assert peak_bytes < unpacked_bytes / 8


def test_a_text_that_reads_dicm_at_128_is_no_preamble() -> None:
    data = unchecked_slice(preamble=False, StudyDescription="x" * 200)
    shifted = data[:128] + b"DICM" + data[132:]
    assert inspect(shifted).modality_tag == "CT"


def test_middle_picture_is_rescaled_and_of_the_middle_frame() -> None:
    pixels = np.repeat(np.arange(3, dtype=np.uint16), 8)[:, None] * np.ones((1, 8), np.uint16)
    data = dicom_slice(pixels=pixels, Rows=8, NumberOfFrames=3, RescaleSlope=10, RescaleIntercept=-1000)
    picture = readers.middle_picture(member_of(data))
    assert picture.is_hounsfield
    assert (picture.pixels == -990).all()


def test_middle_picture_of_a_mosaic_is_one_tile() -> None:
    pixels = np.kron(np.arange(4).reshape(2, 2), np.ones((8, 8))).astype(np.uint16)
    dataset = pydicom.dcmread(io.BytesIO(dicom_slice("MR", pixels=pixels)))
    dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 4)
    picture = readers.middle_picture(member_of(dicom_bytes(dataset)))
    assert picture.pixels.shape == (8, 8)
    assert (picture.pixels == 2).all()


def test_middle_picture_without_a_transfer_syntax_is_drawn_by_how_the_bytes_are_written() -> None:
    assert readers.middle_picture(member_of(dicom_slice(preamble=False))).pixels.shape == (16, 16)


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_agrees_with_pydicom_on_its_own_test_files(path: Path) -> None:
    data = path.read_bytes()
    record = inspect(data, path.name)
    if record.format != "DICOM":
        assert data[128:132] != b"DICM"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True, force=True)
        frames = frames_of(expected)
        series_uid = expected.get("SeriesInstanceUID")
        modality, description = expected.get("Modality"), expected.get("StudyDescription")
    assert (record.modality_tag or "") == (modality or "")
    assert (record.series_uid or "") == (series_uid or "")
    assert (record.study_description or "") == " ".join((description or "").split())
    if record.shape is not None:
        assert record.shape == (expected.Columns, expected.Rows, *([frames] if frames > 1 else []))
        assert record.bits_allocated == expected.BitsAllocated


def test_headers_are_read_without_the_pixels() -> None:
    read = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            read.append(len(data))
            return data

    data = dicom_slice(rows=1000, columns=1000)
    record = readers.inspect(Member("a", lambda: Counting(data), size_bytes=len(data)), PSEUDONYM, Mode.HEADERS)
    assert record.shape == (1000, 1000)
    assert sum(read) < 400_000
