"""What a download must be, and the sentences where it is not."""

from biodatamine_core.addresses import shown
from biodatamine_core.errors import DownloadFailed, LimitExceeded, NotTheData
from biodatamine_core.records import Artifact
from biodatamine_core.settings import GIGABYTE
from biodatamine_core.sources.asking.sign_in_page import instead_of_data, single_sign_on
from biodatamine_core.transport import Facts

SNIFFED_BYTES = 512
CHECKSUMS = frozenset({"md5", "sha1", "sha256", "sha512"})
"""What services state and we can verify."""


def refuse_more_than(max_bytes: int, size_bytes: int, artifact: Artifact) -> None:
    if size_bytes > max_bytes:
        raise LimitExceeded(
            f"{artifact.name} is larger than the {max_bytes / GIGABYTE:.3g} GB that may be downloaded "
            "(limit BIODATAMINE_MAX_DOWNLOAD_GB); raise the limit, or take a smaller part of the data."
        )


def refuse_web_page(start: bytes, facts: Facts, artifact: Artifact) -> None:
    """A page where data was expected: what a service sends to whoever is not signed in."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_called_html = (facts.content_type or "").lower().startswith("text/html")
    if text.startswith((b"<!doctype html", b"<html")) or (is_called_html and text.startswith(b"<")):
        if through := single_sign_on(facts.url):
            raise NotTheData(instead_of_data(artifact.url, facts.url, through))
        suffix = artifact.name.lower().rpartition(".")[2]
        wanted = "an image" if suffix in ("png", "jpg", "jpeg", "dcm", "nii") else "a zip"
        raise NotTheData(
            f"This address sent an HTML page, not {wanted}. Log in there, or paste the link of the download button."
        )


def refuse_unlike_listed(facts: Facts, artifact: Artifact) -> None:
    """A service that lists checksums or versions knows its sizes; what HEAD said of a size is often wrong."""
    is_listed = _is_listed(artifact)
    if is_listed and None not in (facts.size_bytes, artifact.size_bytes) and facts.size_bytes != artifact.size_bytes:
        raise DownloadFailed(
            f"{shown(artifact.url)} offers {facts.size_bytes:,} bytes, but {artifact.size_bytes:,} were announced for "
            f"{artifact.name}; try again, or ask who publishes it."
        )


def is_listed_empty(artifact: Artifact) -> bool:
    """Whether its service lists it as empty: then there is nothing to ask its server for."""
    return artifact.size_bytes == 0 and _is_listed(artifact)


def _is_listed(artifact: Artifact) -> bool:
    return artifact.checksum is not None or artifact.version is not None


def refuse_other_checksum(hashes: dict[str, str], artifact: Artifact) -> None:
    algorithm, _, stated = (artifact.checksum or "").partition(":")
    if algorithm in hashes and hashes[algorithm] != stated.lower():
        raise DownloadFailed(
            f"{artifact.name} arrived with {algorithm} {hashes[algorithm]}, but {stated} was announced; "
            "try again, or ask who publishes it."
        )
