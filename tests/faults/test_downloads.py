"""Whatever a server does, a download ends with the exact bytes or with a sentence that says why not."""

import gzip
import hashlib
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from biodatamine_core.download import Terms, download
from biodatamine_core.errors import (
    AddressRefused,
    BioDataMineError,
    BrokenOff,
    Cancelled,
    DownloadFailed,
    LimitExceeded,
    NotTheData,
    PutAside,
)
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.sources import Reach
from biodatamine_core.storage import LocalStorage, StoredObject
from biodatamine_core.transport import Transport
from tests.faulty_server import Fault, FaultyServer, faulty_server

DATA = random.Random(1).randbytes(1_000_000)
OTHER = random.Random(2).randbytes(1_000_000)
PART = 150_000


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server(DATA) as running:
        yield running


@dataclass
class Downloader:
    """Downloads into a store and a state folder of its own; spends no time between attempts, but counts it."""

    folder: Path
    pauses: list[float] = field(default_factory=list)

    def reach(self, **options: object) -> Reach:
        transport = Transport(frozenset({"127.0.0.1"}), **{"wait": self.pauses.append, **options})  # type: ignore[arg-type]
        return Reach(transport, LocalStorage(self.folder / "store"))

    def get(
        self,
        artifact: Artifact,
        on_bytes: Callable[[int, int | None], None] = lambda received, expected: None,
        **options: object,
    ) -> bytes:
        reach = self.reach(**options)
        terms = Terms(10**9, on_bytes, part_bytes=PART, connections=3)
        content = download(artifact, reach, self.folder / "state" / "downloads", terms).content
        assert isinstance(content, StoredObject)
        data = reach.storage.read(content.key).data
        assert hashlib.sha256(data).hexdigest() == content.sha256
        assert self.left() == []
        return data

    def left(self) -> list[str]:
        return [path.name for path in (self.folder / "state" / "downloads").glob("*")]


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    return Downloader(tmp_path)


def plain(server: FaultyServer) -> Artifact:
    """Known by its address only: one stream."""
    return Artifact("data.zip", server.url())


def listed(server: FaultyServer) -> Artifact:
    """Its size and ETag are known: parallel ranges."""
    return Artifact("data.zip", server.url(), len(DATA), validator=Validator('"1"', None, len(DATA)))


