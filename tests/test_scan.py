"""A scan gives every member one row, in order, whatever is inside and whatever happens to its workers."""

import gzip
import io
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biodatamine_core import archives
from biodatamine_core.errors import Cancelled, LimitExceeded, UnreadableContent
from biodatamine_core.records import (
    Content,
    ContentTree,
    Member,
    Mode,
    Problem,
    ProblemKind,
    Progress,
    Pseudonym,
)
from biodatamine_core.scan import scan
from biodatamine_core.scan.begun import kept
from biodatamine_core.scan.one_file import Inspecting, Orders
from biodatamine_core.scan.sharding import Done, Shard, inspect_shard, shards
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile, LocalFolder
from tests.archives.arrange import put, with_directory_entry
from tests.builders import dicom_slice, dicom_volume, nifti, picture, tar_of, zip_of

Rows = list[dict[str, Any]]

MIXED = {
    "ct/1.dcm": dicom_slice(),
    "t1.nii.gz": nifti(compressed=True),
    "xray.png": picture(),
    "empty.dcm": b"",
    "notes.txt": b"a note\n",
    "odd.bin": bytes(range(1, 200)),
}


@pytest.fixture
def eager_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a pool for less work than is worth it."""
    monkeypatch.setattr("biodatamine_core.scan.POOL_IS_WORTH_SECONDS", 0.2)


@dataclass
class Watch:
    """Listens to a scan; `act` is called at every check."""

    act: Callable[[], None] = lambda: None
    heard: list[Progress] = field(default_factory=list)

    def report(self, progress: Progress) -> None:
        self.heard.append(progress)

    def check(self) -> None:
        self.act()


def rows_of(
    *contents: Content | ContentTree,
    mode: Mode = Mode.FULL,
    only: str | None = None,
    limits: Limits | None = None,
    workers: int = 1,
    watch: Watch | None = None,
) -> Rows:
    """Scan the contents and read the table back, in its order."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "files.parquet"
        scan(contents, mode, only, limits or Limits(), Pseudonym(b"secret"), workers, table, watch or Watch())
        with duckdb.connect() as connection:
            found = connection.execute("SELECT * FROM read_parquet(?)", [str(table)])
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def column(rows: Rows, name: str) -> dict[str, Any]:
    return {row["path"]: row[name] for row in rows}


@dataclass(frozen=True, slots=True)
class KillingContent:
    """A file whose reading ends the process that reads it, as a crash in a decoder does."""

    name: str
    parent: int
    size_bytes: int = 100_000_000
    identity: str = "killing"

    def open(self) -> BinaryIO:
        assert os.getpid() != self.parent, "it must not be read in the test's own process"
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")


@dataclass(frozen=True, slots=True)
class ReadOnce:
    """A file that is gone once it was read to its end."""

    name: str
    marker: Path
    data: bytes
    identity: str = "read once"

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        if self.marker.exists():
            raise FileNotFoundError(2, "It was read already")
        return MarkedAtEnd(self.data, self.marker)


