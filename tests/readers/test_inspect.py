"""Which reader takes a file, whatever it is called; and what is said of files that no reader knows."""

import gzip
import io
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from tests.builders import dicom_slice, member_of, nifti, picture, tar_of, zip_of

PSEUDONYM = Pseudonym(b"test")


def inspect(data: bytes, path: str = "a", mode: Mode = Mode.FULL) -> FileRecord:
    return readers.inspect(member_of(data, path), PSEUDONYM, mode)


@pytest.mark.parametrize("path", ["scan", "scan.txt", "scan.jpg", "IM000001", "1.2.840.113619"])
@pytest.mark.parametrize(
    ("data", "format"),
    [
        pytest.param(dicom_slice(), "DICOM", id="DICOM"),
        pytest.param(dicom_slice(preamble=False), "DICOM", id="DICOM without preamble"),
        pytest.param(nifti(), "NIfTI", id="NIfTI"),
        pytest.param(picture(format="PNG"), "PNG", id="PNG"),
        pytest.param(picture(format="JPEG"), "JPEG", id="JPEG"),
    ],
)
def test_images_are_known_by_their_bytes_not_by_their_name(data: bytes, format: str, path: str) -> None:
    record = inspect(data, path)
    assert (record.format, record.role, record.readable, record.problem) == (format, Role.IMAGE, True, None)


@pytest.mark.parametrize(
    ("path", "data", "format"),
    [
        pytest.param("sub-01_T1w.json", b'{"Modality": "MR"}', "JSON", id="JSON"),
        pytest.param("participants.tsv", b"participant_id\tage\n", "TSV", id="TSV"),
        pytest.param("labels.CSV", "datei,ärztin\n".encode("cp1252"), "CSV", id="CSV in an 8-bit code"),
        pytest.param("labels.csv", "a,b\n".encode("utf-16"), "CSV", id="CSV in UTF-16"),
        pytest.param("README", b"What this is.\n", "text", id="README without ending"),
        pytest.param("CHANGES", b"1.0\n", "text", id="CHANGES without ending"),
        pytest.param("notes.txt", b"hello", "text", id="text"),
        pytest.param("dwi.bval", b"0 1000 1000\n", "bval", id="b-values"),
        pytest.param("annotation", b'<?xml version="1.0"?><a/>', "XML", id="XML by content"),
        pytest.param("config.yml", b"a: 1\n", "YAML", id="YAML"),
        pytest.param("index.html", b"<!DOCTYPE html><html></html>", "HTML", id="a web page under its own name"),
    ],
)
def test_texts_are_sidecars_without_dimensions(path: str, data: bytes, format: str) -> None:
    record = inspect(data, path)
    assert (record.format, record.role, record.readable, record.shape) == (format, Role.SIDECAR, True, None)


@pytest.mark.parametrize(
    ("data", "format"),
    [
        pytest.param(zip_of({"a": b"1"}), "zip", id="zip"),
        pytest.param(tar_of({"a": b"1"}), "tar", id="tar"),
        pytest.param(gzip.compress(b"1"), "gzip", id="gzip"),
        pytest.param(b"7z\xbc\xaf\x27\x1c\x00\x04", "7z", id="7z"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "RAR", id="RAR"),
    ],
)
def test_archives_that_the_walk_left_closed_are_named(data: bytes, format: str) -> None:
    record = inspect(data, "inner.bin")
    assert (record.format, record.readable, record.problem_kind) == (format, False, ProblemKind.UNSUPPORTED)
    assert record.problem == (
        "RAR archives are not opened; pack the files as a zip."
        if format == "RAR"
        else f"A {format} archive under the name of another format is not opened; give it a name of its own."
    )


