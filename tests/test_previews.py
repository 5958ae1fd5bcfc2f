"""Thumbnails: one per series, from any archive."""

import gzip
import io
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, BinaryIO

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from biodatamine_core import database, drawing, previews, readers, tables
from biodatamine_core.errors import Cancelled
from biodatamine_core.records import FileRecord, Member, Progress, Role, SeriesRecord
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile, LocalFolder
from tests.builders import dicom_slice, member_of, nifti, picture, tar_of, zip_of

LIMITS = Limits()


class Patient:
    """A watcher that waits for the end."""

    def report(self, progress: Progress) -> None: ...

    def check(self) -> None: ...


class Impatient(Patient):
    def check(self) -> None:
        raise Cancelled("The person stopped it.")


def drawn(image: bytes) -> np.ndarray:
    """(rows, columns) grey values of a thumbnail."""
    return np.asarray(Image.open(io.BytesIO(image)).convert("L")).astype(int)


def thumbnails_of(
    tmp_path: Path, data: bytes, name: str, paths: Sequence[str], **options: object
) -> dict[str, np.ndarray]:
    """What `previews.thumbnails` writes for a content with one series per path: {path: grey values}."""
    source = tmp_path / name
    source.write_bytes(data)
    return thumbnails_in(tmp_path, LocalFile(source, name), paths, **options)


def thumbnails_in(
    tmp_path: Path,
    content: LocalFile | LocalFolder,
    paths: Sequence[str],
    workers: int = 1,
    watcher: Patient | None = None,
    data_files: Mapping[str, tuple[str, ...]] | None = None,
    scheduler: str = "",
    **facts: Any,
) -> dict[str, np.ndarray]:
    """facts: what the files have in common."""
    facts["role"], beside = Role.IMAGE, data_files or {}
    files = [FileRecord(file_id=path, path=path, data_files=beside.get(path), **facts) for path in paths]
    series = [SeriesRecord(path, path, "?", Role.IMAGE, 1, 1, middle_file_id=path, modality="MR") for path in paths]
    for table, records in (("files", files), ("series", series)):
        with tables.Writer(table, tmp_path / f"{table}.parquet") as writer:
            writer.append(records)
    out = tmp_path / "thumbnails.parquet"
    with database.connect() as connection:
        for table in ("files", "series"):
            database.create_view(connection, table, [tmp_path / f"{table}.parquet"])
        previews.thumbnails(connection, [content], LIMITS, workers, out, watcher or Patient(), scheduler)
        rows = connection.execute(
            f"SELECT series_id, image, width, height FROM read_parquet('{out}') WHERE image IS NOT NULL"
        ).fetchall()
    assert all(drawn(image).shape == (height, width) for _, image, width, height in rows)
    return {series_id: drawn(image) for series_id, image, _, _ in rows}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_every_series_of_an_archive_gets_its_thumbnail(tmp_path: Path, name: str) -> None:
    files = {"ct.dcm": dicom_slice(), "x/t1.nii.gz": nifti(compressed=True), "x/cxr.png": picture()}
    data = zip_of(files) if name.endswith(".zip") else tar_of(files, "w:gz" if name.endswith("gz") else "w")
    paths = [f"{name}!/{path}" for path in files]
    assert sorted(thumbnails_of(tmp_path, data, name, paths)) == sorted(paths)


def test_series_of_a_folder_are_found_by_their_relative_path(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "cxr.png").write_bytes(picture(100, 50))
    assert {
        path: image.shape for path, image in thumbnails_in(tmp_path, LocalFolder(folder), ["x/cxr.png"]).items()
    } == {"x/cxr.png": (80, 160)}


@pytest.mark.parametrize("is_header_first", [True, False], ids=["header first", "voxels first"])
def test_a_header_in_a_compressed_tar_is_drawn_with_the_voxels_beside_it(tmp_path: Path, is_header_first: bool) -> None:
    image = nib.Nifti1Pair(np.arange(8 * 9 * 10, dtype=np.int16).reshape(8, 9, 10), np.eye(4))
    header, voxels = io.BytesIO(), io.BytesIO()
    image.to_file_map({"header": nib.FileHolder(fileobj=header), "image": nib.FileHolder(fileobj=voxels)})
    files = {"x/a.hdr": header.getvalue(), "x/a.IMG.gz": gzip.compress(voxels.getvalue()), "x/b.png": picture()}
    ordered = files if is_header_first else dict(reversed(files.items()))
    source = tmp_path / "a.tar.gz"
    source.write_bytes(tar_of(ordered, "w:gz"))
    path = "a.tar.gz!/x/a.hdr"
    in_archive = thumbnails_in(tmp_path, LocalFile(source, "a.tar.gz"), [path], data_files={path: ("a.img",)})
    assert in_archive[path].shape == (160, 142)


def test_a_series_that_cannot_be_drawn_has_no_thumbnail_and_stops_nothing(tmp_path: Path) -> None:
    files = {"cut.dcm": dicom_slice()[:-100], "good.png": picture(), "cut.png": picture()[:50], "text.txt": b"hello"}
    paths = [f"a.zip!/{path}" for path in files]
    assert list(thumbnails_of(tmp_path, zip_of(files), "a.zip", paths)) == ["a.zip!/good.png"]