class MarkedAtEnd(io.BytesIO):
    def __init__(self, data: bytes, marker: Path) -> None:
        super().__init__(data)
        self.marker = marker

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            self.marker.touch()
        return data


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of given contents."""

    contents: tuple[tuple[str, Content], ...]
    name: str = "tree"
    identity: str = "tree"
    size_bytes: int = 0

    def entries(self) -> Iterator[tuple[str, Content | None]]:
        yield from self.contents


def test_every_member_has_one_row_in_order(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "a.zip", zip_of(MIXED)))
    assert [(row["path"], row["format"], row["problem_kind"]) for row in rows] == [
        ("a.zip!/ct/1.dcm", "DICOM", None),
        ("a.zip!/t1.nii.gz", "NIfTI", None),
        ("a.zip!/xray.png", "PNG", None),
        ("a.zip!/empty.dcm", "unknown", "empty"),
        ("a.zip!/notes.txt", "text", None),
        ("a.zip!/odd.bin", "unknown", "unknown-format"),
    ]
    assert [row["readable"] for row in rows] == [True, True, True, False, True, False]


@pytest.mark.parametrize("mode", list(Mode))
def test_the_archive_makes_no_difference_to_the_facts(tmp_path: Path, mode: Mode) -> None:
    of_the_archive = {"file_id", "path", "packed_bytes", "crc32"}

    def facts(content: Content | ContentTree) -> list[dict[str, Any]]:
        rows = sorted(rows_of(content, mode=mode), key=lambda row: str(row["path"]).rsplit("!/", 1)[-1])
        return [{name: value for name, value in row.items() if name not in of_the_archive} for row in rows]

    for name, data in MIXED.items():
        put(tmp_path / "folder", name, data)
    expected = facts(LocalFolder(tmp_path / "folder"))
    assert facts(put(tmp_path, "a.zip", zip_of(MIXED))) == expected
    assert facts(put(tmp_path, "a.tar", tar_of(MIXED))) == expected
    assert facts(put(tmp_path, "a.tar.gz", tar_of(MIXED, "w:gz"))) == expected


@pytest.mark.parametrize("workers", [1, 2])
def test_files_of_inner_archives_have_their_rows_in_the_order_of_the_walk(
    tmp_path: Path, eager_pool: None, workers: int
) -> None:
    volume = dicom_volume(200)
    inner = {"a.zip": zip_of(volume), "b.tar.gz": tar_of({"x.png": picture()}, "w:gz"), "c.zip": zip_of(volume)}
    for name, data in {"outer.zip": zip_of(inner), "single.dcm": dicom_slice()}.items():
        put(tmp_path / "data", name, data)
    rows = rows_of(LocalFolder(tmp_path / "data"), workers=workers)
    expected = [f"outer.zip!/a.zip!/{name}" for name in volume]
    expected += ["outer.zip!/b.tar.gz!/x.png", *(f"outer.zip!/c.zip!/{name}" for name in volume), "single.dcm"]
    assert [row["path"] for row in rows] == expected
    assert all(row["readable"] for row in rows)
    assert len({row["file_id"] for row in rows}) == len(rows)


def test_sizes_checksum_and_hash_are_those_of_the_bytes(tmp_path: Path) -> None:
    data = picture()
    (row,) = rows_of(put(tmp_path, "a.zip", zip_of({"x.png": data})))
    assert (row["size_bytes"], row["crc32"], row["content_hash"], row["compression"]) == (
        len(data),
        zlib.crc32(data),
        xxhash.xxh3_128_hexdigest(data),
        None,
    )


def test_a_compressed_file_is_hashed_by_what_it_holds(tmp_path: Path) -> None:
    plain = nifti()
    put(tmp_path, "a.nii", plain)
    put(tmp_path, "b.nii.gz", gzip.compress(plain, 1))
    put(tmp_path, "c.nii.gz", gzip.compress(plain, 9))
    rows = rows_of(LocalFolder(tmp_path))
    assert {row["content_hash"] for row in rows} == {xxhash.xxh3_128_hexdigest(plain)}
    assert [row["compression"] for row in rows] == [None, "gzip", "gzip"]
    assert [row["size_bytes"] for row in rows] == [
        len(plain),
        *(p.stat().st_size for p in sorted(tmp_path.glob("*.gz"))),
    ]


def test_a_file_larger_than_what_is_held_is_hashed_whole_and_read_again(tmp_path: Path) -> None:
    large = nifti(shape=(256, 256, 140))
    files = {"a.nii": large, "b.nii.gz": gzip.compress(large, 1)}
    for name, packed in (("a.zip", zip_of(files)), ("a.tgz", tar_of(files, "w:gz"))):
        rows = rows_of(put(tmp_path, name, packed))
        assert {row["content_hash"] for row in rows} == {xxhash.xxh3_128_hexdigest(large)}
        assert [row["shape"] for row in rows] == [[256, 256, 140]] * 2


def test_a_headers_scan_neither_hashes_nor_reads_to_the_end(tmp_path: Path) -> None:
    damaged = with_directory_entry(zip_of({"a.nii": nifti(shape=(64, 64, 64))}), "a.nii", crc32=1)
    content = put(tmp_path, "a.zip", damaged)
    (headers,) = rows_of(content, mode=Mode.HEADERS)
    assert (headers["readable"], headers["shape"], headers["content_hash"]) == (True, [64, 64, 64], None)
    (full,) = rows_of(content)
    assert (full["readable"], full["format"], full["problem_kind"], full["content_hash"]) == (
        False,
        "NIfTI",
        "wrong-checksum",
        None,
    )


def test_a_refused_member_has_its_row_and_the_scan_goes_on(tmp_path: Path) -> None:
    data = zip_of({"../climbs.dcm": b"1", "locked.dcm": b"2", "good.txt": b"text\n"})
    rows = rows_of(put(tmp_path, "a.zip", with_directory_entry(data, "locked.dcm", flags=1)))
    assert column(rows, "problem_kind") == {
        "a.zip!/../climbs.dcm": "unsafe-path",
        "a.zip!/locked.dcm": "encrypted",
        "a.zip!/good.txt": None,
    }


def test_a_truncated_archive_has_a_row_of_its_own(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "a.tar", tar_of({"a.txt": b"text\n"})[:1024]))
    assert column(rows, "problem_kind") == {"a.tar!/a.txt": None, "a.tar": "truncated"}


def test_a_file_that_disappears_is_a_problem_of_that_file(tmp_path: Path) -> None:
    gone = put(tmp_path, "gone.txt", b"text\n")
    tree = Tree((("gone.txt", gone), ("here.txt", put(tmp_path, "here.txt", b"text\n"))))
    gone.path.unlink()
    assert column(rows_of(tree), "problem_kind") == {"gone.txt": "corrupt", "here.txt": None}


@pytest.mark.usefixtures("eager_pool")
@pytest.mark.parametrize("mode", list(Mode))
def test_two_scans_are_equal_row_for_row_whatever_the_workers(tmp_path: Path, mode: Mode) -> None:
    content = many_files(tmp_path)
    first = rows_of(content, mode=mode)
    assert len(first) == 1000
    assert rows_of(content, mode=mode) == first
    assert rows_of(content, mode=mode, workers=2) == first


@pytest.mark.usefixtures("eager_pool")
def test_a_killed_worker_changes_no_row(tmp_path: Path) -> None:
    content = many_files(tmp_path)
    killed: list[int] = []

    def kill_one() -> None:
        if not killed and (children := multiprocessing.active_children()):
            killed.append(children[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    assert rows_of(content, workers=2, watch=Watch(kill_one)) == rows_of(content)
    assert killed


@pytest.mark.usefixtures("eager_pool")
def test_a_file_that_kills_its_reader_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    good = [(f"{n:03}.txt", put(tmp_path, f"{n:03}.txt", b"text\n")) for n in range(20)]
    tree = Tree((*good[:10], ("killer.dcm", KillingContent("killer.dcm", os.getpid())), *good[10:]))
    rows = rows_of(tree, workers=2)
    assert [row["path"] for row in rows] == [path for path, _ in tree.contents]
    assert [row["problem"] for row in rows if not row["readable"]] == [
        "Reading it ended the reading process; the file is probably damaged."
    ]


@pytest.mark.usefixtures("eager_pool")
def test_stopping_ends_the_scan_and_its_workers(tmp_path: Path) -> None:
    def stop_when_at_work() -> None:
        if multiprocessing.active_children():
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        rows_of(many_files(tmp_path), workers=2, watch=Watch(stop_when_at_work))
    assert multiprocessing.active_children() == []


def test_only_scans_a_part(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "a.zip", zip_of(MIXED)), only="ct/*")
    assert [row["path"] for row in rows] == ["a.zip!/ct/1.dcm"]


def test_several_contents_come_one_after_another(tmp_path: Path) -> None:
    contents = [
        put(tmp_path, "a.zip", zip_of({"1.txt": b"1\n"})),
        put(tmp_path, "b.tgz", tar_of({"2.txt": b"2\n"}, "w:gz")),
    ]
    assert [row["path"] for row in rows_of(*contents)] == ["a.zip!/1.txt", "b.tgz!/2.txt"]


def test_namesakes_have_ids_of_their_own(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "a.tar", tar_of({"a.txt": b"1\n"})[:1024] + tar_of({"a.txt": b"2\n"})))
    assert [(row["path"], row["occurrence"]) for row in rows] == [("a.tar!/a.txt", 0), ("a.tar!/a.txt", 1)]
    assert len({row["file_id"] for row in rows}) == 2


def test_what_is_unpacked_counts_against_the_limit_over_all_contents(tmp_path: Path) -> None:
    contents = [put(tmp_path, f"{n}.nii.gz", gzip.compress(bytes([n]) * 60_000)) for n in range(2)]
    with pytest.raises(
        LimitExceeded, match=r"^The dataset holds 0\.00012 GB unpacked \(limit BIODATAMINE_MAX_UNPACKED_GB=0\.0001\)"
    ):
        rows_of(*contents, limits=Limits(unpacked_bytes=100_000))


def test_files_count_against_the_limit_over_all_contents(tmp_path: Path) -> None:
    contents = [put(tmp_path, f"{n}.txt", b"text\n") for n in range(3)]
    with pytest.raises(LimitExceeded, match=r"^The dataset holds more than 2 files"):
        rows_of(*contents, limits=Limits(files=2))


def test_progress_ends_with_everything_counted(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of({**dicom_volume(3), **MIXED}))
    watch = Watch()
    rows = rows_of(content, watch=watch)
    last = watch.heard[-1]
    assert (last.files_done, last.files_total) == (9, 9)
    assert last.bytes_done == sum(row["packed_bytes"] for row in rows)
    assert last.bytes_total == content.size_bytes
    assert last.unreadable_files == 2
    assert last.formats == {"DICOM": 4, "NIfTI": 1, "PNG": 1, "text": 1, "unknown": 2}
    assert last.modalities == {"CT": 4}


def test_nothing_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [put(tmp_path, "a.zip", zip_of(MIXED)), put(tmp_path, "a.tgz", tar_of(MIXED, "w:gz"))]
    bare = tmp_path / "bare"
    bare.mkdir()
    monkeypatch.chdir(bare)
    monkeypatch.setattr(tempfile, "tempdir", str(bare))
    scan(contents, Mode.FULL, None, Limits(), Pseudonym(b"secret"), 1, tmp_path / "files.parquet", Watch())
    assert list(bare.iterdir()) == []


def test_workers_import_nothing_heavy_but_what_writes_their_batches(tmp_path: Path) -> None:
    files = {"a.dcm": dicom_slice(rows=4, columns=4), "b.nii": nifti((4, 4, 4)), "c.nii.gz": nifti(compressed=True)}
    content = put(tmp_path, "a.zip", zip_of(files))
    orders = Orders(Mode.FULL, Limits(), Pseudonym(b"secret"))
    shard = Shard(tuple(archives.walk(content, Limits())), content.identity)
    code = (
        "import pickle, sys\n"
        "from biodatamine_core.scan.sharding import inspect_shard\n"
        "done = inspect_shard(*pickle.load(sys.stdin.buffer))\n"
        "print(done.tally.files - done.tally.unreadable_files)\n"
        "print(sorted({'pandas', 'streamlit', 'plotly', 'nibabel', 'pydicom', 'duckdb', 'dask'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps((orders, shard)), capture_output=True)
    assert (done.stdout.decode().splitlines(), done.stderr) == (["3", "[]"], b"")


PACKS = pytest.mark.parametrize(
    "pack", [zip_of, tar_of, lambda files: tar_of(files, "w:gz")], ids=["zip", "tar", "tar.gz"]
)
Pack = Callable[[Mapping[str, bytes]], bytes]


@PACKS
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_ends_a_scan_with_another_error(tmp_path: Path, pack: Pack, data: st.DataObject) -> None:
    scan_damaged(tmp_path, pack, data)


@pytest.mark.long
@PACKS
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_at_all_ends_a_scan_with_another_error(tmp_path: Path, pack: Pack, data: st.DataObject) -> None:
    scan_damaged(tmp_path, pack, data)


def scan_damaged(folder: Path, pack: Pack, data: st.DataObject) -> None:
    files = {"a.dcm": dicom_slice(rows=4, columns=4), "b.nii.gz": nifti((4, 4, 4), compressed=True), "c.txt": b"c\n"}
    archive = bytearray(pack(files))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(archive) - 1), st.integers(0, 255)), max_size=6)):
        archive[at] = value
    cut = data.draw(st.integers(0, len(archive)))
    content = put(folder, "a", bytes(archive[:cut] if data.draw(st.booleans()) else archive))
    try:
        rows = rows_of(content, limits=Limits(unpacked_bytes=1_000_000, files=10))
    except (UnreadableContent, LimitExceeded):
        return
    assert all(row["readable"] is (row["problem_kind"] is None) for row in rows)


def test_what_became_of_a_shard_is_the_same_in_another_process(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of(MIXED))
    orders = Orders(Mode.FULL, Limits(), Pseudonym(b"secret"))
    done = inspect_shard(orders, Shard(tuple(archives.walk(content, Limits())), content.identity))
    arrived = pickle.loads(pickle.dumps(done))
    assert (arrived.batches[0].num_rows, arrived) == (len(MIXED), done)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is finished every few files."""
    monkeypatch.setattr("biodatamine_core.scan.parts._PART_ROWS", 5)
    monkeypatch.setattr("biodatamine_core.scan.sharding._SHARD_MEMBERS", 3)


