"""A record of Zenodo: its files, each with its MD5, in the version that was pasted or in the newest one.

Source: developers.zenodo.org, "Records" and "Files".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from biodatamine_core.errors import DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.sources.asking.pasted import Pasted, doi_in
from biodatamine_core.sources.asking.service import Answer, Service
from biodatamine_core.sources.interface import Reach

_DOI = re.compile(r"10\.5281/zenodo\.(\d{1,12})")
_SERVICE = Service(
    "Zenodo",
    "Create a token at https://zenodo.org/account/settings/applications/ and set BIODATAMINE_ZENODO_TOKEN, "
    "or add it under Sign-ins for zenodo.org.",
)


@dataclass(frozen=True, slots=True)
class ZenodoSource:
    """record: the number of a version, or of all versions, which stands for the newest. file: one of it; "" for all."""

    kind: ClassVar[str] = "zenodo"
    reads: ClassVar[str] = "a Zenodo record"
    url: str
    title: str
    record: str
    is_latest: bool
    file: str

    @classmethod
    def parse(cls, text: str) -> "ZenodoSource | None":
        doi = _DOI.fullmatch(doi_in(text) or "")
        if doi:
            return cls._of(doi[1])
        pasted = Pasted.read(text)
        if pasted.host != "zenodo.org":
            return None
        match tuple(part for part in pasted.parts if part not in ("api", "uploads")):
            case ("doi", *parts) if doi := _DOI.fullmatch("/".join(parts).lower()):
                return cls._of(doi[1])
            case ("records" | "record", number, *rest) if re.fullmatch(r"\d{1,12}", number):
                if rest[:1] in (["files"], ["preview"]) and len(rest) > 1:
                    is_content = pasted.parts[0] == "api" and rest[-1] == "content"
                    return cls._of(number, file="/".join(rest[1:-1] if is_content else rest[1:]))
                return cls._of(number, is_latest=rest == ["latest"] or rest == ["versions", "latest"])
        raise UnsupportedURL("this page of Zenodo is no record; paste one, as in https://zenodo.org/records/1234.")

    @classmethod
    def _of(cls, record: str, is_latest: bool = False, file: str = "") -> "ZenodoSource":
        place = f"{record}/latest" if is_latest else f"{record}/files/{quote(file)}" if file else record
        return cls(f"https://zenodo.org/records/{place}", file or f"Zenodo {record}", record, is_latest, file)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        url = f"{reach.services.zenodo.url}/api/records"
        latest = "/versions/latest" if self.is_latest else ""
        record = _SERVICE.ask(f"{url}/{self.record}{latest}", reach, f"the record {self.record}")
        found = list(_files(record, f"{url}/{record.text('id') or self.record}"))
        access = record.text("metadata", "access_right") or "open"
        if not found and access != "open":
            raise DownloadFailed(
                f"the files of Zenodo record {self.record} are not public ({access}); ask for access on its page, "
                f"{self.url}. {_SERVICE.key}"
            )
        chosen = [artifact for artifact in found if self.file in ("", artifact.name)]
        if not chosen:
            what = f'no file "{self.file}"' if self.file and found else "no files"
            raise NotFound(f"Zenodo record {self.record} has {what}; check the address.")
        yield from chosen


def _files(record: Answer, url: str) -> Iterator[Artifact]:
    licence, version = record.text("metadata", "license", "id"), record.text("id")
    told = record.at("metadata")
    keywords = [keyword.text() for keyword in told.items("keywords")]
    about = page_text(told.text("title"), told.prose("description"), keywords)
    for file in record.items("files"):
        if name := file.text("key"):
            yield Artifact(
                name,
                f"{url}/files/{quote(name, safe='')}/content",
                file.number("size"),
                file.text("checksum"),
                licence.upper() if licence else None,
                version,
                about=about,
            )
