"""The whole flow on one page: a URL becomes a published version. Needs no user, no server and no workspace."""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import (
    catalog,
    checks,
    corrections,
    database,
    download,
    inference,
    memory,
    previews,
    scan,
    series,
    sources,
    storage,
    tables,
    versions,
)
from biodatamine_core.catalog import file_index, series_index
from biodatamine_core.course import Course, Unwatched
from biodatamine_core.credentials import Credentials
from biodatamine_core.errors import NotFound, StorageConflict, UnreadableContent
from biodatamine_core.records import (
    Content,
    ContentTree,
    Correction,
    Mode,
    Origin,
    Pseudonym,
    Stage,
    Summary,
    Version,
    Watcher,
    is_distant,
    is_served,
)
from biodatamine_core.scan.alongside import Alongside
from biodatamine_core.settings import Settings, environment
from biodatamine_core.sources import Reach
from biodatamine_core.staging import staging_folder
from biodatamine_core.stopping import interruptible, stoppable

if TYPE_CHECKING:
    import duckdb

SCANNER_VERSION = "7"
"""Raised whenever the same bytes would give other tables: then a rescan makes a new version."""

STORE_SECRET_KEY = "keys/pseudonym"
LABELLED = ("series", "clues")
"""Tables that a label stands in."""


def forget(origins: Sequence[Origin]) -> None:
    """For who needs no second attempt."""


def run(
    url: str,
    store: storage.Storage,
    prefix: str,
    *,
    mode: Mode = Mode.FULL,
    only: str | None = None,
    pseudonym: Pseudonym | None = None,
    settings: Settings | None = None,
    watcher: Watcher | None = None,
    credentials: Credentials | None = None,
    fetched: Sequence[Origin] = (),
    on_fetched: Callable[[Sequence[Origin]], None] = forget,
) -> Version:
    """Scan what lies at url and publish it as the next version under prefix ("…/", a dataset's folder).

    credentials: what servers may be shown, each its own; of whoever asked for the scan.
    fetched: what an attempt before this one downloaded, as its on_fetched was told; it is not downloaded again.
    Returns the version published; the existing one where nothing changed since. Raises BioDataMineError; PutAside
    (by watcher.check) leaves what was read for the next attempt.
    """
    settings = settings or environment()
    pseudonym = pseudonym or pseudonym_under(store, STORE_SECRET_KEY)
    course = Course(watcher or Unwatched())
    reach = Reach.of(settings, store, credentials)

    is_copied, mode = mode is Mode.COPY, Mode.FULL if mode is Mode.COPY else mode
    course.enter(Stage.LIST)
    source = sources.parse(url)
    with interruptible(reach.transport.hang_up, course.check):
        artifacts = list(source.artifacts(reach))
    if not artifacts:
        raise NotFound(f"{source.url} lists no files; nothing was scanned.")
    about = next((artifact.about for artifact in artifacts if artifact.about), "")
    page = f"{source.title} {about}".rstrip()
    is_bucket = mode is Mode.FULL and not is_copied and download.is_readable_in_place(source, artifacts)
    may_stay = is_bucket or mode is Mode.HEADERS
    by_range = download.ByRange(reach, settings, course.check) if may_stay else nullcontext()
    early = staging_folder(settings.state_dir, f"{store.url}\0{prefix}\0{source.url}\0{mode}\0{only}")
    with by_range as left_there, early as kept:
        orders = scan.Orders(mode, settings.limits, pseudonym)
        alongside = Alongside(kept, len(artifacts), only, orders, SCANNER_VERSION)
        contents = remembered(fetched, store)
        if not contents and is_bucket and left_there:
            contents = list(download.read_in_place(source, artifacts, left_there))
        if not contents and mode is Mode.FULL and settings.workers > 1:
            with alongside:
                told = alongside.telling(course)
                contents = download.fetch(artifacts, reach, settings, told, prefix, follower=alongside)
        elif not contents:
            contents = download.fetch(artifacts, reach, settings, course, prefix, None if is_bucket else left_there)
        origins = tuple(origin for content in contents if (origin := storage.origin_of(content)))
        on_fetched(origins if len(origins) == len(contents) else ())
        notes = tuple(left_there.notes) if left_there else ()
        for note in notes:
            course.tell(note)

        scan_identity = version_identity(contents, mode, only)
        last = versions.latest(store, prefix)
        if last is not None and last.scanned_as == scan_identity:
            return corrected(last, store, prefix, settings, course)
        standing = corrections.standing(corrections.read(store, prefix))
        identity = corrections.identity(scan_identity, standing)

        with staging_folder(settings.state_dir, f"{store.url}\0{prefix}\0{identity}") as staging:
            staged = {name: staging / f"{name}.parquet" for name in tables.RECORDS}
            scanned = staging / "scanned.parquet"
            course.enter(Stage.SCAN)
            if not scanned.exists():  # an attempt before this one may have come so far
                read(contents, mode, only, pseudonym, settings, scanned, course, alongside)
            draft = Version(
                number=0,
                identity=identity,
                mode=mode,
                scanner_version=SCANNER_VERSION,
                created_at_utc="",
                summary=judge(scanned, staged, contents, settings, course, source.title, page, only, standing),
                tables={},
                licence=next((artifact.licence for artifact in artifacts if artifact.licence), None),
                contents=origins,
                fetched_bytes=fetched_bytes(contents),
                notes=notes,
                scan_identity=scan_identity,
                corrections=tuple(correction.id for correction in standing),
            )
            return versions.publish(store, prefix, draft, staged, before_visible=course.enter_last)