def cut_off_and_again(table: Path, contents: list[Content | ContentTree], mode: Mode = Mode.FULL) -> tuple[Rows, Watch]:
    """A scan that is cut off behind its first parts, and a second one in the same place."""
    table.parent.mkdir()
    written = table.with_name(table.name + ".parts") / "00001.parquet"

    def stop_behind_two_parts() -> None:
        if written.exists():
            raise Cancelled("Stopped.")

    orders = (None, Limits(), Pseudonym(b"secret"), 1, table)
    with pytest.raises(Cancelled):
        scan(contents, Mode.FULL, *orders, Watch(stop_behind_two_parts))
    watch = Watch()
    scan(contents, mode, *orders, watch)
    assert sorted(table.parent.iterdir()) == [table]
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(table)])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()], watch


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("form", ["zip", "tar", "w:gz"])
def test_a_scan_that_was_cut_off_goes_on_behind_what_it_finished(tmp_path: Path, form: str) -> None:
    files = dicom_volume(30) | MIXED
    contents: list[Content | ContentTree] = [
        put(tmp_path, "a", zip_of(files) if form == "zip" else tar_of(files, "w" if form == "tar" else form)),
        put(tmp_path, "b.zip", zip_of(dicom_volume(5))),
    ]
    rows, watch = cut_off_and_again(tmp_path / "staging" / "files.parquet", contents)
    assert rows == rows_of(*contents)
    assert (watch.heard[-1].files_done, watch.heard[-1].formats["DICOM"]) == (41, 36)


