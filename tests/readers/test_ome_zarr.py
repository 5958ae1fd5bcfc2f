"""Zarr and OME-Zarr against the zarr library: facts, pictures, and nothing that a file could make us run."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

from biodatamine_core import readers
from biodatamine_core.readers.planes import planes
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember
from tests.readers.volumes import beside

VOXELS = np.arange(12 * 40 * 50, dtype=np.uint16).reshape(12, 40, 50)
AXES = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]


def inspect(member: Member) -> FileRecord:
    return readers.inspect(member, Pseudonym(b"test"), Mode.FULL)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def array(folder: Path, voxels: np.ndarray = VOXELS, version: int = 2, **how: Any) -> dict[str, bytes]:
    chunks = how.pop("chunks", (5, 16, 16)[-voxels.ndim :])
    made = zarr.create_array(folder, shape=voxels.shape, dtype=voxels.dtype, chunks=chunks, zarr_format=version, **how)
    made[:] = voxels
    return files_of(folder)


def pyramid(
    folder: Path, version: int = 2, axes: Sequence[Any] = AXES, voxels: np.ndarray = VOXELS
) -> dict[str, bytes]:
    """Two levels, the second one of every other pixel."""
    scale = [{"type": "scale", "scale": [2000.0, 500.0, 250.0][-voxels.ndim :]}]
    levels = [{"path": path, "coordinateTransformations": scale} for path in ("0", "1")]
    images = {"multiscales": [{"version": "0.4", "axes": axes, "datasets": levels}]}
    zarr.create_group(folder, zarr_format=version, attributes=images if version == 2 else {"ome": images})
    for path, level in (("0", voxels), ("1", voxels[..., ::2, ::2])):
        array(folder / path, level, version)
    return files_of(folder)


WAYS: dict[str, dict[str, Any]] = {
    "2, not packed": {"version": 2, "compressors": None},
    "2, blosc": {"version": 2, "compressors": numcodecs.Blosc()},
    "2, zlib": {"version": 2, "compressors": numcodecs.Zlib()},
    "2, gzip": {"version": 2, "compressors": numcodecs.GZip()},
    "2, bz2": {"version": 2, "compressors": numcodecs.BZ2()},
    "2, lz4": {"version": 2, "compressors": numcodecs.LZ4()},
    "2, zstd, in folders": {
        "version": 2, "compressors": numcodecs.Zstd(), "chunk_key_encoding": {"name": "v2", "separator": "/"},
    },
    "2, Fortran's order": {"version": 2, "order": "F"},
    "3": {"version": 3},
    "3, not packed": {"version": 3, "compressors": None},
    "3, blosc": {"version": 3, "compressors": BloscCodec()},
    "3, gzip": {"version": 3, "compressors": GzipCodec()},
    "3, zstd, named as in 2": {"version": 3, "compressors": ZstdCodec(), "chunk_key_encoding": {"name": "v2"}},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_an_array_is_one_image_however_it_is_packed(tmp_path: Path, way: str) -> None:
    files = array(tmp_path / "a", **WAYS[way])
    head = ".zarray" if ".zarray" in files else "zarr.json"
    record = inspect(beside(files, head))
    assert (record.format, record.role, record.readable, record.shape) == ("Zarr", Role.IMAGE, True, (50, 40, 12))
    assert (record.dtype, record.data_files, record.spacing_mm) == ("uint16", ("**",), None)
    assert (readers.middle_picture(beside(files, head)).pixels == VOXELS[6]).all()
    found = [picture.pixels for picture in planes(beside(files, head), (0, 4, 11)) or ()]
    assert all((one == VOXELS[number]).all() for one, number in zip(found, (0, 4, 11), strict=True))


@pytest.mark.parametrize("version", [2, 3])
def test_a_pyramid_is_its_first_level_with_its_spacing(tmp_path: Path, version: int) -> None:
    files = pyramid(tmp_path / "a", version)
    head = ".zattrs" if version == 2 else "zarr.json"
    record = inspect(beside(files, head))
    assert (record.format, record.role, record.shape) == ("OME-Zarr", Role.IMAGE, (50, 40, 12))
    assert record.spacing_mm == pytest.approx((0.25, 0.5, 2.0))
    picture = readers.middle_picture(beside(files, head))
    assert (picture.pixels == VOXELS[6]).all()
    assert picture.pixel_aspect == pytest.approx(2.0)


def test_a_picture_of_a_large_pyramid_is_made_of_its_smallest_fitting_level(tmp_path: Path) -> None:
    large = np.zeros((1400, 1400), np.uint8)
    files = pyramid(tmp_path / "a", 2, AXES[1:], large)
    assert inspect(beside(files, ".zattrs")).shape == (1400, 1400)
    assert readers.middle_picture(beside(files, ".zattrs")).pixels.shape == (700, 700)


def test_times_and_channels_are_told_apart_by_their_names(tmp_path: Path) -> None:
    axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}, *AXES[1:]]
    images = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    zarr.create_group(tmp_path / "a", zarr_format=2, attributes=images)
    voxels = np.arange(3 * 2 * 40 * 50, dtype=np.float32).reshape(3, 2, 40, 50)
    array(tmp_path / "a/0", voxels, chunks=(1, 1, 40, 50))
    files = files_of(tmp_path / "a")
    record = inspect(beside(files, ".zattrs"))
    assert (record.shape, record.channels, record.spacing_mm) == ((50, 40, 1, 3), 2, None)
    assert (readers.middle_picture(beside(files, ".zattrs")).pixels == voxels[1, 0]).all()


def test_other_metadata_are_sidecars_and_chunks_that_are_not_there_are_empty(tmp_path: Path) -> None:
    files = pyramid(tmp_path / "a")
    assert (inspect(beside(files, ".zgroup")).role, inspect(beside(files, ".zgroup")).readable) == (Role.SIDECAR, True)
    del files["0/.zarray"], files["1/.zarray"]
    assert inspect(beside(files, ".zattrs")).problem_kind is ProblemKind.MISSING_PART
    alone = {".zarray": array(tmp_path / "b", compressors=None)[".zarray"]}
    assert (readers.middle_picture(beside(alone, ".zarray")).pixels == 0).all()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param({"compressor": {"id": "pickle"}}, ProblemKind.UNSUPPORTED, id="pickle"),
        pytest.param({"filters": [{"id": "pickle"}]}, ProblemKind.UNSUPPORTED, id="pickle as a filter"),
        pytest.param({"chunks": [1 << 20, 1 << 20, 1 << 20]}, ProblemKind.TOO_LARGE, id="huge chunk"),
        pytest.param({"shape": [10, 1 << 40, 1 << 40]}, ProblemKind.TOO_LARGE, id="huge slice"),
        pytest.param({"chunks": [1, 1, 1], "shape": [9, 9000, 9000]}, ProblemKind.TOO_LARGE, id="many chunks"),
        pytest.param({"chunks": [5, 16, 8]}, ProblemKind.TRUNCATED, id="chunks of another size"),
    ],
)
def test_what_a_file_must_not_make_us_do_is_refused(tmp_path: Path, change: dict[str, Any], kind: ProblemKind) -> None:
    files = array(tmp_path / "a", compressors=None)
    files[".zarray"] = json.dumps(json.loads(files[".zarray"]) | change).encode()
    with pytest.raises(UnreadableMember) as caught:
        readers.middle_picture(beside(files, ".zarray"))
    assert caught.value.problem.kind is kind


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_damage_to_the_metadata_makes_the_reader_raise(data: st.DataObject) -> None:
    images = {"multiscales": [{"axes": AXES, "datasets": [{"path": "0"}]}]}
    layout = {"zarr_format": 2, "shape": [9, 9, 9], "chunks": [9, 9, 9], "dtype": "<u2", "compressor": None}
    strange = st.one_of(
        st.none(), st.integers(-2, 9), st.text(max_size=3), st.lists(st.integers(-2, 1 << 70), max_size=3)
    )
    layout[data.draw(st.sampled_from(sorted(layout)))] = data.draw(strange)
    images["multiscales"][0][data.draw(st.sampled_from(["axes", "datasets", "more"]))] = data.draw(strange)
    files = {".zattrs": json.dumps(images).encode(), "0/.zarray": json.dumps(layout).encode(), "0/0.0.0": bytes(1458)}
    for name in (".zattrs", "0/.zarray"):
        record = inspect(beside(files, name))
        assert record.readable == (record.problem is None) == (record.problem_kind is None)
        with suppress(UnreadableMember):
            assert readers.middle_picture(beside(files, name)).pixels.size
