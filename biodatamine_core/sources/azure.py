"""A public container of Azure Blob Storage, a folder in it or one blob.

Source: learn.microsoft.com/rest/api/storageservices, "List Blobs" and "Get Blob Properties".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, urlencode

from biodatamine_core.errors import DownloadFailed, UnsupportedURL
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.settings import AZURE_BLOB
from biodatamine_core.sources.asking import buckets
from biodatamine_core.sources.asking.pasted import Pasted
from biodatamine_core.sources.asking.service import Service, XMLAnswer
from biodatamine_core.sources.interface import Reach

_SERVICE = Service(
    "Azure",
    "Containers that are not public are out of reach: ask for a link to the file with its signature (SAS) in it.",
)
_HOST = re.compile(r"([a-z0-9]{3,24})\.(?:blob|dfs)\.core\.windows\.net")
_NAMED = re.compile(r"(?:abfss?|wasbs?)://([^@/\s]+)@([^/\s]+)/?([^\r\n]*)", re.IGNORECASE)
_CONTAINER = re.compile(r"\$root|\$web|[a-z0-9](?:-?[a-z0-9]){2,62}")
_OF_ONE_FILE = frozenset({"sig", "snapshot", "versionid"})


@dataclass(frozen=True, slots=True)
class AzureSource:
    """path: of a folder or a blob, without a slash at the end; "" for the whole container."""

    kind: ClassVar[str] = "azure"
    reads: ClassVar[str] = "a container of Azure Blob Storage"
    url: str
    title: str
    account: str
    container: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "AzureSource | None":
        pasted = Pasted.read(_NAMED.sub(r"https://\2/\1/\3", text))
        found, parts, query = _HOST.fullmatch(pasted.host), pasted.parts, pasted.query.keys()
        if found is None:
            return None
        container, path = (parts[0] if parts else ""), buckets.path_of("/".join(parts[1:]), is_address=True)
        is_one_file = bool(path) and "comp" not in query
        if _OF_ONE_FILE & query and is_one_file:
            return None  # whoever was sent a signed link, or one to an old version, wants that file
        if "sig" in query:
            raise UnsupportedURL(
                "this address of Azure carries a signature for a whole container, which we do not keep; paste the "
                "signed link of each file, or download them and upload the files."
            )
        if not _CONTAINER.fullmatch(container) or path is None:
            raise UnsupportedURL(
                "this address of Azure names no container; paste one, as in "
                "https://account.blob.core.windows.net/container/folder."
            )
        url = f"https://{found[1]}.blob.core.windows.net/{container}/{quote(path)}".rstrip("/")
        return cls(url, path.rpartition("/")[2] or container, found[1], container, path)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        container = _Container(self.account, self.container, reach)
        yield from buckets.artifacts(container, self.path, self.url, _SERVICE)


@dataclass(frozen=True, slots=True)
class _Container:
    account: str
    name: str
    reach: Reach

    def file(self, key: str) -> Artifact:
        url = f"{self._url}/{quote(key)}"
        try:
            facts = _SERVICE.head(url, self.reach, f"{self.name}/{key}")
        except DownloadFailed as error:
            raise _in_words(error, self.account) from error
        return Artifact(key, url, facts.size_bytes, version=_bare(facts.etag), validator=facts.validator)

    def listed(self, prefix: str) -> Iterator[Artifact]:
        marker = ""
        for _ in range(buckets.MOST_PAGES):
            asked = {"restype": "container", "comp": "list", "prefix": prefix} | ({"marker": marker} if marker else {})
            url = f"{self._url}?{urlencode(asked, quote_via=quote)}"
            try:
                page = _SERVICE.xml(url, self.reach, f"{self.name}/{prefix}")
            except DownloadFailed as error:
                raise _in_words(error, self.account) from error
            yield from map(self._artifact, page.items("Blobs", "Blob"))
            marker = page.text("NextMarker") or ""
            if not marker:
                return
        raise _SERVICE.too_much(f"{self.name}/{prefix}")

    def _artifact(self, blob: XMLAnswer) -> Artifact:
        key, size_bytes = blob.text("Name") or "", blob.number("Properties", "Content-Length")
        is_folder = blob.text("Properties", "ResourceType") == "directory"
        md5, etag = buckets.md5_of(blob.text("Properties", "Content-MD5")), _bare(blob.text("Properties", "Etag"))
        validator = Validator(f'"{etag}"', None, size_bytes) if etag else None
        name = f"{key}/" if is_folder else key
        return Artifact(name, f"{self._url}/{quote(key)}", size_bytes, md5, version=etag, validator=validator)

    @property
    def _url(self) -> str:
        """Another address than Azure's own, such as that of Azurite, has the account in its path."""
        base = self.reach.services.azure.url
        host = f"https://{self.account}.blob.core.windows.net" if base == AZURE_BLOB else f"{base}/{self.account}"
        return f"{host}/{self.name}"


def _in_words(error: DownloadFailed, account: str) -> DownloadFailed:
    """409 is what an account answers that lets nobody in without a key: "PublicAccessNotPermitted"."""
    if error.status != 409:
        return error
    return DownloadFailed(f"the account {account} of Azure has no public containers. {_SERVICE.key}", 403)


def _bare(etag: str | None) -> str | None:
    """Listings write it without the quotes that it has elsewhere."""
    return etag.strip('"') if etag else None