@pytest.mark.usefixtures("small_parts")
def test_what_was_finished_is_not_read_again(tmp_path: Path) -> None:
    names = [f"{n:02}.dcm" for n in range(20)]
    contents: list[Content | ContentTree] = [
        Tree(tuple((name, ReadOnce(name, tmp_path / "read" / name, dicom_slice())) for name in names))
    ]
    (tmp_path / "read").mkdir()
    rows, _ = cut_off_and_again(tmp_path / "staging" / "files.parquet", contents)
    assert [row["path"] for row in rows] == names
    assert [row["problem_kind"] for row in rows[:12]] == [None] * 12


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("count", [5, 6, 10], ids=["one part", "one part and more", "two parts"])
def test_parts_make_no_difference_to_the_table(tmp_path: Path, count: int) -> None:
    content = put(tmp_path, "a.zip", zip_of({f"{n:02}.txt": b"%d\n" % n for n in range(count)}))
    assert [row["path"] for row in rows_of(content)] == [f"a.zip!/{n:02}.txt" for n in range(count)]


@pytest.mark.usefixtures("small_parts")
def test_parts_of_another_scan_are_thrown_away(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of(dicom_volume(30)))
    rows, _ = cut_off_and_again(tmp_path / "staging" / "files.parquet", [content], Mode.HEADERS)
    assert rows == rows_of(content, mode=Mode.HEADERS)


