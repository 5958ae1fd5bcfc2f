"""7z archives: the directory is read first; then each block is unpacked once, its members read on the way."""

import bz2
import io
import lzma
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO

from biodatamine_core.archives import lzma_filters
from biodatamine_core.archives.inflation import RAW
from biodatamine_core.archives.interface import is_bomb, too_many_bytes, too_many_files
from biodatamine_core.archives.names import Occurrences, inner_path, is_listed, is_wanted
from biodatamine_core.archives.seven_zip_directory import MAGIC, Block, Coder, Entry, entries
from biodatamine_core.archives.standing import Standing
from biodatamine_core.archives.streams import (
    BLOCK_BYTES,
    Decompressed,
    Decompressor,
    Deflate,
    Section,
    Stored,
    Verified,
    Zstandard,
)
from biodatamine_core.archives.tar_headers import Tape
from biodatamine_core.records import Content, Member, Problem, ProblemKind, UnreadableMember
from biodatamine_core.settings import Limits

# 7-Zip's Methods.txt
_COPY, _DEFLATE, _BZIP2, _ZSTD = b"\x00", b"\x04\x01\x08", b"\x04\x02\x02", b"\x04\xf7\x11\x01"
_LZMA1, _LZMA2, _DELTA, _AES = b"\x03\x01\x01", b"\x21", b"\x03", b"\x06\xf1\x07\x01"
_BRANCH_FILTERS = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
}
_ALONE: dict[bytes, Callable[[], Decompressor]] = {
    _COPY: Stored,
    _DEFLATE: lambda: Deflate(RAW),
    _BZIP2: bz2.BZ2Decompressor,
    _ZSTD: Zstandard,
}
_ENCRYPTED = Problem(
    ProblemKind.ENCRYPTED, "It is encrypted; unpack the archive with its password and scan the result."
)
_UNSUPPORTED = Problem(
    ProblemKind.UNSUPPORTED,
    "It is packed by a 7z method that is not read; LZMA, LZMA2, bzip2, deflate and Zstandard are. Pack it again.",
)


def recognises(content: Content, head: bytes) -> bool:
    return head.startswith(MAGIC)


def is_streamed(content: Content) -> bool:
    return True


def stated_files(content: Content) -> int | None:
    try:
        return sum(not entry.is_folder for entry in _entries(content))
    except UnreadableMember:
        return None


def members(content: Content, limits: Limits, only: str | None) -> Iterator[Member]:
    try:
        found = _entries(content)
    except UnreadableMember as unreadable:  # the directory itself is encrypted, or packed by what is not read
        yield Member(content.name, content.open, refusal=unreadable.problem)
        return
    _refuse_too_much(found, content, limits, only)
    occurrences = Occurrences()
    with closing(_Standpoint(content)) as standpoint:
        for entry in found:
            path, refusal = inner_path(entry.name)
            path = f"{content.name}!/{path}"
            if not entry.is_folder and is_listed(path, only):
                opener, problem = standpoint.at(entry)
                yield Member(
                    path=path,
                    opener=opener,
                    size_bytes=entry.size_bytes,
                    occurrence=occurrences.of(path),
                    crc32=entry.crc32,
                    refusal=refusal or _link(entry) or problem,
                    is_streamed=True,
                )


def _entries(content: Content) -> list[Entry]:
    return entries(content, lambda block: _unpack(content, block))


def _refuse_too_much(found: list[Entry], content: Content, limits: Limits, only: str | None) -> None:
    wanted = [e for e in found if not e.is_folder and is_wanted(f"{content.name}!/{inner_path(e.name)[0]}", only)]
    unpacked_bytes = sum(e.size_bytes for e in wanted if e.block is not None and not _is_bomb(e.block))
    if len(wanted) > limits.files:
        raise too_many_files(content.name, limits)
    if unpacked_bytes > limits.unpacked_bytes:
        raise too_many_bytes(content.name, unpacked_bytes, limits)


def _link(entry: Entry) -> Problem | None:
    if stat.S_ISLNK(entry.unix_mode):
        return Problem(ProblemKind.LINK, "It is a symbolic link; links are not followed.")
    return None


class _Standpoint:
    """The block that the walk stands in: it is unpacked forward, and left when a file of another one comes."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._block: Block | None = None
        self._stream: BinaryIO = io.BytesIO()
        self._tape = Tape(self._stream)
        self._problem: Problem | None = None

    def at(self, entry: Entry) -> tuple[Callable[[], BinaryIO], Problem | None]:
        """How to open the file while the walk stands on it, or why it cannot be read."""
        if entry.block is None:
            return io.BytesIO, None
        if entry.block is not self._block:
            self.close()
            self._block = entry.block
            self._enter(entry.block)
        return partial(_opened, Standing(self._tape, entry.start, entry.size_bytes).open, entry), self._problem

    def _enter(self, block: Block) -> None:
        self._problem = None
        if _is_bomb(block):
            sentence = f"It is in a block of {block.size_bytes:,} bytes out of {block.packed_bytes:,}: a bomb."
            self._problem = Problem(ProblemKind.TOO_LARGE, sentence)
            return
        try:
            self._stream = _unpack(self._content, block)
        except UnreadableMember as unreadable:
            self._problem = unreadable.problem
        self._tape = Tape(self._stream)

    def close(self) -> None:
        self._stream.close()


def _opened(opener: Callable[[], BinaryIO], entry: Entry) -> BinaryIO:
    if entry.crc32 is None:
        return opener()
    return io.BufferedReader(Verified(opener(), Stored(), entry.size_bytes, entry.crc32), BLOCK_BYTES)


def _is_bomb(block: Block) -> bool:
    return is_bomb(block.size_bytes, block.packed_bytes)


def _unpack(content: Content, block: Block) -> BinaryIO:
    """The unpacked bytes of a block. Raises UnreadableMember for what is encrypted or packed in an unknown way."""
    decompressor = _decompressor(block.coders or ())
    packed = Section(content.open(), block.packed_start, block.packed_bytes)
    return io.BufferedReader(Decompressed(io.BufferedReader(packed, BLOCK_BYTES), decompressor), BLOCK_BYTES)


def _decompressor(coders: tuple[Coder, ...]) -> Decompressor:
    methods = [coder.method for coder in coders]
    if _AES in methods:
        raise UnreadableMember(_ENCRYPTED.kind, _ENCRYPTED.sentence)
    if len(methods) == 1 and methods[0] in _ALONE:
        return _ALONE[methods[0]]()
    filters = [known for coder in reversed(coders) if (known := _filter(coder))]
    # Without LZMA2's end mark a branch filter would keep the last bytes to itself.
    if methods and (methods[0] == _LZMA2 or methods in ([_LZMA1], [_LZMA1, _DELTA])) and len(filters) == len(coders):
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    raise UnreadableMember(_UNSUPPORTED.kind, _UNSUPPORTED.sentence)


def _filter(coder: Coder) -> dict[str, Any] | None:
    """One coder as Python's lzma names it; None for what it does not know."""
    if coder.method in _BRANCH_FILTERS:
        return {"id": _BRANCH_FILTERS[coder.method]}
    known = {_LZMA1: lzma_filters.lzma1, _LZMA2: lzma_filters.lzma2, _DELTA: lzma_filters.delta}.get(coder.method)
    return known(coder.properties) if known else None
