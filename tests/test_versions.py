"""Publishing: one atomic step, numbered, and nothing when nothing changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import storage, tables, versions
from biodatamine_core.errors import StorageConflict
from biodatamine_core.records import Mode, Origin, OriginKind, Summary, Version
from biodatamine_core.storage import LocalStorage

PREFIX = "workspaces/w/datasets/d/"


def draft(identity: str) -> Version:
    return Version(0, identity, Mode.FULL, "1", "", Summary(files=3, modalities={"CT": 2}), {})


@pytest.fixture
def staged(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / "staging" / f"{name}.parquet" for name in tables.RECORDS}
    for name, path in paths.items():
        with tables.Writer(name, path):
            pass
    return paths


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def test_the_first_version_is_number_one_and_reads_back_whole(store: LocalStorage, staged: dict[str, Path]) -> None:
    published = versions.publish(store, PREFIX, draft("a"), staged)
    assert published.number == 1
    assert versions.latest(store, PREFIX) == published
    assert {*versions.parquet_paths(store, published)} == {*tables.RECORDS}


def test_the_same_identity_makes_no_second_version(store: LocalStorage, staged: dict[str, Path]) -> None:
    first = versions.publish(store, PREFIX, draft("a"), staged)
    assert versions.publish(store, PREFIX, draft("a"), staged) == first
    assert versions.numbers(store, PREFIX) == [1]


def test_a_changed_identity_makes_the_next_number_and_keeps_the_old(
    store: LocalStorage, staged: dict[str, Path]
) -> None:
    first = versions.publish(store, PREFIX, draft("a"), staged)
    versions.publish(store, PREFIX, draft("b"), staged)
    assert versions.numbers(store, PREFIX) == [1, 2]
    assert versions.read(store, PREFIX, 1) == first


def test_version_ten_comes_after_version_nine(store: LocalStorage, staged: dict[str, Path]) -> None:
    for number in range(10):
        versions.publish(store, PREFIX, draft(str(number)), staged)
    latest = versions.latest(store, PREFIX)
    assert latest is not None and latest.number == 10


class LosesTheRaceOnce(LocalStorage):
    """Somebody else publishes version 1 just before we do."""

    def put_if_absent(self, key: str, data: bytes) -> str:
        if key.endswith("versions/1/version.json") and self.size_bytes(key) is None:
            super().put_if_absent(key, data.replace(b'"ours"', b'"theirs"'))
            raise StorageConflict("taken")
        return super().put_if_absent(key, data)


def test_who_loses_the_number_takes_the_next(tmp_path: Path, staged: dict[str, Path]) -> None:
    store = LosesTheRaceOnce(tmp_path / "store")
    published = versions.publish(store, PREFIX, draft("ours"), staged)
    assert (published.number, published.identity) == (2, "ours")
    assert versions.numbers(store, PREFIX) == [1, 2]
    assert all(path.is_file() for paths in versions.parquet_paths(store, published).values() for path in paths)


def test_tables_that_a_killed_run_left_are_no_part_of_the_version(store: LocalStorage, staged: dict[str, Path]) -> None:
    store.put(f"{PREFIX}versions/1/files/dead.parquet", b"half")
    published = versions.publish(store, PREFIX, draft("a"), staged)
    left = {entry.key for entry in store.list(f"{PREFIX}versions/1/")}
    named = {key for keys in published.tables.values() for key in keys}
    assert left == named | {f"{PREFIX}versions/1/version.json"}


def test_a_version_is_partial_when_a_file_was_not_read() -> None:
    whole = replace(draft("a"), summary=Summary(files=2, readable_files=2))
    part = replace(draft("a"), summary=Summary(files=2, readable_files=1))
    assert (whole.is_partial, part.is_partial) == (False, True)


def test_a_store_opened_again_sees_what_was_published(store: LocalStorage, staged: dict[str, Path]) -> None:
    published = versions.publish(store, PREFIX, draft("a"), staged)
    assert versions.latest(storage.connect(store.url), PREFIX) == published


def test_a_version_remembers_where_its_bytes_lie(store: LocalStorage, staged: dict[str, Path]) -> None:
    origin = Origin(OriginKind.FILE, "/data/chest.zip", "chest.zip", "file:ab", 12)
    published = versions.publish(store, PREFIX, replace(draft("a"), contents=(origin,)), staged)
    assert versions.read(store, PREFIX, published.number).contents == (origin,)
