"""Which path a member has: clean, told apart from its namesakes, and safe; or why it is not."""

import re
from array import array
from fnmatch import fnmatchcase

from biodatamine_core.records import Problem, ProblemKind

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DOCUMENT = re.compile(r"\.(docx|epub|jar|npz|od[pst]|pptx|pth?|whl|xlsx)$", re.IGNORECASE)
_IMAGE_OR_TEXT = re.compile(
    r"\.(bmp|bval|bvec|csv|dcm|dicom|gif|hdr|html|ima|img|jpe?g|json|md|mg[hz]|mh[ad]|n?hdr|nii|npy|nrrd|pdf|png|raw|"
    r"tiff?|tsv|txt|webp|xml)(\.gz)?$",
    re.IGNORECASE,
)
_DRIVE = re.compile(r"^[A-Za-z]:")
_FEWEST_SLOTS = 1 << 8


def inner_path(stated: str) -> tuple[str, Problem | None]:
    r"""The path inside the archive with "/" between its parts, and why it must not be used, if so.

    Old Windows tools write "ct\1.dcm" for "ct/1.dcm"; both mean the same. "./" and doubled "/" are dropped.
    A path that climbs out, is absolute, names a drive or hides control characters is refused and shown as stated.
    """
    parts = [part for part in stated.replace("\\", "/").split("/") if part not in ("", ".")]
    why = None
    if ".." in parts:
        why = 'its path climbs out of the archive with ".."'
    elif stated.startswith(("/", "\\")):
        why = "its path is absolute"
    elif _DRIVE.match(stated):
        why = "its path names a drive"
    elif "\0" in stated:
        why = "its path hides a zero byte"
    elif not parts:
        why = "it has no name"
    if why is None:
        return printable("/".join(parts)), None
    return printable(stated), Problem(ProblemKind.UNSAFE_PATH, f"It was not read: {why}.")


def printable(text: str) -> str:
    """Control characters and broken surrogates as U+FFFD, so that every table and page can hold the path."""
    return _UNPRINTABLE.sub("\ufffd", text)


def is_wanted(path: str, only: str | None) -> bool:
    """Whether the glob meets the path, whole or from the root of an archive around it, or an archive around it.

    "*" also crosses "/": "ct/*", "*.dcm", "patient7.zip".
    """
    if only is None or fnmatchcase(path, only):
        return True
    parts = path.split("!/")
    count = len(parts)
    runs = ("!/".join(parts[start:end]) for start in range(count) for end in range(start + 1, count + 1))
    return count > 1 and any(fnmatchcase(run, only) for run in runs)


def is_listed(path: str, only: str | None) -> bool:
    """Whether an archive lists the path: it is wanted, or may be an archive with something wanted in it."""
    return is_wanted(path, only) or not is_closed(path)


def is_closed(name: str) -> bool:
    """Whether nobody looks for an archive behind this name: it promises an image or a text, or a document in a zip."""
    return is_document(name) or _IMAGE_OR_TEXT.search(name) is not None


def is_document(name: str) -> bool:
    """Whether it is a zip inside, and one file to everybody."""
    return _DOCUMENT.search(name) is not None


class Occurrences:
    """Counts how often a path was met: 0 for the first, 1 for its namesake, ...

    It keeps 64 bits of hash for each path, in a table of open addresses: an archive may hold ten million, and a set of
    so many numbers takes four times the memory.
    """

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * _FEWEST_SLOTS))
        self._met = 0
        self._again: dict[int, int] = {}

    def of(self, path: str) -> int:
        key = hash(path) or 1  # 0 is a free slot
        slots = self._slots
        at = key % len(slots)
        while met := slots[at]:
            if met == key:
                self._again[key] = self._again.get(key, 0) + 1
                return self._again[key]
            at -= 1  # on from the other end
        slots[at] = key
        self._met += 1
        if 3 * self._met > 2 * len(slots):
            self._grow()
        return 0

    def _grow(self) -> None:
        slots = array("q", bytes(16 * len(self._slots)))
        for key in self._slots:
            if key:
                at = key % len(slots)
                while slots[at]:
                    at -= 1
                slots[at] = key
        self._slots = slots