@pytest.mark.parametrize(
    ("data", "kind", "sentence"),
    [
        pytest.param(b"hello", "unsupported", "No reader knows it.", id="no image"),
        pytest.param(picture()[:50], "corrupt", "Its pixels cannot be decoded: the decoder gave up (", id="cut"),
    ],
)
def test_what_cannot_be_drawn_says_why(data: bytes, kind: str, sentence: str) -> None:
    thumbnail = previews.draw((member_of(data, "Jane Doe.bin"), previews.Wanted("s", "MR", ())))
    assert (thumbnail.series_id, thumbnail.image, thumbnail.problem_kind) == ("s", None, kind)
    assert thumbnail.problem is not None and thumbnail.problem.startswith(sentence)
    assert "Jane" not in thumbnail.problem


@pytest.mark.parametrize("data", [dicom_slice(), picture(), nifti()], ids=["DICOM", "PNG", "NIfTI"])
def test_a_small_file_is_opened_once_to_be_drawn(data: bytes) -> None:
    opened = []

    def opener() -> BinaryIO:
        opened.append("")
        return io.BytesIO(data)

    thumbnail = previews.draw((Member("a", opener, len(data)), previews.Wanted("s", "MR", ())))
    assert (thumbnail.image is not None, len(opened)) == (True, 1)


def test_many_series_are_drawn_by_several_processes_with_the_same_pictures(tmp_path: Path) -> None:
    files = {f"{index:03}.png": picture(shade=index) for index in range(70)}
    paths = [f"a.zip!/{path}" for path in files]
    alone = thumbnails_of(tmp_path, zip_of(files), "a.zip", paths)
    together = thumbnails_of(tmp_path, zip_of(files), "a.zip", paths, workers=2)
    on_cluster = thumbnails_of(tmp_path, zip_of(files), "a.zip", paths, workers=2, scheduler="local-cluster")
    assert list(alone) == list(together) == list(on_cluster) == paths
    assert all((alone[path] == together[path]).all() and (alone[path] == on_cluster[path]).all() for path in paths)


@dataclass(frozen=True)
class Deadly(LocalFile):
    """Ends the process that opens it, unless that is the one that began."""

    def open(self) -> BinaryIO:
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().open()


@dataclass(frozen=True)
class DeadlyFolder(LocalFolder):
    """One of its files is deadly."""

    deadly: str = "031.png"

    def entries(self) -> Iterator[tuple[str, LocalFile | None]]:
        for path, content in super().entries():
            yield path, Deadly(content.path) if content is not None and path == self.deadly else content


def test_a_series_that_ends_every_process_is_the_only_one_without_a_picture(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = [f"{index:03}.png" for index in range(64)]
    for index, path in enumerate(paths):
        (folder / path).write_bytes(picture(shade=index))
    drawn_paths = list(thumbnails_in(tmp_path, DeadlyFolder(folder), paths, workers=2))
    assert drawn_paths == [path for path in paths if path != "031.png"]


@pytest.mark.parametrize(
    ("size_bytes", "is_drawn_here"),
    [
        pytest.param(500_000, True, id="small ones, sooner than a process starts"),
        pytest.param(50_000_000, False, id="large ones, for which processes are worth their start"),
    ],
)
def test_uncompressed_slices_are_drawn_here_as_long_as_that_is_sooner(
    tmp_path: Path, size_bytes: int, is_drawn_here: bool
) -> None:
    folder = tmp_path / "slices"
    folder.mkdir()
    paths = [f"{index:03}.dcm" for index in range(64)]
    for path in paths:
        (folder / path).write_bytes(dicom_slice())
    content = DeadlyFolder(folder, deadly="031.dcm")
    stated = {"size_bytes": size_bytes, "transfer_syntax_uid": "1.2.840.10008.1.2.1"}
    assert ("031.dcm" in thumbnails_in(tmp_path, content, paths, workers=2, **stated)) is is_drawn_here


def test_drawing_stops_when_the_person_cancels(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        thumbnails_of(tmp_path, zip_of({"a.png": picture()}), "a.zip", ["a.zip!/a.png"], watcher=Impatient())


def test_thumbnail_of_an_axial_volume_has_the_nose_up_and_the_right_side_on_the_left() -> None:
    data = np.zeros((20, 20, 20), np.int16)
    data[15:, 15:, :] = 1000  # right and front, in RAS
    member = member_of(nib.Nifti1Image(data, np.eye(4)).to_bytes(), "a.nii")
    image = drawn(drawing.tile(readers.middle_picture(member), "MR", ("head",)).image)
    assert image[20, 20] > 245
    assert max(image[20, 140], image[140, 20], image[140, 140]) < 10


@pytest.mark.parametrize(("kind", "shape"), [("JPEG", (400, 300, 3)), ("PNG", (320, 240, 3))])
def test_a_large_photograph_comes_smaller_and_stands_upright(kind: str, shape: tuple[int, int, int]) -> None:
    grey = np.tile(np.linspace(0, 255, 1600).astype(np.uint8), (1200, 1))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what lies right belongs below
    stream = io.BytesIO()
    Image.fromarray(np.dstack([grey] * 3)).save(stream, kind, exif=exif)
    member = member_of(stream.getvalue(), f"a.{kind}")
    small = readers.small_picture(member, 320).pixels
    assert (small.shape, readers.middle_picture(member).pixels.shape) == (shape, (1600, 1200, 3))
    assert small[:20].mean() < 20
    assert small[-20:].mean() > 235