def relabel(
    store: storage.Storage, prefix: str, *, settings: Settings | None = None, watcher: Watcher | None = None
) -> Version | None:
    """Publish the newest version again with the corrections that stand now; nothing is fetched, and no file is read.

    Returns the version; the existing one where the corrections are those that it has. None where there is none yet, or
    an older scanner made it: then a scan takes them in.
    """
    last = versions.latest(store, prefix)
    if last is None or last.scanner_version != SCANNER_VERSION:
        return None
    return corrected(last, store, prefix, settings or environment(), Course(watcher or Unwatched()))


def corrected(last: Version, store: storage.Storage, prefix: str, settings: Settings, course: Course) -> Version:
    """The version with the corrections that stand now: the same where they are those that it has, else a new one."""
    standing = corrections.standing(corrections.read(store, prefix))
    identity = corrections.identity(last.scanned_as, standing)
    if last.identity == identity:
        return last
    course.enter(Stage.LABEL)
    with (
        staging_folder(settings.state_dir, f"{store.url}\0{prefix}\0{identity}") as staging,
        database.connect(settings.scan_memory_mb, settings.workers, staging / "spill") as connection,
        stoppable(connection, course.check),
    ):
        staged = {name: staging / f"{name}.parquet" for name in tables.RECORDS}
        before = {name: staging / f"before-{name}.parquet" for name in LABELLED}
        copies = {**before, **{name: staged[name] for name in ("files", "thumbnails")}}
        for name, path in copies.items():
            (key,) = last.tables[name]
            shutil.copyfile(store.local_copy(key), path)
        inference.correct_all(
            before["series"], before["clues"], staged["series"], staged["clues"], standing, connection, course
        )
        course.enter(Stage.CHECK)
        draft = replace(
            last,
            identity=identity,
            scan_identity=last.scanned_as,
            summary=checked(connection, staged, last.summary.bytes, settings, course),
            corrections=tuple(correction.id for correction in standing),
        )
        return versions.publish(store, prefix, draft, staged, before_visible=course.enter_last)


def read(
    contents: Sequence[Content | ContentTree],
    mode: Mode,
    only: str | None,
    pseudonym: Pseudonym,
    settings: Settings,
    scanned: Path,
    course: Course,
    alongside: Alongside,
) -> None:
    """Every file of the contents as a row of `scanned`, which is there once it is whole."""
    scanning = scanned.with_name("scanning.parquet")
    scan.scan(
        contents, mode, only, settings.limits, pseudonym, settings.workers, scanning, course,
        scheduler=settings.scheduler, scanner_version=SCANNER_VERSION,
        alongside=alongside,
    )  # fmt: skip
    refuse_what_broke_off(contents)
    scanning.rename(scanned)


def refuse_what_broke_off(contents: Sequence[Content | ContentTree]) -> None:
    """Raise what ended the reading of a server, also where a reader took it for a damaged file."""
    for content in contents:
        if is_distant(content) or is_served(content):
            content.raise_failure()


def fetched_bytes(contents: Sequence[Content | ContentTree]) -> int | None:
    """What came of contents that stay on their server; None where none does."""
    distant = [content.fetched_bytes for content in contents if is_distant(content) or is_served(content)]
    return sum(distant) if distant else None


