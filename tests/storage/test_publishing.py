"""Two processes publish at once: every version is whole the moment it is seen, and none is lost."""

import multiprocessing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from biodatamine_core import storage, tables, versions
from biodatamine_core.records import Mode, Summary, Version
from biodatamine_core.storage import Storage
from tests.seaweed import Seaweed

PREFIX = "workspaces/default/datasets/chest/"


@pytest.fixture(params=["folder", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    if request.param == "S3":
        seaweed: Seaweed = request.getfixturevalue("seaweed")
        return storage.connect(seaweed.address(), tmp_path / "state")
    return storage.connect(str(tmp_path / "store"))


def publish_many(address: str, folder: Path, name: str, times: int) -> None:
    staged = {table: folder / name / f"{table}.parquet" for table in ("files", "series")}
    (folder / name).mkdir()
    for table, path in staged.items():
        with tables.Writer(table, path):
            pass
    for number in range(times):
        draft = Version(0, f"{name} {number}", Mode.FULL, "1", "", Summary(files=1, readable_files=1), {})
        versions.publish(storage.connect(address), PREFIX, draft, staged)


def published_by_two(store: Storage, folder: Path, times: int) -> list[str]:
    """The identities of all versions in their order; each was read whole as soon as it was seen."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=publish_many, args=(store.url, folder, name, times)) for name in ("ana", "ben")]
    for writer in writers:
        writer.start()
    seen: dict[int, str] = {}
    is_working = True
    while is_working:
        is_working = any(writer.is_alive() for writer in writers)  # before the look: the last one sees everything
        for number in versions.numbers(store, PREFIX):
            if number not in seen:
                version = versions.read(store, PREFIX, number)
                for paths in versions.parquet_paths(store, version).values():
                    assert [pq.read_table(path).num_rows for path in paths] == [0]
                seen[number] = version.identity
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(seen) == list(range(1, 2 * times + 1))
    return [seen[number] for number in sorted(seen)]


def test_two_processes_publish_whole_versions_and_lose_none(store: Storage, tmp_path: Path) -> None:
    identities = published_by_two(store, tmp_path, times=2)
    assert sorted(identities) == sorted(f"{name} {number}" for name in ("ana", "ben") for number in range(2))


@pytest.mark.long
def test_two_processes_publish_thirty_versions_each(store: Storage, tmp_path: Path) -> None:
    assert len(set(published_by_two(store, tmp_path, times=30))) == 60