@pytest.mark.usefixtures("small_parts")
def test_parts_that_are_damaged_are_thrown_away(tmp_path: Path) -> None:
    content = put(tmp_path, "a.zip", zip_of(dicom_volume(30)))
    table = tmp_path / "files.parquet"
    parts = table.with_name(table.name + ".parts")

    def stop_and_damage() -> None:
        if (parts / "00001.parquet").exists():
            (parts / "00000.parquet").write_bytes(b"damaged")
            raise Cancelled("Stopped.")

    orders = (Mode.FULL, None, Limits(), Pseudonym(b"secret"), 1, table)
    with pytest.raises(Cancelled):
        scan([content], *orders, Watch(stop_and_damage))
    scan([content], *orders, Watch())
    with duckdb.connect() as connection:
        counted = connection.execute("SELECT count(DISTINCT file_id) FROM read_parquet(?)", [str(table)]).fetchone()
    assert counted == (30,)


@pytest.mark.usefixtures("eager_pool")
def test_files_of_a_solid_archive_that_take_a_decoder_are_read_by_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = picture()
    content = put(tmp_path, "a.tgz", tar_of({f"{n:04}.png": drawn for n in range(1000)}, "w:gz"))
    expected = rows_of(content)
    here: list[str] = []
    monkeypatch.setattr(Inspecting, "take", lambda _, member, __: here.append(member.path))
    assert rows_of(content, workers=2) == expected
    assert here == []


