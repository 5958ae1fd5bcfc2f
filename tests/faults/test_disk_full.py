"""A disk without room: a sentence before the download where its size is known, else as soon as it is full."""

import multiprocessing
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from biodatamine_core.download import Terms, download
from biodatamine_core.errors import BioDataMineError
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport
from tests.faulty_server import Fault, faulty_server

DATA = bytes(range(256)) * 16384  # 4 MiB
ROOM_BYTES = 2 << 20


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 2 MiB where one may be mounted; elsewhere no file of this process may grow past 2 MiB."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, ROOM_BYTES))
    try:
        yield
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


def what_is_said(url: str, state: Path, store: Path, size_bytes: int | None, answer: Connection) -> None:
    """In a process of its own, because a limit on file sizes stays with the process."""
    state.mkdir()
    with small_disk(state):
        reach = Reach(Transport(frozenset({"127.0.0.1"})), LocalStorage(store))
        terms = Terms(10**9, lambda received, expected: None)
        try:
            download(Artifact("data.zip", url, size_bytes), reach, state, terms)
            answer.send("it was stored")
        except BioDataMineError as error:
            answer.send(f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("has_length", [True, False], ids=["its size is announced", "its size is not known"])
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, has_length: bool) -> None:
    ours, theirs = multiprocessing.Pipe()
    with faulty_server(DATA) as server:
        if not has_length:
            server.always = Fault(has_length=False)
        process = multiprocessing.get_context("spawn").Process(
            target=what_is_said, args=(server.url(), tmp_path / "state", tmp_path / "store", None, theirs)
        )
        process.start()
        assert ours.poll(60)
        said = ours.recv()
        process.join()
    assert said.startswith("DiskFull: ") and "data.zip" in said and "Make room there and scan again" in said
    assert not list((tmp_path / "store").rglob("objects/*")), "nothing is stored of half a file"
