"""What people set right in a dataset: documents beside its versions, written once and never changed.

A dataset's folder holds `corrections/<id>.json`; whoever withdraws one writes `corrections/<id>.withdrawn.json`. Two
people who write at once write two documents, so nothing is lost.
"""

import csv
import hashlib
import io
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from biodatamine_core import storage as stores
from biodatamine_core import vocabulary
from biodatamine_core.errors import InvalidCorrection, NotFound, StorageConflict, UnreadableContent
from biodatamine_core.records import Applies, Correction, Role, SeriesRecord
from biodatamine_core.storage import Storage

ABOUT = ("modality", "anatomy")
LONGEST_NOTE = 500
"""Characters: it is shown beside every series that the correction is about."""
_WITHDRAWN = ".withdrawn.json"
_READ_AT_ONCE = 16


def read(storage: Storage, prefix: str) -> list[Correction]:
    """All of a dataset, oldest first, also those that were withdrawn. prefix: the dataset's folder, ending in "/"."""
    base = f"{prefix}corrections/"
    keys = [entry.key for entry in storage.list(base)]
    with ThreadPoolExecutor(_READ_AT_ONCE) as threads:
        documents = dict(zip(keys, threads.map(lambda key: _document(storage, key), keys), strict=True))
    return [
        _correction(document, documents.get(key.removesuffix(".json") + _WITHDRAWN))
        for key, document in sorted(documents.items())
        if not key.endswith(_WITHDRAWN)
    ]


def standing(corrections: Iterable[Correction]) -> list[Correction]:
    """Those that count, oldest first: of several about the same and for the same series, the newest."""
    newest = {
        (correction.about, correction.applies, correction.key): correction
        for correction in corrections
        if correction.withdrawn_at_utc is None
    }
    return sorted(newest.values(), key=lambda correction: correction.id)


def waiting(corrections: Iterable[Correction], entered: Iterable[str]) -> int:
    """How many were made or withdrawn since a version was made, which names those that entered it."""
    return len({correction.id for correction in standing(corrections)} ^ set(entered))


def csv_text(corrections: Iterable[Correction]) -> str:
    """A line each, under the names of their fields."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [field.name for field in fields(Correction)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(correction) for correction in corrections)
    return stream.getvalue()


def add(
    storage: Storage, prefix: str, by: str, about: str, value: str, applies: Applies, key: str, note: str = ""
) -> Correction:
    """Write down a correction. Raises InvalidCorrection, which says what would be taken."""
    value, note = value.strip(), note.strip()
    _refuse_unknown(about, value)
    if not key:
        raise InvalidCorrection(
            f"A correction names the {applies.replace('_', ' ')} that it is about; nothing was set."
        )
    if len(note) > LONGEST_NOTE:
        raise InvalidCorrection(f"The note has {len(note)} characters; {LONGEST_NOTE} are kept. Shorten it.")
    now = datetime.now(UTC)
    correction = Correction(
        id=f"{now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}",
        at_utc=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        by=by,
        about=about,
        value=value,
        applies=applies,
        key=key,
        note=note,
    )
    said = {name: told for name, told in asdict(correction).items() if not name.startswith("withdrawn_")}
    stores.create_document(storage, f"{prefix}corrections/{correction.id}.json", said)
    return correction


def withdraw(storage: Storage, prefix: str, by: str, correction_id: str) -> None:
    """Say that it no longer counts; who said so first stays. Raises NotFound."""
    if correction_id not in {correction.id for correction in read(storage, prefix)}:
        raise NotFound(f'There is no correction "{correction_id}" here; nothing was withdrawn.')
    document = {"withdrawn_at_utc": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "withdrawn_by": by}
    with suppress(StorageConflict):  # somebody else withdrew it at the same moment
        stores.create_document(storage, f"{prefix}corrections/{correction_id}{_WITHDRAWN}", document)


def keys_of(series: SeriesRecord) -> Iterator[tuple[Applies, str]]:
    """By what corrections may mean this series: itself, its descriptions, the folders around it from the innermost.

    What it shares with others counts for images only: nobody who says CT of a folder means the masks in it.
    """
    yield own_key(series)
    if series.role is not Role.IMAGE or series.is_mask:
        return
    if series.series_description:
        yield Applies.SERIES_DESCRIPTION, series.series_description
    if series.study_description:
        yield Applies.STUDY_DESCRIPTION, series.study_description
    end = series.path.rfind("/")
    while end >= 0:
        yield Applies.FOLDER, series.path[: end + 1]
        end = series.path.rfind("/", 0, end)


def own_key(series: SeriesRecord) -> tuple[Applies, str]:
    """What only this series is known by, in every scan of it."""
    return (Applies.SERIES_UID, series.series_uid) if series.series_uid else (Applies.PATH, series.path)


def identity(scan_identity: str, entering: Sequence[Correction]) -> str:
    """A version's: the scan's own, as long as nobody corrected it."""
    if not entering:
        return scan_identity
    parts = [scan_identity, *sorted(correction.id for correction in entering)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _refuse_unknown(about: str, value: str) -> None:
    if about not in ABOUT:
        raise InvalidCorrection(f'"{about}" cannot be corrected; {" and ".join(ABOUT)} can.')
    if about == "modality" and not vocabulary.is_modality(value):
        raise InvalidCorrection(f'"{value}" is no modality; use a DICOM code such as CT, MR or US.')
    if about == "anatomy" and not vocabulary.is_anatomy(value):
        raise InvalidCorrection(
            f'"{value}" is no part of the body that we know; use zones, with "+" between several, and after a colon '
            'a finer region: "chest", "abdomen:liver", "chest+abdomen".'
        )


def _document(storage: Storage, key: str) -> dict[str, Any]:
    """By the local cache: what is never changed is fetched once."""
    try:
        document: dict[str, Any] = json.loads(storage.local_copy(key).read_bytes())
    except ValueError as error:
        raise UnreadableContent(f'"{key}" is no JSON document; it was changed by something else.') from error
    return document


def _correction(document: dict[str, Any], withdrawn: dict[str, Any] | None) -> Correction:
    return Correction(**{**document, "applies": Applies(document["applies"])}, **(withdrawn or {}))