@pytest.mark.parametrize(
    ("mode", "files"),
    [
        pytest.param(Mode.FULL, {**dicom_volume(5), "x.nii": nifti((4, 4, 4)), "notes.txt": b"text\n"}, id="stored"),
        pytest.param(Mode.HEADERS, {"a.png": picture(), "b.png": picture()}, id="headers only"),
    ],
)
def test_other_files_of_a_solid_archive_are_read_where_it_is_unpacked(
    tmp_path: Path, mode: Mode, files: dict[str, bytes]
) -> None:
    content = put(tmp_path, "a.tgz", tar_of(files, "w:gz"))
    pieces = list(shards([content], None, Orders(mode, Limits(), Pseudonym(b"secret")), 0, True, lambda: None))
    assert [(type(piece), piece.tally.files) for piece in pieces if isinstance(piece, Done)] == [(Done, len(files))]
    assert len(pieces) == 1


@pytest.mark.parametrize("mode", list(Mode))
def test_large_files_of_a_solid_archive_are_looked_at_before_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    monkeypatch.setattr("biodatamine_core.scan.one_file.HELD_BYTES", 20_000)
    files = {"a.txt": b"a\n", **dicom_volume(3, rows=128, columns=128), "b.txt": b"b\n", "c.dcm": dicom_slice()}
    solid = rows_of(put(tmp_path, "a.tgz", tar_of(files, "w:gz")), mode=mode)
    told = ("path", "format", "problem_kind", "instance_number", "content_hash")
    apart = rows_of(put(tmp_path, "a.tgz", zip_of(files)), mode=mode)
    assert [[row[name] for name in told] for row in solid] == [[row[name] for name in told] for row in apart]


def test_a_member_that_the_disk_does_not_give_is_kept_with_its_problem() -> None:
    def fail() -> BinaryIO:
        raise OSError(5, "Input/output error")

    found = kept(Member("a.tgz!/1.dcm", fail, 10, is_streamed=True))
    assert (found.data, found.problem) == (
        b"",
        Problem(ProblemKind.CORRUPT, "It could not be read: Input/output error."),
    )


def many_files(folder: Path) -> LocalFile:
    """A zip that is worth a pool of workers."""
    picture_bytes = picture()
    files = {f"{n % 7}/{n:05}.png": picture_bytes for n in range(990)}
    return put(folder, "many.zip", zip_of({**files, **dicom_volume(10)}))
