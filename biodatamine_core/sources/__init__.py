"""From what a person pasted to where the data is. One file per kind; the order of SOURCES is their precedence."""

from biodatamine_core.addresses import shown
from biodatamine_core.errors import ChoiceNeeded, NotFound, UnsupportedURL
from biodatamine_core.sources.azure import AzureSource
from biodatamine_core.sources.dataverse import DataverseSource
from biodatamine_core.sources.dicomweb import DICOMwebSource
from biodatamine_core.sources.doi import DOISource
from biodatamine_core.sources.dropbox import DropboxSource
from biodatamine_core.sources.figshare import FigshareSource
from biodatamine_core.sources.gcs import GCSSource
from biodatamine_core.sources.github import GitHubSource
from biodatamine_core.sources.google_drive import GoogleDriveSource
from biodatamine_core.sources.http import HTTPSource
from biodatamine_core.sources.huggingface import HuggingFaceSource
from biodatamine_core.sources.idc import IDCSource
from biodatamine_core.sources.interface import Reach, Source, SourceKind
from biodatamine_core.sources.kaggle import KaggleSource
from biodatamine_core.sources.local import LocalSource, local_path
from biodatamine_core.sources.openneuro import OpenNeuroSource
from biodatamine_core.sources.osf import OSFSource
from biodatamine_core.sources.out_of_reach import OutOfReachSource
from biodatamine_core.sources.part import PartSource, folders_around, part_of, split
from biodatamine_core.sources.physionet import PhysioNetSource
from biodatamine_core.sources.recognising import Recognised, about
from biodatamine_core.sources.s3 import S3Source
from biodatamine_core.sources.sample import SampleSource
from biodatamine_core.sources.tcia import TCIASource
from biodatamine_core.sources.upload import UploadSource, store_upload
from biodatamine_core.sources.webdav import WebDAVSource
from biodatamine_core.sources.zenodo import ZenodoSource

SOURCES: tuple[SourceKind, ...] = (
    SampleSource,
    UploadSource,
    GitHubSource,
    ZenodoSource,
    HuggingFaceSource,
    KaggleSource,
    FigshareSource,
    OSFSource,
    OpenNeuroSource,
    PhysioNetSource,
    TCIASource,
    IDCSource,
    S3Source,
    GCSSource,
    AzureSource,
    DataverseSource,
    DOISource,
    GoogleDriveSource,
    DropboxSource,
    OutOfReachSource,
    DICOMwebSource,
    WebDAVSource,
    HTTPSource,
    LocalSource,
)

__all__ = [
    "SOURCES",
    "Reach",
    "Recognised",
    "Source",
    "SourceKind",
    "about",
    "folders_around",
    "local_path",
    "parse",
    "part_of",
    "picked",
    "split",
    "store_upload",
]

_AROUND = " \t\r\n\"'`<>“”„‘’«»"  # what comes along when an address is copied out of a mail or a page
_HERE = ("local", "sample", "upload")  # read where it is: a part of it needs no address of its own


def parse(url: str) -> Source:
    """The source that this address names, or the part of it; nothing is asked of any network. Raises UnsupportedURL."""
    whole, names = split(url.strip(_AROUND))
    if names and (source := _whole(whole)).kind not in _HERE:
        return PartSource(source, names)
    return _whole(url.strip(_AROUND))


def _whole(text: str) -> Source:
    for kind in SOURCES:
        if text and (source := kind.parse(text)):
            return source
    known = ", or ".join(kind.reads for kind in SOURCES if kind.reads)
    said = f'no source reads "{shown(text) if "://" in text else text[:200]}"' if text else "there is no address here"
    raise UnsupportedURL(f"{said}; paste {known}.")


def picked(url: str, pick: int, reach: Reach) -> str:
    """The address of the file with this number, from 1, among those that lie at the address.

    Asks the network. Raises NotFound where there is none with this number, and what listing raises.
    """
    source = parse(url)
    try:
        urls = [artifact.url for artifact in source.artifacts(reach)]
    except ChoiceNeeded as choice:
        urls = [candidate_url for _, candidate_url, _ in choice.candidates]
    if not 1 <= pick <= len(urls):
        raise NotFound(f"{shown(url)} offers {len(urls)} files, so there is no number {pick}; pick 1 to {len(urls)}.")
    return urls[pick - 1] if len(urls) > 1 else source.url
