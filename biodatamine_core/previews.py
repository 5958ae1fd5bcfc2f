"""Series -> thumbnails: the middle file of each, drawn by as many processes as there are."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import archives, drawing, parallel, readers, tables
from biodatamine_core.records import (
    Content,
    ContentTree,
    Member,
    ProblemKind,
    Thumbnail,
    UnreadableMember,
    Watcher,
    is_distant,
    is_served,
)
from biodatamine_core.settings import Limits

if TYPE_CHECKING:
    import duckdb

_SERIES_PER_PASS, _SERIES_AT_ONCE = 200_000, 2_048
"""Series that one walk over the contents looks for, about 100 MB of them; and that are asked for at a time."""
_WORTH_A_POOL_MS = 1_500
"""Work of this length is done sooner by two processes, each of which takes 0.4 s to start."""
_DECODED_MS = 24.0
"""What a picture that takes a decoder takes: a PNG of a million pixels 9, a JPEG 2000 up to 40. High on purpose: a
decoder that crashes had better end a worker."""
_PLAIN_MS, _PLAIN_MS_PER_MB = 0.5, 3.5
"""What an uncompressed one takes, which is to inflate, to read and to average it."""
_PLAIN_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
_SERIES_PER_JOB = 16
_MOST_HELD_BYTES = 4 << 20
_THUMBNAILS_PER_BATCH = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """One series to draw, and what decides its window. data_files: that hold its voxels, where those lie beside it."""

    series_id: str
    modality: str
    zones: tuple[str, ...]
    data_files: tuple[str, ...] = ()
    expected_ms: float = _DECODED_MS


_Job = tuple[Member, Wanted] | Thumbnail
"""A series to draw from its member; or what was drawn already, where it could be read only then."""


def thumbnails(
    connection: "duckdb.DuckDBPyConnection",
    contents: Sequence[Content | ContentTree],
    limits: Limits,
    workers: int,
    thumbnails_out: Path,
    watcher: Watcher,
    scheduler: str = "",
) -> None:
    """Draw every series' middle file and write the table `thumbnails`.

    connection: with the views `files` and `series`, labelled. A series that cannot be drawn has a row that says why.
    scheduler: as parallel.run takes it.
    """
    with tables.Writer("thumbnails", thumbnails_out) as writer:
        for wanted in _passes(connection):
            for content in contents:
                batch: list[Thumbnail] = []
                for thumbnail in _drawn(content, limits, wanted, workers, watcher, scheduler):
                    batch.append(thumbnail)
                    if len(batch) == _THUMBNAILS_PER_BATCH:
                        writer.append(batch)
                        batch = []
                writer.append(batch)


def _drawn(
    content: Content | ContentTree,
    limits: Limits,
    wanted: dict[tuple[str, int], Wanted],
    workers: int,
    watcher: Watcher,
    scheduler: str,
) -> Iterator[Thumbnail]:
    """The thumbnails of one content: by others where they are worth their start, else here, where a stream stands."""
    if is_distant(content):
        yield from _of_what_came(content.arrived(), limits, wanted, watcher)
        return
    jobs = _jobs(content, limits, wanted)
    if is_served(content):
        yield from parallel.run(draw, jobs, 1, watcher.check)
        return
    if archives.is_streamed(content) or not _are_worth_a_pool(wanted.values()):
        workers, scheduler = 1, ""
    rescue = partial(_rescued, workers, watcher.check)
    for drawn in parallel.run(_draw_all, _several(jobs), workers, watcher.check, rescue, scheduler):
        yield from drawn


def _are_worth_a_pool(wanted: Iterable[Wanted]) -> bool:
    """As soon as that is sure: there may be as many contents as series."""
    in_all = accumulate(series.expected_ms for series in wanted)
    return any(expected_ms >= _WORTH_A_POOL_MS for expected_ms in in_all)


def _of_what_came(
    content: Content, limits: Limits, wanted: dict[tuple[str, int], Wanted], watcher: Watcher
) -> Iterator[Thumbnail]:
    """Thumbnails of the files that came whole beside their headers; the others were not looked at."""
    for job in _jobs(content, limits, wanted):
        watcher.check()
        thumbnail = draw(job)
        if thumbnail.image is not None:
            yield thumbnail


def draw(job: _Job) -> Thumbnail:
    """The thumbnail of one series from its middle file, or why there is none; one that is drawn already as it is."""
    if isinstance(job, Thumbnail):
        return job
    member, wanted = job
    try:
        picture = readers.small_picture(archives.unpacked(_held(member)), drawing.LEAST_SIDE)
        drawn = drawing.tile(picture, wanted.modality, wanted.zones)
    except UnreadableMember as unreadable:
        return _undrawn(wanted, unreadable.problem.kind, unreadable.problem.sentence)
    return Thumbnail(wanted.series_id, drawn.image, drawn.width, drawn.height)


def _held(member: Member) -> Member:
    """The same with its bytes in memory, where they are few: they are looked at several times."""
    if not member.size_bytes or member.size_bytes > _MOST_HELD_BYTES:
        return member
    data = member.read(0, member.size_bytes + 1)  # beyond the end, where checksums are compared
    return replace(member, opener=partial(io.BytesIO, data), starter=None)


def _passes(connection: "duckdb.DuckDBPyConnection") -> Iterator[dict[tuple[str, int], Wanted]]:
    """The series to draw by their middle file's path and occurrence, as many at a time as fit into memory."""
    cursor = connection.cursor().execute(
        "SELECT f.path, f.occurrence, s.series_id, s.modality, s.anatomy_zones, f.data_files,"
        " if(f.transfer_syntax_uid IN $plain, $plain_ms + $plain_ms_per_mb * f.size_bytes / 1e6, $decoded_ms)"
        " FROM series s JOIN files f ON f.file_id = s.middle_file_id",
        {
            "plain": _PLAIN_SYNTAXES,
            "plain_ms": _PLAIN_MS,
            "plain_ms_per_mb": _PLAIN_MS_PER_MB,
            "decoded_ms": _DECODED_MS,
        },
    )
    wanted: dict[tuple[str, int], Wanted] = {}
    while rows := cursor.fetchmany(_SERIES_AT_ONCE):
        wanted |= {
            (path, occurrence): Wanted(series, modality, tuple(zones or ()), tuple(data_files or ()), expected_ms)
            for path, occurrence, series, modality, zones, data_files, expected_ms in rows
        }
        if len(wanted) >= _SERIES_PER_PASS:
            yield wanted
            wanted = {}
    if wanted:
        yield wanted


