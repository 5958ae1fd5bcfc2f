"""What refers to what: datasets to their uploads, versions to tables and objects, uploads to objects, jobs to all."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from biodatamine_core.records import OriginKind
from biodatamine_core.storage import object_key
from biodatamine_core.upkeep.places import BELOW_A_DATASET, DATASET, VERSION, Place, place_of

_ACTIVE = frozenset({"waiting", "running", "paused"})


@dataclass(slots=True)
class References:
    """keys: what is named, and by which document. folders: what is kept whole, since a live job writes there."""

    keys: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    has_fetching_job: bool = False
    """A live job has not said yet which objects it takes: it may just have found one here."""

    def hold(self, key: str) -> bool:
        return key in self.keys or any(key.startswith(folder) for folder in self.folders)


def references(documents: Mapping[str, Any]) -> References:
    """documents: key -> parsed JSON of every dataset, version, upload and job."""
    found = References()
    datasets = {match["prefix"] for key in documents if (match := DATASET.fullmatch(key))}
    for key, document in documents.items():
        match place_of(key):
            case Place.DATASET:
                _name(found, _uploads(document["source_url"]), key)
            case Place.VERSION if is_kept(key, datasets):
                _name(found, [table for listed in document["tables"].values() for table in listed], key)
                _name(found, _objects(document.get("contents", ())), key)
            case Place.DOCUMENT if key.startswith("jobs/") and document["state"] in _ACTIVE:
                found.folders.add(document["prefix"])
                _name(found, _uploads(document["url"]), key)
                _name(found, _objects(document.get("contents", ())), key)
                found.has_fetching_job |= not document.get("contents")
    for key in [key for key in found.keys if place_of(key) is Place.UPLOAD and key in documents]:
        _name(found, [object_key(file["sha256"]) for file in documents[key]], key)
    return found


def is_kept(key: str, datasets: Collection[str]) -> bool:
    """Whether a version counts: one of a dataset that was deleted halfway does not. datasets: their folders."""
    match = VERSION.fullmatch(key)
    below = BELOW_A_DATASET.fullmatch(key)
    return match is not None and (below is None or below["prefix"] in datasets)


def _name(found: References, keys: Iterable[str], by: str) -> None:
    for key in keys:
        found.keys.setdefault(key, by)


def _uploads(url: str) -> list[str]:
    """The manifest that an "upload:<sha256>/<title>" means."""
    return [f"uploads/{url.removeprefix('upload:')[:64]}.json"] if url.startswith("upload:") else []


def _objects(contents: Iterable[Mapping[str, Any]]) -> list[str]:
    return [content["place"] for content in contents if content["kind"] == OriginKind.OBJECT]
