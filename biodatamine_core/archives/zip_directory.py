"""A zip's central directory, read as a stream: a million entries need no more memory than one.

Source: PKWARE APPNOTE.TXT 6.3.10; the numbers of its sections stand where they are used.
"""

import stat
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Content

_ENTRY = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_END = struct.Struct("<4s4H2LH")  # 4.3.16
_END_64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_END_64_LOCATOR = struct.Struct("<4sLQL")  # 4.3.15
_ENTRY_SIGNATURE, _END_SIGNATURE = b"PK\x01\x02", b"PK\x05\x06"
_END_64_SIGNATURE, _END_64_LOCATOR_SIGNATURE = b"PK\x06\x06", b"PK\x06\x07"
_DIGITAL_SIGNATURE = b"PK\x05\x05"  # 4.3.13: may stand behind the entries
_MOST_COMMENT_BYTES = 0xFFFF
_LOCAL_HEADER_BYTES = 30
_IN_ZIP64_EXTRA = 0xFFFFFFFF
_LARGEST_NUMBER = (1 << 63) - 1  # what a table's column can hold
_ZIP64_EXTRA_ID = 1  # 4.5.3
_ENCRYPTED_FLAG, _UTF_8_FLAG = 1 << 0, 1 << 11  # 4.4.4
_UNIX, _MACOS = 3, 19  # 4.4.2: who made it, so what the upper half of the attributes means


class DamagedDirectory(Exception):
    """The directory ends early. str(damage) is the sentence for the archive's own row."""


class Directory(NamedTuple):
    """Where the central directory lies. shift: bytes that somebody put in front of the archive."""

    start: int
    size_bytes: int
    entry_count: int
    shift: int
    is_64: bool


class Entry(NamedTuple):
    """One entry of the directory; header_offset and position (its own place) count from the content's first byte."""

    name: str
    is_encrypted: bool
    method: int
    crc32: int
    packed_bytes: int
    size_bytes: int
    header_offset: int
    least_end: int
    unix_mode: int
    position: int

    @property
    def is_folder(self) -> bool:
        return self.size_bytes == 0 and (self.name.endswith(("/", "\\")) or stat.S_ISDIR(self.unix_mode))


def directory(stream: BinaryIO, content: Content) -> Directory:
    """Find the central directory from the archive's end. Raises UnreadableContent."""
    archive_bytes = content.size_bytes
    tail_start = max(0, archive_bytes - _END.size - _MOST_COMMENT_BYTES)
    stream.seek(tail_start)
    tail = stream.read(archive_bytes - tail_start)
    at = tail.rfind(_END_SIGNATURE, 0, len(tail) - _END.size + len(_END_SIGNATURE))
    if at < 0:
        raise UnreadableContent(
            f"{content.name} is a zip without its directory, so it was not copied whole; get the file again."
        )
    _, disk, _, _, entry_count, size_bytes, start, _ = _END.unpack_from(tail, at)
    end, is_64 = tail_start + at, False
    if wide := _wide_end(stream, end):
        end, entry_count, size_bytes, start = wide
        is_64 = True
    elif disk not in (0, 0xFFFF):
        raise UnreadableContent(
            f"{content.name} is one part of a split zip; join the parts first: zip -s 0 ... --out whole.zip"
        )
    actual_start = end - size_bytes
    shift = actual_start - start
    if shift and start < end and _has_entry_at(stream, start):
        actual_start, shift = start, 0
    if actual_start < 0 or start > end or (entry_count and not _has_entry_at(stream, actual_start)):
        raise UnreadableContent(f"{content.name} is a zip whose directory is damaged; get the file again.")
    return Directory(actual_start, size_bytes, entry_count, shift, is_64)


def entries(content: Content) -> Iterator[Entry]:
    """Every entry in the directory's order. Raises DamagedDirectory behind the last one that is whole."""
    with content.open() as stream:
        found = directory(stream, content)
        stream.seek(found.start)
        left, listed, position = found.size_bytes, 0, found.start
        while left >= _ENTRY.size:
            fixed = stream.read(_ENTRY.size)
            if fixed.startswith(_DIGITAL_SIGNATURE):
                break
            if len(fixed) < _ENTRY.size or not fixed.startswith(_ENTRY_SIGNATURE):
                raise _damaged(listed, found)
            fields = _ENTRY.unpack(fixed)
            name_bytes, extra_bytes, comment_bytes = fields[10:13]
            variable_bytes = name_bytes + extra_bytes + comment_bytes
            variable = stream.read(variable_bytes)
            left -= _ENTRY.size + variable_bytes
            if len(variable) < variable_bytes or left < 0:
                raise _damaged(listed, found)
            yield _entry(fields, variable, found.shift, position)
            position += _ENTRY.size + variable_bytes
            listed += 1
        # Writers that know no zip64 count past 65,535 from 0 again.
        if listed != found.entry_count and (found.is_64 or listed & 0xFFFF != found.entry_count):
            raise _damaged(listed, found)