def _jobs(content: Content | ContentTree, limits: Limits, wanted: dict[tuple[str, int], Wanted]) -> Iterator[_Job]:
    """The members that are wanted, in the archive's order; each is taken out, and the walk ends with the last.

    What can be read only while the walk stands on it is drawn here.
    """
    if not wanted:
        return
    data_files = {path: series.data_files for (path, _), series in wanted.items() if series.data_files}
    walk = archives.walk(content, limits, towards=[path for path, _ in wanted])
    for member in archives.gathered(walk, data_files):
        series = wanted.pop((member.path, member.occurrence), None)
        if series is not None:
            yield draw((member, series)) if member.is_streamed else (member, series)
        if not wanted:
            return


def _several(jobs: Iterator[_Job]) -> Iterator[list[_Job]]:
    while some := list(islice(jobs, _SERIES_PER_JOB)):
        yield some


def _draw_all(jobs: list[_Job]) -> list[Thumbnail]:
    with archives.kept_open():
        return [draw(job) for job in jobs]


def _rescued(workers: int, check: Callable[[], None], jobs: list[_Job]) -> list[Thumbnail]:
    """Series that ended their process twice: one by one, so that only the guilty one is not drawn."""
    if len(jobs) == 1:
        return [_crashed(jobs[0])]
    alone = ([job] for job in jobs)
    several = max(workers, 2)  # never in this process, which it would end as well
    return [*chain.from_iterable(parallel.run(_draw_all, alone, several, check, partial(_rescued, workers, check)))]


def _crashed(job: _Job) -> Thumbnail:
    """What stands for a series whose decoder crashed its process."""
    if isinstance(job, Thumbnail):
        return job
    return _undrawn(job[1], ProblemKind.CORRUPT, "Its pixels cannot be decoded: the decoder crashed.")


def _undrawn(wanted: Wanted, kind: ProblemKind, sentence: str) -> Thumbnail:
    return Thumbnail(wanted.series_id, problem_kind=kind, problem=sentence)
