"""Free SQL where it can do no harm: a process of its own, only the views, limits on memory, rows, bytes and time."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biodatamine_core import database
from biodatamine_core.errors import QueryRefused
from biodatamine_core.version_files import VersionFiles

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LONGEST_QUERY = 20_000
"""Characters: longer than any question that a person writes."""
START_SECONDS = 15.0
"""What a busy machine may take to start Python and load DuckDB, on top of the query's own time."""
HEADROOM_MB = 1_024
"""Address space beside DuckDB's memory: its threads' stacks, the answer as Arrow, and what allocators only reserve."""
BATCH_ROWS = 500
AT_ONCE = 4
"""Questions of one server at a time: so many times the memory is used at most."""

_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one question may take. More rows are cut; more of anything else is refused."""

    rows: int = 10_000
    seconds: float = 20.0
    memory_mb: int = 512
    answer_bytes: int = 64_000_000
    may_spill: bool = False
    """Whether what does not fit into memory goes to disk instead of being refused."""

    @classmethod
    def of_shell(cls, memory_mb: int) -> "Limits":
        """Of somebody at the command line, who may wait and has a disk: a table of ten million files fits."""
        return cls(1_000_000_000, 3_600.0, memory_mb, 50_000_000_000, may_spill=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows as an Arrow table; seconds: what DuckDB took; is_cut: there are more rows than the limit."""

    table: "pa.Table"
    seconds: float
    is_cut: bool


def run(parquet: Mapping[str, Sequence[Path]], sql: str, limits: Limits = Limits()) -> Answer:
    """The answer to one SELECT over the views of a version.

    parquet: table name -> its files, as database.open_version takes them. Raises QueryRefused, with the reason.
    """
    if len(sql) > LONGEST_QUERY:
        raise QueryRefused(f"The query has {len(sql):,} characters; at most {LONGEST_QUERY:,} are answered.")
    if not _slots.acquire(timeout=limits.seconds):
        raise QueryRefused(f"{AT_ONCE} other questions are being answered; ask again in a minute.")
    try:
        with tempfile.TemporaryDirectory(prefix="biodatamine-query-") as folder:
            answer = Path(folder) / "answer.arrow"
            request = {
                "answer": str(answer),
                "spill": str(Path(folder) / "spill"),
                "parquet": {name: [str(path.absolute()) for path in paths] for name, paths in parquet.items()},
                "sql": sql,
                "limits": asdict(limits),
            }
            reply = _ask_child(request, limits)
            if "refused" in reply:
                raise QueryRefused(reply["refused"])
            return Answer(_read(answer), reply["seconds"], reply["is_cut"])
    finally:
        _slots.release()