def entry_at(content: Content, position: int) -> Entry:
    """The entry that stands there: `position` is that of an entry which entries() gave."""
    with content.open() as stream:
        shift = directory(stream, content).shift
        stream.seek(position)
        fields = _ENTRY.unpack(stream.read(_ENTRY.size))
        return _entry(fields, stream.read(sum(fields[10:12])), shift, position)


def _entry(fields: tuple[int, ...], variable: bytes, shift: int, position: int) -> Entry:
    """variable: what stands behind the fixed part: name, extra field, comment."""
    name_bytes, extra_bytes = fields[10:12]
    raw_name, extra = variable[:name_bytes], variable[name_bytes : name_bytes + extra_bytes]
    _, made_by, _, flags, method, _, _, crc32, packed_bytes, size_bytes, *_, attributes, header_offset = fields
    if _IN_ZIP64_EXTRA in (packed_bytes, size_bytes, header_offset):
        wide = _zip64_values(extra)
        size_bytes = next(wide, size_bytes) if size_bytes == _IN_ZIP64_EXTRA else size_bytes
        packed_bytes = next(wide, packed_bytes) if packed_bytes == _IN_ZIP64_EXTRA else packed_bytes
        header_offset = next(wide, header_offset) if header_offset == _IN_ZIP64_EXTRA else header_offset
    header_offset += shift
    return Entry(
        name=_text(raw_name, flags),
        is_encrypted=bool(flags & _ENCRYPTED_FLAG),
        method=method,
        crc32=crc32,
        packed_bytes=packed_bytes,
        size_bytes=size_bytes,
        header_offset=header_offset,
        least_end=header_offset + _LOCAL_HEADER_BYTES + len(raw_name) + packed_bytes,
        unix_mode=attributes >> 16 if made_by >> 8 in (_UNIX, _MACOS) else 0,
        position=position,
    )


def _text(raw_name: bytes, flags: int) -> str:
    """UTF-8 where the flag says so, and where it happens to be: many tools forget the flag. Else code page 437."""
    try:
        return raw_name.decode()
    except UnicodeDecodeError:
        return raw_name.decode(errors="replace") if flags & _UTF_8_FLAG else raw_name.decode("cp437")


def _zip64_values(extra: bytes) -> Iterator[int]:
    """The 8-byte numbers of the zip64 extra field, in order; absurd ones as the largest that a table can hold."""
    at = 0
    while at + 4 <= len(extra):
        field_id, size_bytes = struct.unpack_from("<2H", extra, at)
        if field_id == _ZIP64_EXTRA_ID:
            numbers = extra[at + 4 : at + 4 + size_bytes]
            for start in range(0, len(numbers) - 7, 8):
                yield min(int.from_bytes(numbers[start : start + 8], "little"), _LARGEST_NUMBER)
            return
        at += 4 + size_bytes


def _wide_end(stream: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    """(position of the zip64 end record, entries, directory's size, directory's start) where there is one."""
    locator_at = end - _END_64_LOCATOR.size
    if locator_at < 0:
        return None
    stream.seek(locator_at)
    locator = stream.read(_END_64_LOCATOR.size)
    if not locator.startswith(_END_64_LOCATOR_SIGNATURE):
        return None
    stated_at = _END_64_LOCATOR.unpack(locator)[2]
    for at in (stated_at, locator_at - _END_64.size):  # the second where bytes were put in front of the archive
        if 0 <= at <= locator_at - _END_64.size:
            stream.seek(at)
            record = stream.read(_END_64.size)
            if record.startswith(_END_64_SIGNATURE):
                *_, entry_count, size_bytes, start = _END_64.unpack(record)
                return at, entry_count, size_bytes, start
    return None


def _has_entry_at(stream: BinaryIO, at: int) -> bool:
    stream.seek(at)
    return stream.read(len(_ENTRY_SIGNATURE)) in (_ENTRY_SIGNATURE, _DIGITAL_SIGNATURE)


def _damaged(listed: int, found: Directory) -> DamagedDirectory:
    return DamagedDirectory(
        f"Its directory is damaged: {listed:,} of {found.entry_count:,} entries could be listed; "
        "the other files are missing here."
    )
