"""The one object in an answer of parts, as DICOMweb sends it. Source: RFC 2387; DICOM PS3.18, 8.6.1.2."""

from collections.abc import Iterator
from email.message import Message

from biodatamine_core.addresses import shown
from biodatamine_core.errors import BrokenOff, DownloadFailed

_MOST_BEFORE_BYTES = 64 << 10
"""What may stand before the object: a few words for programs that know no parts, and the part's own headers."""


def boundary_of(content_type: str | None) -> bytes | None:
    """What stands between the parts; None where the answer is not in parts."""
    message = Message()
    message["Content-Type"] = content_type or ""
    boundary = message.get_boundary()
    return boundary.encode() if boundary and message.get_content_maintype() == "multipart" else None


def only_part(chunks: Iterator[bytes], boundary: bytes, url: str) -> Iterator[bytes]:
    """The bytes of the one part, as they come. Raises BrokenOff where it does not end, DownloadFailed for a second."""
    held = _after_headers(chunks, b"--" + boundary, url)
    end = b"\r\n--" + boundary
    for chunk in chunks:
        place = held.find(end)
        if place >= 0 and len(held) >= place + len(end) + 2:
            break
        if place < 0 and (sure := len(held) - len(end)) > 0:
            yield held[:sure]
            held = held[sure:]
        held += chunk
    part, found, rest = held.partition(end)
    if not found:
        raise BrokenOff(f"{shown(url)} broke off in the middle of an object; try again.")
    if not rest.startswith(b"--"):
        raise DownloadFailed(f"{shown(url)} sent several objects where one was asked for; paste its own address.")
    yield part


def _after_headers(chunks: Iterator[bytes], delimiter: bytes, url: str) -> bytes:
    """What came of the first part's body, once its headers did."""
    before = b""
    for chunk in chunks:
        before += chunk
        _, found, part = before.partition(delimiter)
        _, ends, body = part.partition(b"\r\n\r\n")
        if found and ends:
            return body
        if len(before) > _MOST_BEFORE_BYTES:
            break
    raise BrokenOff(f"{shown(url)} announced an object in parts and sent none; try again.")