# -------------------------------------------------------------------------------------------------- broken off


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_connection_cut_at_any_tenth_is_gone_on_with_there(
    server: FaultyServer, downloader: Downloader, tenth: int
) -> None:
    server.will(Fault(cut_after=tenth * len(DATA) // 10))
    assert downloader.get(plain(server)) == DATA
    assert server.asked_ranges() == [None, f"bytes={tenth * len(DATA) // 10}-999999"]
    assert server.requests[1][2]["If-Range"] == '"1"'
    assert server.body_bytes == len(DATA), "no byte comes twice"


def test_a_connection_cut_at_every_tenth_arrives_all_the_same(server: FaultyServer, downloader: Downloader) -> None:
    server.always = Fault(cut_after=len(DATA) // 10)
    assert downloader.get(plain(server)) == DATA
    assert (len(server.asked_ranges()), server.body_bytes) == (10, len(DATA))


def test_a_large_file_comes_in_parallel_ranges(server: FaultyServer, downloader: Downloader) -> None:
    assert downloader.get(listed(server)) == DATA
    starts = sorted(int(str(asked).removeprefix("bytes=").split("-")[0]) for asked in server.asked_ranges())
    assert starts == list(range(0, len(DATA), PART))
    assert server.body_bytes == len(DATA)


def test_parallel_ranges_that_break_arrive_whole(server: FaultyServer, downloader: Downloader) -> None:
    server.always = Fault(cut_after=PART * 2 // 3)
    assert downloader.get(listed(server)) == DATA
    assert server.body_bytes == len(DATA)


def test_a_server_that_always_breaks_off_at_once_is_given_up(server: FaultyServer, downloader: Downloader) -> None:
    server.always = Fault(cut_after=10)
    with pytest.raises(BrokenOff, match=r"/data\.zip broke off after 10 bytes"):
        downloader.get(plain(server))
    assert len(server.requests) == 4


def test_what_arrived_before_it_was_given_up_is_gone_on_with_next_time(
    server: FaultyServer, downloader: Downloader
) -> None:
    server.will(Fault(cut_after=400_000), *[Fault(status=404)])
    with pytest.raises(DownloadFailed, match="404"):
        downloader.get(plain(server))
    assert len(downloader.left()) == 2, "the bytes, and beside them which of them are there"
    assert downloader.get(plain(server)) == DATA
    assert server.asked_ranges()[-1] == "bytes=400000-999999"


# ---------------------------------------------------------------------------------------- servers that get it wrong


@pytest.mark.parametrize("artifact", [plain, listed])
def test_a_server_without_ranges_is_asked_for_everything_again(
    server: FaultyServer, downloader: Downloader, artifact: Callable[[FaultyServer], Artifact]
) -> None:
    server.always = Fault(knows_ranges=False)
    server.will(Fault(cut_after=400_000, knows_ranges=False))
    assert downloader.get(artifact(server)) == DATA


def test_without_a_validator_nothing_is_pieced_together(server: FaultyServer, downloader: Downloader) -> None:
    server.has_validator = False
    server.will(Fault(cut_after=400_000))
    assert downloader.get(plain(server)) == DATA
    assert server.asked_ranges() == [None, None]


def test_without_a_validator_a_checksum_allows_to_go_on(server: FaultyServer, downloader: Downloader) -> None:
    server.has_validator = False
    server.will(Fault(cut_after=400_000))
    checksum = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    assert downloader.get(Artifact("data.zip", server.url(), len(DATA), checksum)) == DATA
    assert server.asked_ranges() == [None, "bytes=400000-999999"]


@pytest.mark.parametrize("artifact", [plain, listed])
@pytest.mark.parametrize("request_number", [1, 2, 3])
def test_a_file_that_changes_on_the_way_is_one_of_the_two_and_never_a_mixture(
    server: FaultyServer,
    downloader: Downloader,
    artifact: Callable[[FaultyServer], Artifact],
    request_number: int,
) -> None:
    server.will(*[Fault(cut_after=100_000)] * request_number, Fault(becomes=OTHER))
    assert downloader.get(artifact(server)) == OTHER


@pytest.mark.parametrize("artifact", [plain, listed])
def test_a_server_that_sends_parts_of_another_file_unasked_is_found_out(
    server: FaultyServer, downloader: Downloader, artifact: Callable[[FaultyServer], Artifact]
) -> None:
    server.always = Fault(knows_conditions=False)
    server.will(Fault(cut_after=100_000), Fault(becomes=OTHER, knows_conditions=False))
    assert downloader.get(artifact(server)) == OTHER


def test_a_file_that_never_settles_is_told_plainly(server: FaultyServer, downloader: Downloader) -> None:
    server.will(*[Fault(becomes=random.Random(seed).randbytes(900_000), cut_after=300_000) for seed in range(99)])
    with pytest.raises(DownloadFailed, match=r"/data\.zip (changes again and again|broke off)"):
        downloader.get(listed(server))


@pytest.mark.parametrize("status", [429, 503])
def test_bursts_of_refusal_are_waited_for(server: FaultyServer, downloader: Downloader, status: int) -> None:
    burst = [Fault(status=status, headers={"Retry-After": "3"})] * 3
    server.will(*burst, Fault(cut_after=300_000), *burst, Fault(cut_after=300_000), *burst)
    assert downloader.get(plain(server)) == DATA
    assert downloader.pauses.count(3.0) == 9


def test_more_than_there_is_announced_ends_in_a_sentence(server: FaultyServer, downloader: Downloader) -> None:
    server.has_validator, server.always = False, Fault(claims=len(DATA) + 1)
    with pytest.raises(BrokenOff, match="broke off after 1,000,000 bytes of 1000001"):
        downloader.get(plain(server))
    assert downloader.left() == []


def test_less_than_was_listed_ends_in_a_sentence(server: FaultyServer, downloader: Downloader) -> None:
    server.always = Fault(claims=len(DATA) - 1)
    checksum = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    with pytest.raises(DownloadFailed, match="offers 999,999 bytes, but 1,000,000 were announced"):
        downloader.get(Artifact("data.zip", server.url(), len(DATA), checksum))


def test_a_drip_is_hung_up_on(server: FaultyServer, downloader: Downloader) -> None:
    server.always = Fault(drips=True)
    seconds = count()  # every look at the clock finds it a second later
    with pytest.raises(BrokenOff, match="sends so slowly that it would never end"):
        downloader.get(plain(server), clock=lambda: float(next(seconds)))
    assert server.body_bytes < len(DATA)


def test_a_bomb_that_is_packed_for_the_way_is_not_unpacked_whole(server: FaultyServer, downloader: Downloader) -> None:
    bomb = gzip.compress(bytes(200 << 20), 1)
    server.always = Fault(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(LimitExceeded, match="more than 100 to 1, as bombs do"):
        downloader.get(plain(server))
    assert downloader.left() == []


def test_a_sign_in_page_is_no_data_also_in_the_middle(server: FaultyServer, downloader: Downloader) -> None:
    page = Fault(body=b"<!doctype html><title>Sign in</title>", headers={"Content-Type": "text/html"})
    server.will(Fault(cut_after=400_000), page)
    with pytest.raises(NotTheData, match="sent an HTML page"):
        downloader.get(plain(server))


def test_a_redirect_loop_and_one_to_the_metadata_service_end_in_a_sentence(
    server: FaultyServer, downloader: Downloader
) -> None:
    server.always = Fault(status=302, headers={"Location": "/data.zip"})
    with pytest.raises(DownloadFailed, match="redirects more than 10 times"):
        downloader.get(plain(server))
    server.always = Fault(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    with pytest.raises(AddressRefused, match=r"169\.254\.169\.254"):
        downloader.get(plain(server))


def test_a_name_that_becomes_loopback_between_two_attempts_is_refused(
    server: FaultyServer, downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    look_ups: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *rest: object, **options: object) -> list[tuple[object, ...]]:
        look_ups.append(host)
        if len(look_ups) == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")
        return real("127.0.0.1", *rest, **options)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(AddressRefused, match=r"data\.example"):
        downloader.get(Artifact("data.zip", f"http://data.example:{server.port}/data.zip"))
    assert (look_ups, server.requests) == (["data.example"] * 2, [])


# ------------------------------------------------------------------------------------- processes that end, and others


def download_until_killed(url: str, folder: Path) -> None:
    def die(received_bytes: int, expected_bytes: int | None) -> None:
        if received_bytes:
            os.kill(os.getpid(), signal.SIGKILL)

    Downloader(folder).get(Artifact("data.zip", url), die)


def test_a_killed_download_is_gone_on_with_by_the_next_process(
    server: FaultyServer, downloader: Downloader, tmp_path: Path
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=download_until_killed, args=(server.url(), tmp_path))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(downloader.left()) == 2
    assert downloader.get(plain(server)) == DATA
    asked = server.asked_ranges()
    assert asked[0] is None and str(asked[1]).startswith("bytes=") and asked[1] != "bytes=0-999999"


def test_a_whole_file_that_was_not_stored_yet_asks_the_server_whether_it_holds(
    server: FaultyServer, downloader: Downloader
) -> None:
    def put_aside(received: int, expected: int | None) -> None:
        if received == len(DATA):
            raise PutAside("another time")

    for expected in (DATA, OTHER):
        server.will(Fault())
        with pytest.raises(PutAside):
            downloader.get(plain(server), put_aside)
        server.data, server.version = expected, server.version + (expected is OTHER)
        assert downloader.get(plain(server)) == expected


def test_two_downloads_of_one_address_do_not_disturb_each_other(
    server: FaultyServer, downloader: Downloader, tmp_path: Path
) -> None:
    server.will(Fault(holds_after=500_000))
    results: list[bytes] = []
    other = Downloader(tmp_path / "other store")
    (tmp_path / "other store").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "other store" / "state").symlink_to(tmp_path / "state")

    def slow() -> None:
        reach = downloader.reach()
        terms = Terms(10**9, lambda received, expected: None)
        done = download(plain(server), reach, tmp_path / "state" / "downloads", terms)
        results.append(reach.storage.read(done.content.key).data)

    thread = threading.Thread(target=slow)
    thread.start()
    assert server.holding.wait(30)
    terms = Terms(10**9, lambda received, expected: None)
    reach = other.reach()
    done = download(plain(server), reach, tmp_path / "state" / "downloads", terms)
    assert reach.storage.read(done.content.key).data == DATA
    server.go_on.set()
    thread.join(30)
    assert results == [DATA]


def test_what_a_person_cancelled_leaves_nothing(server: FaultyServer, downloader: Downloader) -> None:
    def cancel(received: int, expected: int | None) -> None:
        if received > 300_000:
            raise Cancelled("stopped")

    for artifact in (plain(server), listed(server)):
        with pytest.raises(Cancelled):
            downloader.get(artifact, cancel)
        assert downloader.left() == []


def test_old_leftovers_are_not_trusted(server: FaultyServer, downloader: Downloader) -> None:
    server.will(Fault(cut_after=400_000), Fault(status=404))
    with pytest.raises(BioDataMineError):
        downloader.get(plain(server))
    (state,) = (path for path in (downloader.folder / "state" / "downloads").glob("*.json"))
    state.write_text(state.read_text().replace('"boot_id": "', '"boot_id": "before the power cut '))
    assert downloader.get(plain(server)) == DATA
    assert server.asked_ranges()[-1] is None
