"""A series of a published version as the browser takes it: from the cache, else from the bytes that were scanned."""

from typing import TYPE_CHECKING

from biodatamine_core import storage, volumes
from biodatamine_core.catalog import one_series
from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import UnreadableMember, Version
from biodatamine_core.settings import Settings
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
    cache = volumes.Cache(settings.state_dir / "volumes", settings.cache_bytes)
    name = volumes.cache_name(version.identity, series_id)
    if (cached := cache.read(name)) is not None:
        return cached
    series, files = one_series.series(connection, series_id), one_series.files(connection, series_id)
    if not version.contents:
        raise UnreadableContent("This version was made before it was kept where its files lie; scan the dataset again.")
    contents = [storage.content_of(origin, store) for origin in version.contents]
    try:
        packed = volumes.pack(volumes.volume(series, files, contents, settings.limits))
    except UnreadableMember as error:
        told = next((file.problem for file in files if file.problem), error.problem.sentence)
        raise UnreadableContent(told) from error
    cache.write(name, packed)
    return packed
