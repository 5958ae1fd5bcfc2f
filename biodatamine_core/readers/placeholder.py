"""What stands where an image should be: an HTML page, a pointer of git-annex or Git LFS, or plain text."""

from biodatamine_core.readers.interface import problem
from biodatamine_core.readers.sidecar import is_text
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role

name = "placeholder"

IMAGE_SUFFIXES = (
    ".dcm", ".dicom", ".ima", ".nii", ".nii.gz", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp",
    ".nrrd", ".mha", ".mgz", ".mgh", ".img", ".svs", ".ndpi",
    ".zip", ".gz", ".7z", ".rar", ".tgz", ".h5", ".npy", ".npz",
)  # fmt: skip
_POINTER_BYTES = 1024


def sniff(head: bytes, name: str) -> bool:
    return _what(head, name) is not None


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """What it is instead of what its name says."""
    found, sentence = _what(head, member.name) or ("text", "")
    return FileRecord(
        file_id="", path=member.path, format=found, role=Role.OTHER, **problem(ProblemKind.PLACEHOLDER, sentence)
    )


def has_image_name(name: str) -> bool:
    return name.lower().endswith(IMAGE_SUFFIXES)


def _what(head: bytes, name: str) -> tuple[str, str] | None:
    """(format, sentence), None where it is no placeholder."""
    if not has_image_name(name) or not is_text(head):
        return None
    if is_html(head):
        return "HTML", "An HTML page under an image's name: the download saved an error page or a login page instead."
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        return "Git LFS pointer", "A Git LFS pointer instead of the file: fetch the content with `git lfs pull` first."
    if b"annex/objects/" in head[:_POINTER_BYTES] and len(head) < _POINTER_BYTES:
        return (
            "git-annex pointer",
            "A git-annex pointer instead of the file: fetch the content with `git annex get` first.",
        )
    return "text", "Plain text under an image's name."


def is_html(head: bytes) -> bool:
    """Whether the text is a web page."""
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head")) or (
        start.startswith(b"<?xml") and b"<html" in start
    )
