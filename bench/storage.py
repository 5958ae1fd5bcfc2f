"""How much slower a page is with its storage on S3 than on a local folder, and how fast bytes move: bench/storage.py.

The goal is 1.2 times local for a page's query, once its tables are in the cache. The server is SeaweedFS on loopback.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from biodatamine_core import database, storage, tables, versions
from biodatamine_core.records import Mode, Summary, Version
from biodatamine_core.storage import Storage
from tests import seaweed

FILES = 500_000
ROUNDS = 40
OBJECT_BYTES = 256 << 20
GOAL = 1.2
PREFIX = "workspaces/default/datasets/bench/"
QUERY = "SELECT modality, count(*), sum(size_bytes) FROM images WHERE format = 'DICOM' GROUP BY modality ORDER BY 2"


def staged_tables(folder: Path) -> dict[str, Path]:
    """Half a million files in five thousand series; the other tables are empty."""
    random, paths = np.random.default_rng(0), {}
    series_ids = [f"series-{number}" for number in range(FILES // 100)]
    columns = {
        "files": {
            "path": pa.array([f"ct/{number}.dcm" for number in range(FILES)]),
            "size_bytes": pa.array(random.integers(1_000, 1_000_000, FILES)),
            "format": pa.array(["DICOM"] * FILES),
            "role": pa.array(["image"] * FILES),
            "series_id": pa.array(np.repeat(series_ids, 100)),
        },
        "series": {
            "series_id": pa.array(series_ids),
            "modality": pa.array(random.choice(["CT", "MR", "PT"], len(series_ids))),
        },
    }
    for name in tables.RECORDS:
        paths[name] = folder / f"{name}.parquet"
        if name in columns:
            pq.write_table(pa.table(columns[name]), paths[name])
        else:
            with tables.Writer(name, paths[name]):
                pass
    return paths


def page(store: Storage) -> None:
    """What a page does: the newest version, its tables, one question."""
    version = versions.latest(store, PREFIX)
    assert version is not None
    ask(store, version)


def ask(store: Storage, version: Version) -> None:
    connection = database.open_version(versions.parquet_paths(store, version))
    connection.execute(QUERY).fetchall()
    connection.close()


def median_ms(act: Callable[[], None]) -> float:
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


def megabytes_per_s(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return OBJECT_BYTES / 1e6 / (time.perf_counter() - begun)


def read_through(store: Storage, key: str) -> None:
    with store.open(key) as stream:
        while stream.read(1 << 20):
            pass


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch, seaweed.serving() as server:
        os.environ.update(server.variables)
        folder = Path(scratch)
        stores = {"folder": storage.connect(str(folder / "store")), "S3": storage.connect(server.bucket(), folder)}
        staged = staged_tables(folder)
        queries = {}
        for name, store in stores.items():
            draft = Version(0, "bench", Mode.FULL, "1", "", Summary(files=FILES, readable_files=FILES), {})
            version = versions.publish(store, PREFIX, draft, staged)
            begun = time.perf_counter()
            ask(store, version)
            first_ms = 1000 * (time.perf_counter() - begun)
            queries[name] = median_ms(lambda store=store, version=version: ask(store, version))  # type: ignore[misc]
            whole_ms = median_ms(lambda store=store: page(store))  # type: ignore[misc]
            (folder / "object").write_bytes(os.urandom(OBJECT_BYTES))
            up = megabytes_per_s(lambda store=store: store.put_file("objects/bench", folder / "object"))  # type: ignore[misc]
            down = megabytes_per_s(lambda store=store: read_through(store, "objects/bench"))  # type: ignore[misc]
            print(
                f"{name:<7} query: first {first_ms:.0f} ms, then {queries[name]:.1f} ms; with finding the newest "
                f"version {whole_ms:.1f} ms; object: up {up:.0f} MB/s, read in order {down:.0f} MB/s"
            )
    ratio = queries["S3"] / queries["folder"]
    print(f"a page's query on cached tables of S3 takes {ratio:.2f} of local (goal {GOAL})")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