def judge(
    scanned: Path,
    staged: Mapping[str, Path],
    contents: Sequence[Content | ContentTree],
    settings: Settings,
    course: Course,
    title: str,
    page: str,
    only: str | None,
    standing: Sequence[Correction] = (),
) -> Summary:
    """Everything after the scan: scanned files become the staged tables, and the numbers that head them.

    page: what the dataset's own page says of it, its title in the first line.
    """
    grouped = scanned.with_name("grouped.parquet")
    with (
        database.connect(settings.scan_memory_mb, settings.workers, scanned.with_name("spill")) as connection,
        stoppable(connection, course.check),
    ):
        files = refuse_what_holds_nothing(connection, scanned, title, only)
        database.make_room(connection, settings.scan_memory_mb, files)
        course.enter(Stage.GROUP)
        series.group(connection, scanned, staged["files"], grouped, course)
        memory.give_back()
        course.enter(Stage.LABEL)
        inference.label_all(grouped, staged["series"], staged["clues"], connection, course, page=page)
        if standing:
            before = {name: staged[name].rename(scanned.with_name(f"before-{name}.parquet")) for name in LABELLED}
            inference.correct_all(
                before["series"], before["clues"], staged["series"], staged["clues"], standing, connection, course
            )
        memory.give_back()
        course.enter(Stage.CHECK)
        for name in ("files", *LABELLED):
            database.create_view(connection, name, [staged[name]])
        previews.thumbnails(
            connection, contents, settings.limits, settings.workers, staged["thumbnails"], course, settings.scheduler
        )
        refuse_what_broke_off(contents)
        return checked(connection, staged, sum(content.size_bytes for content in contents), settings, course)


def checked(
    connection: "duckdb.DuckDBPyConnection",
    staged: Mapping[str, Path],
    content_bytes: int,
    settings: Settings,
    course: Course,
) -> Summary:
    """Run the checks over the staged tables, mark what they found in files and series, and count it all."""
    for name in ("files", *LABELLED, "thumbnails"):
        database.create_view(connection, name, [staged[name]])
    ((files, groups),) = connection.execute(
        "SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM series)"
    ).fetchall()
    database.make_room(connection, settings.scan_memory_mb, files, groups)
    with (
        tables.Writer("findings", staged["findings"]) as findings,
        tables.Writer("affected", staged["affected"]) as affected,
    ):
        findings.append(checks.run(connection, affected, course))
    memory.give_back()
    for name in ("findings", "affected"):
        database.create_view(connection, name, [staged[name]])
    checks.mark_series(connection, staged["series"], course)
    checks.mark_files(connection, staged["files"], course)
    memory.give_back()
    series_index.write(connection, staged, course)
    memory.give_back()
    file_index.write(connection, staged["files"], staged["file_kinds"], staged["file_paths"], course)
    return catalog.summary(connection, content_bytes)


def remembered(origins: Sequence[Origin], store: storage.Storage) -> list[Content | ContentTree]:
    """What an earlier attempt downloaded, where all of it is there still; else nothing."""
    try:
        return [storage.content_of(origin, store) for origin in origins]
    except (NotFound, UnreadableContent):
        return []


def version_identity(contents: Sequence[Content | ContentTree], mode: Mode, only: str | None) -> str:
    """The same for the same bytes, looked at in the same way by the same scanner."""
    parts = [SCANNER_VERSION, mode, only or "", *(f"{content.name}\0{content.identity}" for content in contents)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def pseudonym_under(store: storage.Storage, key: str) -> Pseudonym:
    """The secret kept under key, made once by whoever comes first."""
    with suppress(StorageConflict):  # it exists: everybody uses that one
        store.put_if_absent(key, secrets.token_bytes(32))
    return Pseudonym(store.read(key).data)


def refuse_what_holds_nothing(
    connection: "duckdb.DuckDBPyConnection", files: Path, title: str, only: str | None
) -> int:
    """A dataset without a single byte, or locked as a whole, is an error and not a version full of zeros.

    Returns how many files there are.
    """
    database.create_view(connection, "scanned", [files])
    found = connection.execute(
        "SELECT count(*), count(*) FILTER (problem_kind = 'encrypted'), count(*) FILTER (problem_kind = 'empty')"
        " FROM scanned"
    ).fetchone()
    count, encrypted, empty = found or (0, 0, 0)
    if not count and only:
        raise NotFound(f'No file of {title} matches --only "{only}"; nothing was scanned.')
    if not count:
        raise UnreadableContent(f"{title} holds no files; nothing was scanned.")
    if count == empty == 1:
        raise UnreadableContent(f"{title} is one empty file: 0 bytes. Check the address, or ask who publishes it.")
    if count == encrypted:
        raise UnreadableContent(f"{title} has a password. Add it again unpacked, or packed without a password.")
    return int(count)