def _ask_child(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """What the child process says. It gets no variable of ours: no key, no credential."""
    passed_on = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "biodatamine_core.sandbox"],
        cwd=Path(__file__).parent.parent,
        env={**passed_on, "ARROW_DEFAULT_MEMORY_POOL": "system"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            said, _ = child.communicate(json.dumps(request).encode(), timeout=limits.seconds + START_SECONDS)
        except subprocess.TimeoutExpired:
            raise QueryRefused(_too_long(limits)) from None
        finally:
            child.kill()
    try:
        reply: dict[str, Any] = json.loads(said)
    except ValueError:
        raise QueryRefused(f"The query ended its process. {_too_large(limits)}") from None
    return reply


def _read(path: Path) -> "pa.Table":
    """The answer, mapped rather than read: a large one stays on disk, deleted but there, until nobody holds it."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        return _with_whole_numbers(pa.ipc.open_file(source).read_all())


def _too_long(limits: Limits) -> str:
    return f"The query was stopped after {limits.seconds:g} s, the limit. Ask for less: a WHERE, or fewer joins."


def _too_large(limits: Limits) -> str:
    return f"It needs more than {limits.memory_mb:,} MB of memory, the limit. Ask for fewer rows or columns at once."


# ---------------------------------------------------------------------------------------------- in the child process


def _main() -> None:
    """Read a request from stdin, write the answer to its file and one JSON document to stdout."""
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    try:
        reply = _answer(request, limits)
    except QueryRefused as error:
        said = str(error)
        reply = {"refused": _too_large(limits) if "Out of Memory" in said or "bad_alloc" in said else said}
    except MemoryError:
        reply = {"refused": _too_large(limits)}
    json.dump(reply, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # DuckDB's threads call into Python until the end; one that does while Python shuts down aborts it


def _answer(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    import duckdb
    import pyarrow as pa

    assert duckdb.__version__ and pa.ipc  # loaded before memory is bounded: a library is no part of a query
    files = VersionFiles({name: [Path(path) for path in paths] for name, paths in request["parquet"].items()})
    scratch_dir = Path(request["spill"]) if limits.may_spill else None
    connection = database.open_version(
        files.names, limits.memory_mb, may_spill=limits.may_spill, scratch_dir=scratch_dir, filesystem=files
    )
    _bound(limits)
    over = threading.Event()

    def stop() -> None:
        over.set()
        connection.interrupt()

    watch = threading.Timer(limits.seconds, stop)
    watch.daemon = True
    watch.start()
    start = time.perf_counter()
    try:
        with database.ask(connection, request["sql"]) as answer:
            rows = _written(_plain(answer), Path(request["answer"]), limits)
    except QueryRefused:
        if over.is_set():
            raise QueryRefused(_too_long(limits)) from None
        raise
    watch.cancel()
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "is_cut": rows > limits.rows}


def _bound(limits: Limits) -> None:
    """What the system itself stops, should a query get past DuckDB's own limits. Windows has none of these."""
    try:
        import resource
    except ImportError:
        return
    pages = Path("/proc/self/statm")
    if pages.exists():
        in_use = int(pages.read_text().split()[0]) * resource.getpagesize()
        room = in_use + (limits.memory_mb + HEADROOM_MB) * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    written = 2 * limits.answer_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    cpu_seconds = int(4 * (limits.seconds + START_SECONDS))
    with suppress(ValueError, OSError):  # a lower limit is set from outside already
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))


def _plain(answer: "duckdb.DuckDBPyRelation") -> "duckdb.DuckDBPyRelation":
    """The same rows, with what a table on a page or a CSV cannot hold (structs, maps, intervals, ...) as text."""
    columns, taken = [], set[str]()
    for number, (name, type_) in enumerate(zip(answer.columns, answer.types, strict=True), start=1):
        kind = str(type_).removesuffix("[]").split("(")[0]
        name = name if name not in taken else f"{name}_{number}"  # two columns of one name: SELECT 1 AS a, 2 AS a
        taken.add(name)
        alias = '"' + name.replace('"', '""') + '"'
        columns.append(f"#{number} AS {alias}" if kind in _PLAIN else f"#{number}::VARCHAR AS {alias}")
    return answer.project(", ".join(columns))


_PLAIN = {
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"),
    *("FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "BLOB", "DATE", "TIMESTAMP"),
}


def _written(answer: "duckdb.DuckDBPyRelation", path: Path, limits: Limits) -> int:
    """Write at most the limit's rows, a batch at a time, counted in bytes; returns how many there were, or one more."""
    import pyarrow as pa

    reader = answer.limit(limits.rows + 1).to_arrow_reader(BATCH_ROWS)
    rows = held_bytes = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
        for batch in reader:
            held_bytes += batch.nbytes
            if held_bytes > limits.answer_bytes:
                megabytes = limits.answer_bytes // 1_000_000
                raise QueryRefused(
                    f"The answer is larger than {megabytes:,} MB, the limit. Ask for fewer rows or columns."
                )
            writer.write_batch(batch.slice(0, limits.rows - rows))
            rows += batch.num_rows
    return rows


def _with_whole_numbers(table: "pa.Table") -> "pa.Table":
    """Sums come as 128-bit decimals; what fits into 64 bits becomes a number that every tool reads."""
    import pyarrow as pa

    for position, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            whole = field.type.scale == 0
            try:
                column = table.column(position).cast(pa.int64() if whole else pa.float64())
            except pa.ArrowInvalid:
                column = table.column(position).cast(pa.float64())
            table = table.set_column(position, field.name, column)
    return table


if __name__ == "__main__":
    _main()