@pytest.mark.parametrize(
    ("path", "data", "format", "words"),
    [
        pytest.param("a.nii.gz", b"\n<!DOCTYPE html><html>", "HTML", "HTML page", id="HTML page"),
        pytest.param("a.dcm", b"<html><body>Sign in", "HTML", "HTML page", id="login page"),
        pytest.param(
            "a.nii", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "Git LFS pointer",
            "git lfs pull", id="Git LFS",
        ),
        pytest.param(
            "a.nii.gz", b"../../.git/annex/objects/aa/bb/MD5E-s1--00.nii.gz", "git-annex pointer", "git annex get",
            id="git-annex",
        ),
        pytest.param("a.png", b"404: Not Found", "text", "Plain text", id="an error message"),
    ],
)  # fmt: skip
def test_what_stands_where_an_image_should_be_is_said(path: str, data: bytes, format: str, words: str) -> None:
    record = inspect(data, path)
    assert (record.format, record.role, record.readable) == (format, Role.OTHER, False)
    assert record.problem_kind is ProblemKind.PLACEHOLDER
    assert words in (record.problem or "")


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        pytest.param("model.bin", bytes(range(256)), ProblemKind.UNKNOWN_FORMAT, id="a format nobody knows"),
        pytest.param("a.dcm", bytes(range(256)), ProblemKind.CORRUPT, id="noise under a DICOM name"),
        pytest.param("table.xlsx", zip_of({"a": b"1"}), ProblemKind.UNKNOWN_FORMAT, id="a spreadsheet is no archive"),
        pytest.param("a.dcm", b"", ProblemKind.EMPTY, id="nothing"),
    ],
)
def test_a_file_that_nobody_reads_is_unknown_with_its_reason(path: str, data: bytes, kind: ProblemKind) -> None:
    record = inspect(data, path)
    assert (record.format, record.role, record.readable, record.problem_kind) == ("unknown", Role.OTHER, False, kind)


def test_a_member_that_cannot_be_read_says_why() -> None:
    def broken() -> io.BytesIO:
        raise UnreadableMember(ProblemKind.WRONG_CHECKSUM, "Its checksum is wrong.")

    record = readers.inspect(Member("a.dcm", broken), PSEUDONYM, Mode.FULL)
    assert (record.problem_kind, record.problem) == (ProblemKind.WRONG_CHECKSUM, "Its checksum is wrong.")


def test_bids_subjects_are_patients_and_two_datasets_do_not_share_them() -> None:
    paths = ["a/sub-01/anat/x.nii", "a/sub-01/func/y.nii", "a/sub-02/anat/x.nii", "b/sub-01/anat/x.nii"]
    keys = [inspect(nifti(), path).patient_key for path in paths]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert inspect(nifti(), "a/subject/x.nii").patient_key is None


def test_streams_that_cannot_seek_are_read_the_same(tmp_path: Path) -> None:
    class Forward(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    for data in (dicom_slice(rows=300, columns=300), nifti((40, 40, 40)), picture(600, 400, "RGB", "JPEG")):
        forward = Member("a", lambda data=data: Forward(data))  # type: ignore[misc]
        assert readers.inspect(forward, PSEUDONYM, Mode.FULL) == inspect(data)
        assert (readers.middle_picture(forward).pixels == readers.middle_picture(member_of(data)).pixels).all()


WHOLE = {
    "DICOM": dicom_slice(StudyDescription="CHEST", ImageType=["ORIGINAL", "PRIMARY"]),
    "DICOM without preamble": dicom_slice(preamble=False),
    "NIfTI": nifti((4, 5, 6)),
    "PNG": picture(),
    "JPEG": picture(format="JPEG"),
}


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_damage_to_a_file_makes_a_reader_raise(name: str, data: st.DataObject) -> None:
    damaged = bytearray(WHOLE[name][: data.draw(st.integers(1, len(WHOLE[name])), label="length")])
    seed = data.draw(st.integers(0, 2**32), label="seed")
    damage = random.Random(seed)
    for _ in range(data.draw(st.integers(0, 6), label="bytes changed")):
        damaged[damage.randrange(len(damaged))] = damage.randrange(256)
    record = inspect(bytes(damaged))
    assert record.readable == (record.problem is None)
    assert (record.problem is None) == (record.problem_kind is None)
    assert record.shape is None or min(record.shape) > 0
