"""A series of a published version as the browser takes it: from the cache, else from the bytes that were scanned."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from biodatamine_core import download, sources, storage, volumes
from biodatamine_core.catalog import one_series
from biodatamine_core.errors import DownloadFailed, NotFound, UnreadableContent
from biodatamine_core.records import Content, ContentTree, OriginKind, UnreadableMember, Version
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach
from biodatamine_core.storage import Storage

if TYPE_CHECKING:
    import duckdb


def packed_volume(
    connection: "duckdb.DuckDBPyConnection", version: Version, store: Storage, settings: Settings, series_id: str
) -> bytes:
    """The packed volume of a series. connection: with the version's views.

    Raises NotFound for a series that is not there, UnreadableContent where it cannot be decoded, or where its bytes
    changed since the scan: then the tables describe other pictures.
    """
    return _cached(version, settings, (series_id,), lambda: _packed(connection, version, store, settings, series_id))


def packed_labels(
    connection: "duckdb.DuckDBPyConnection",
    version: Version,
    store: Storage,
    settings: Settings,
    image_id: str,
    mask_id: str,
) -> bytes:
    """A mask on the grid of its image, packed. Raises as packed_volume; UnreadableContent too where the one does not
    lie upon the other. NotFound also for a series that is no mask of this image.
    """
    if mask_id not in (one_series.series(connection, image_id).mask_series_ids or ()):
        raise NotFound("This series is no mask of this image.")
    image = volumes.facts_of(packed_volume(connection, version, store, settings, image_id))

    def made() -> bytes:
        mask, files = one_series.series(connection, mask_id), one_series.files(connection, mask_id)
        try:
            with _contents(version, store, settings) as contents:
                return volumes.pack_labels(volumes.labels(image, mask, files, contents, settings.limits))
        except UnreadableMember as error:
            raise UnreadableContent(error.problem.sentence) from error

    return _cached(version, settings, (image_id, mask_id), made)


def _packed(
    connection: "duckdb.DuckDBPyConnection", version: Version, store: Storage, settings: Settings, series_id: str
) -> bytes:
    series, files = one_series.series(connection, series_id), one_series.files(connection, series_id)
    try:
        with _contents(version, store, settings) as contents:
            return volumes.pack(volumes.volume(series, files, contents, settings.limits))
    except UnreadableMember as error:
        told = next((file.problem for file in files if file.problem), error.problem.sentence)
        raise UnreadableContent(told) from error


def _cached(version: Version, settings: Settings, series_ids: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
    cache = volumes.Cache(settings.state_dir / "volumes", settings.cache_bytes)
    name = volumes.cache_name(version.identity, *series_ids)
    if (cached := cache.read(name)) is not None:
        return cached
    made = make()
    cache.write(name, made)
    return made


@contextmanager
def _contents(version: Version, store: Storage, settings: Settings) -> Iterator[list[Content | ContentTree]]:
    if not version.contents:
        raise UnreadableContent("This version was made before it was kept where its files lie; scan the dataset again.")
    (origin, *others) = version.contents
    if origin.kind is not OriginKind.BUCKET or others:
        yield [storage.content_of(origin, store) for origin in version.contents]
        return
    reach = Reach.of(settings, store)
    try:
        source = sources.parse(origin.place)
        artifacts = list(source.artifacts(reach))
        with download.ByRange(reach, settings, check=lambda: None) as by_range:
            yield [download.BucketTree(source, artifacts, by_range)]
            by_range.raise_failure()
    except DownloadFailed as error:
        raise UnreadableContent(str(error)) from error
