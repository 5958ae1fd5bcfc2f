"""What stands on a tape: the headers of a tar, one after another, in one forward pass and bounded memory.

Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol, cast

from biodatamine_core.records import Problem, ProblemKind

BLOCK_BYTES = 512
_END_MARK = bytes(BLOCK_BYTES)
_MOST_NAME_BYTES = 1 << 20  # a long name or a set of pax records; real ones have some hundred bytes
_SKIP_BYTES = 1 << 20
_LARGEST_SIZE = (1 << 63) - 1  # what a table's column can hold
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _VOLUME = b"L", b"K", b"x", b"g", b"V"
_FOLDERS = (b"5", b"D")
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")
_REFUSALS = {
    b"1": Problem(ProblemKind.LINK, "It is a hard link; links are not followed."),
    b"2": Problem(ProblemKind.LINK, "It is a symbolic link; links are not followed."),
    b"3": Problem(ProblemKind.UNSUPPORTED, "It is a device, not a file."),
    b"4": Problem(ProblemKind.UNSUPPORTED, "It is a device, not a file."),
    b"6": Problem(ProblemKind.UNSUPPORTED, "It is a pipe, not a file."),
    b"M": Problem(ProblemKind.UNSUPPORTED, "It is continued from another volume of the tape; join the volumes."),
    b"S": Problem(ProblemKind.UNSUPPORTED, "It is stored as a sparse file; pack it again without --sparse."),
}


class Header(NamedTuple):
    """One file on the tape. data_start: offset of its bytes; data_end: of the next header."""

    name: str
    size_bytes: int
    data_start: int
    data_end: int
    refusal: Problem | None


class DamagedTape(Exception):
    """The tape cannot be followed further; `problem` is for the archive's own row."""

    def __init__(self, kind: ProblemKind, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(kind, sentence)


class Forward(Protocol):
    """What a tape needs of a stream; where its size is known beforehand, that it is seekable too."""

    def read(self, length: int, /) -> bytes: ...


class Tape:
    """A stream that is read forward only and knows where it stands. size_bytes: where known beforehand."""

    def __init__(self, stream: Forward, size_bytes: int | None = None) -> None:
        self._stream = stream
        self.size_bytes = size_bytes
        self.position = 0

    def read(self, length: int) -> bytes:
        """Up to `length` bytes; fewer only at the end."""
        data = self._stream.read(length)
        self.position += len(data)
        return data

    def forward_to(self, position: int) -> bool:
        """Go there; False where the tape ends before."""
        if self.size_bytes is not None:
            if position > self.size_bytes:
                return False
            self.position = cast(BinaryIO, self._stream).seek(position)
        while self.position < position:
            if not self.read(min(position - self.position, _SKIP_BYTES)):
                return False
        return True


def is_header(block: bytes) -> bool:
    """Whether a block is a tar header: its checksum is right."""
    if len(block) < BLOCK_BYTES:
        return False
    stated = _number(block[148:156])
    counted = block[:148] + b" " * 8 + block[156:BLOCK_BYTES]
    unsigned = sum(counted)
    if stated != unsigned:
        signed = unsigned - 256 * sum(byte > 127 for byte in counted)  # as old Suns added up
        return stated == signed and block[:1] != b"\0"
    return block[:1] != b"\0"


def headers(tape: Tape) -> Iterator[Header]:
    """Every file in order; folders are no files. Its bytes may be read from the tape before the next is asked for.

    Raises DamagedTape where the list ends early: cut off, without its end mark, or at a damaged header.
    """
    count = 0
    told: dict[str, str] = {}  # by the headers in front of a header: a longer name, a larger size
    while (block := tape.read(BLOCK_BYTES)) != _END_MARK:
        kind, size_bytes = block[156:157], _number(block[124:136])
        if len(block) < BLOCK_BYTES:
            raise _cut_off(count)
        if not is_header(block) or size_bytes is None:
            raise _damaged(count)
        if kind in (_LONG_NAME, _PAX):
            told |= _told(tape, kind, size_bytes, count)
            continue
        if kind in (_LONG_LINK, _PAX_GLOBAL, _VOLUME):
            if not tape.forward_to(tape.position + _padded(size_bytes)):
                raise _cut_off(count)
            continue
        if kind in _WITHOUT_DATA:
            size_bytes = 0
        elif "size" in told:
            size_bytes = _decimal(told["size"])
        if size_bytes is None or size_bytes > _LARGEST_SIZE:
            raise _damaged(count)
        name = told.get("GNU.sparse.name") or told.get("path") or _name(block)
        data_end = tape.position + _padded(size_bytes)
        if kind not in _FOLDERS and not (name.endswith("/") and not size_bytes):
            count += 1
            is_sparse = any(key.startswith("GNU.sparse.") for key in told)
            yield Header(name, size_bytes, tape.position, data_end, _REFUSALS.get(b"S" if is_sparse else kind))
        if not tape.forward_to(data_end):
            raise _cut_off(count)
        told = {}
    if tape.size_bytes is None:
        while tape.read(_SKIP_BYTES):
            pass  # to the end of the gzip stream, where its checksum is compared


def _told(tape: Tape, kind: bytes, size_bytes: int, count: int) -> dict[str, str]:
    """What a GNU long name or a set of pax records says about the file behind it."""
    if size_bytes > _MOST_NAME_BYTES:
        raise _damaged(count)
    data = tape.read(_padded(size_bytes))
    if len(data) < _padded(size_bytes):
        raise _cut_off(count)
    data = data[:size_bytes]
    if kind == _LONG_NAME:
        return {"path": _text(data)}
    records = {}
    while data:
        length_text = data.partition(b" ")[0]
        length = int(length_text) if length_text.isdigit() and len(length_text) < 8 else 0
        record = data[len(length_text) + 1 : length]
        if not record.endswith(b"\n"):
            raise _damaged(count)
        key, _, value = record[:-1].partition(b"=")
        records[_text(key)] = value.decode(errors="replace")
        data = data[length:]
    return records


def _name(block: bytes) -> str:
    """The name in the header itself; POSIX headers keep the front of a longer one apart."""
    name, prefix = _text(block[:100]), _text(block[345:500])
    return f"{prefix}/{name}" if prefix and block[257:263] == b"ustar\0" else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")


def _number(field: bytes) -> int | None:
    """Octal digits; or, where the first bit is set, base 256 as GNU writes what is too large for them."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits or b"0", 8) if not digits.startswith((b"-", b"+")) else None
    except ValueError:
        return None


def _decimal(text: str) -> int | None:
    """A decimal number as pax records write it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // BLOCK_BYTES) * BLOCK_BYTES


def _cut_off(count: int) -> DamagedTape:
    return DamagedTape(
        ProblemKind.TRUNCATED,
        f"It ends behind {count:,} files without the mark that ends a tar, so it was not copied whole; get it again.",
    )


def _damaged(count: int) -> DamagedTape:
    return DamagedTape(
        ProblemKind.CORRUPT, f"Its list of files is damaged behind {count:,} files; what follows is missing here."
    )
