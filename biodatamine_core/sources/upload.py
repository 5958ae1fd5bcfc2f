"""Files that a person handed over: stored objects, listed by a manifest that the address names by its hash."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, ClassVar
from urllib.parse import quote, unquote

from biodatamine_core.errors import NotFound, StorageConflict
from biodatamine_core.records import Artifact
from biodatamine_core.sources.interface import Reach
from biodatamine_core.storage import Storage, object_key, readable, store_object

_URL = re.compile(r"upload:(?P<sha256>[0-9a-f]{64})(?:/(?P<title>[^/]*))?")


@dataclass(frozen=True, slots=True)
class UploadSource:
    """ "upload:<sha256 of the manifest>/<title>"."""

    kind: ClassVar[str] = "upload"
    reads: ClassVar[str] = ""
    url: str
    title: str
    sha256: str

    @classmethod
    def parse(cls, text: str) -> "UploadSource | None":
        match = _URL.fullmatch(text)
        return cls(text, unquote(match["title"] or "Upload"), match["sha256"]) if match else None

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        try:
            manifest = json.loads(reach.storage.read(_manifest_key(self.sha256)).data)
        except NotFound as error:
            raise NotFound(f'the upload "{self.title}" is not in this storage; upload the files again.') from error
        for file in manifest:
            yield Artifact(
                name=file["name"],
                url=f"stored:{object_key(file['sha256'])}",
                size_bytes=file["size_bytes"],
                checksum=f"sha256:{file['sha256']}",
            )


def store_upload(storage: Storage, files: Iterable[tuple[str, BinaryIO]]) -> str:
    """Store (name, stream) pairs; returns the upload's address, the same for the same files."""
    manifest = []
    with TemporaryDirectory(prefix="biodatamine-upload-") as folder:
        for number, (name, stream) in enumerate(files):
            path = Path(folder) / str(number)
            with path.open("wb") as copy:
                shutil.copyfileobj(stream, copy, 1 << 20)
            with path.open("rb") as copy:
                sha256 = hashlib.file_digest(copy, "sha256").hexdigest()
            stored = store_object(storage, path, sha256, _plain(name))
            manifest.append({"name": stored.name, "sha256": sha256, "size_bytes": stored.size_bytes})
    if not manifest:
        raise NotFound("no file was handed over; choose at least one.")
    data = json.dumps(manifest, sort_keys=True).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    with suppress(StorageConflict):  # the same files were uploaded before
        storage.put_if_absent(_manifest_key(sha256), data)
    title = manifest[0]["name"] if len(manifest) == 1 else f"{manifest[0]['name']} and {len(manifest) - 1} more"
    return f"upload:{sha256}/{quote(str(title), safe='')}"


def _manifest_key(sha256: str) -> str:
    # Not among the objects: uploads land there, and nobody may upload a manifest of objects that are not theirs.
    return f"uploads/{sha256}.json"


def _plain(name: str) -> str:
    """The last part of a file name from a browser, printable."""
    last = readable(name.replace("\\", "/").rsplit("/", 1)[-1])
    return "".join(character for character in last if character.isprintable()).strip() or "file"
