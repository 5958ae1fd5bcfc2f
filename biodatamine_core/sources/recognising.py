"""What a pasted address says about itself before anything is asked of a network: service, name, what is needed."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from biodatamine_core.sources.interface import Source

SERVICES = {
    "sample": ("Sample", "Comes with the app; needs no network."),
    "upload": ("Upload", "Lies in this app's storage already."),
    "local": ("This machine", "Read where it is; nothing is copied."),
    "github": ("GitHub", "Public repositories need no key; private ones need BIODATAMINE_GITHUB_TOKEN."),
    "zenodo": ("Zenodo", "Open records need no key; restricted ones need BIODATAMINE_ZENODO_TOKEN."),
    "huggingface": (
        "Hugging Face",
        "Public datasets need no key; gated and private ones need BIODATAMINE_HUGGINGFACE_TOKEN.",
    ),
    "kaggle": (
        "Kaggle",
        "Most datasets need no key; the others and all competitions need KAGGLE_API_TOKEN, or a sign-in.",
    ),
    "figshare": ("figshare", "Public items need no key."),
    "osf": ("OSF", "Public projects need no key; private ones need BIODATAMINE_OSF_TOKEN."),
    "dataverse": ("Dataverse", "Public files need no key; restricted ones need a sign-in for {host}."),
    "physionet": ("PhysioNet", "Open projects need nothing; the others need your sign-in for physionet.org."),
    "openneuro": ("OpenNeuro", "Public datasets need nothing; private ones are out of reach."),
    "tcia": ("The Cancer Imaging Archive", "Most collections need nothing; some ask for an agreement."),
    "idc": ("Imaging Data Commons", "All of it is public."),
    "gcs": ("Google Cloud Storage", "Public buckets need nothing; others need a sign-in for storage.googleapis.com."),
    "azure": ("Azure Blob Storage", "Public containers need nothing; the others are out of reach."),
    "s3": ("S3 bucket", "Public buckets need nothing; the others need the usual AWS variables."),
    "dicomweb": ("DICOMweb", "Open archives need nothing; the others need a sign-in for {host}."),
    "webdav": ("WebDAV", "Public shares need nothing; the others need a sign-in for {host}."),
    "google_drive": ("Google Drive", "Files that anyone with the link may open need nothing; no folders."),
    "dropbox": ("Dropbox", "Links that anyone may open need nothing; the others are out of reach."),
    "doi": ("DOI", "Leads to the service that keeps the dataset."),
    "http": ("Web address", "Public files need nothing; the others need a sign-in for {host}."),
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """service: as people call it. name: what it calls the dataset. needs: a sentence for whoever pasted it."""

    service: str
    name: str
    needs: str


def about(source: Source) -> Recognised:
    """What can be said of it without asking anybody."""
    service, needs = SERVICES[source.kind]
    return Recognised(service, source.title, needs.format(host=urlsplit(source.url).hostname or "its host"))
