"""Pictures come from the bytes that were scanned, wherever they lie, or it is said why they do not."""

import os
from pathlib import Path

import numpy as np
import pytest

from biodatamine_core.errors import NotFound, UnreadableContent
from biodatamine_core.records import Mode
from biodatamine_core.volumes import Cache
from tests.builders import dicom_slice, dicom_volume, tar_of, zip_of
from tests.volumes.arrange import folder_of, only_series, scanned


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("ct.zip", zip_of(dicom_volume(6)), id="zip"),
        pytest.param("ct.tar", tar_of(dicom_volume(6)), id="tar"),
        pytest.param("ct.tar.gz", tar_of(dicom_volume(6), "w:gz"), id="tar.gz"),
    ],
)
def test_a_series_in_an_archive_is_read_in_place(name: str, data: bytes, tmp_path: Path) -> None:
    folder_of({name: data}, tmp_path)
    dataset = scanned(tmp_path / name)
    in_archive = dataset.volume(only_series(dataset))
    other = scanned(folder_of(dicom_volume(6), tmp_path / "folder"))
    assert in_archive.voxels.tolist() == other.volume(only_series(other)).voxels.tolist()


def test_a_header_and_its_voxels_in_a_compressed_tar_are_read_together(tmp_path: Path) -> None:
    voxels = np.arange(8 * 9 * 10, dtype=np.int16)
    header = (
        "ObjectType = Image\nNDims = 3\nDimSize = 8 9 10\nElementType = MET_SHORT\nElementDataFile = {}.raw\n"
        "ElementSpacing = 1 1 1\nBinaryDataByteOrderMSB = False\n"
    )
    files = {f"{name}.{ending}": b"" for name in "ab" for ending in ("raw", "mhd")}
    for name in files:
        files[name] = header.format(name[0]).encode() if name.endswith("mhd") else (voxels + ord(name[0])).tobytes()
    (tmp_path / "a.tar.gz").write_bytes(tar_of(files, "w:gz"))
    dataset = scanned(tmp_path / "a.tar.gz")
    for path, series_id in zip(dataset.series["path"], dataset.series["series_id"], strict=True):
        shown = dataset.volume(series_id).values
        assert (shown.min(), shown.max()) == (ord(path[-5]), 719 + ord(path[-5]))
    assert dataset.sql("SELECT count(*) AS drawn FROM thumbnails WHERE image IS NOT NULL").drawn.tolist() == [2]


def test_what_was_looked_at_once_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "ct.tar.gz"
    path.write_bytes(tar_of(dicom_volume(6), "w:gz"))
    dataset = scanned(path)
    first = dataset.packed_volume(only_series(dataset))
    path.unlink()
    assert dataset.packed_volume(only_series(dataset)) == first


def test_an_archive_that_changed_since_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ct.zip"
    path.write_bytes(zip_of(dicom_volume(6)))
    dataset = scanned(path)
    path.write_bytes(zip_of(dicom_volume(7)))
    with pytest.raises(UnreadableContent, match=r"ct\.zip changed since it was scanned"):
        dataset.volume(only_series(dataset))


def test_a_file_of_a_folder_that_changed_is_refused_whatever_its_time_says(tmp_path: Path) -> None:
    path = folder_of({"a.dcm": dicom_slice("DX")}, tmp_path / "data") / "a.dcm"
    dataset = scanned(path.parent)
    times = path.stat()
    path.write_bytes(dicom_slice("DX", instance=2))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UnreadableContent, match=r"a\.dcm changed since it was scanned"):
        dataset.volume(only_series(dataset))


def test_a_headers_scan_can_be_looked_at_too(tmp_path: Path) -> None:
    dataset = scanned(folder_of(dicom_volume(6), tmp_path / "data"), Mode.HEADERS)
    assert dataset.volume(only_series(dataset)).voxels.shape == (6, 16, 16)


def test_files_that_are_gone_are_told(tmp_path: Path) -> None:
    folder = folder_of(dicom_volume(6), tmp_path / "data")
    dataset = scanned(folder)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(UnreadableContent, match="None of its files is where it was"):
        dataset.volume(only_series(dataset))


def test_pixels_that_cannot_be_decoded_are_told_with_the_reason(tmp_path: Path) -> None:
    dataset = scanned(folder_of({"short.dcm": dicom_slice("DX")[:-100]}, tmp_path / "data"))
    with pytest.raises(UnreadableContent, match="pixel data ends early"):
        dataset.volume(only_series(dataset))


def test_no_such_series_is_told(tmp_path: Path) -> None:
    dataset = scanned(folder_of(dicom_volume(6), tmp_path / "data"))
    with pytest.raises(NotFound, match="no such series"):
        dataset.volume("nobody' OR '1'='1")


def test_the_cache_forgets_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", limit_bytes=20)
    for name in "ab":
        cache.write(name, b"8 bytes.")
        os.utime(tmp_path / "cache" / name, (1, 1 + ord(name)))
    assert cache.read("a") is not None  # it is the newer one now
    cache.write("c", b"8 bytes.")
    assert [cache.read(name) is not None for name in "abc"] == [True, False, True]


def test_the_cache_keeps_nothing_larger_than_itself(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", limit_bytes=4)
    cache.write("a", b"8 bytes.")
    assert cache.read("a") is None
