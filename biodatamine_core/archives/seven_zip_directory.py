"""The directory of a 7z archive, read whole within bounds: no count is believed that its own bytes cannot hold.

Source: 7zFormat.txt of the 7-Zip source; its numbers and property ids have the names used here.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from biodatamine_core.archives.seven_zip_fields import Fields, damaged
from biodatamine_core.errors import UnreadableContent
from biodatamine_core.records import Content

MAGIC = b"7z\xbc\xaf\x27\x1c"
MOST_HEADER_BYTES = 64 << 20  # about half a million files
_SIGNATURE_HEADER = struct.Struct("<6s2sL")  # magic, version, CRC of the start header
_START_HEADER = struct.Struct("<2QL")  # next header: offset behind the start header, size, CRC
_END, _HEADER, _ARCHIVE_PROPERTIES, _ADDITIONAL, _STREAMS, _FILES = 0, 1, 2, 3, 4, 5
_PACK, _UNPACK, _SUBSTREAMS, _SIZES, _CRC, _FOLDER, _CODER_SIZES, _STREAM_COUNTS = 6, 7, 8, 9, 10, 11, 12, 13
_EMPTY_STREAM, _EMPTY_FILE, _NAMES, _ATTRIBUTES, _ENCODED_HEADER = 14, 15, 17, 21, 23
_MOST_CODERS = 32  # of one block; the format's own limit
_LEAST_FILE_BYTES = 2  # a name without a letter and its end
_WINDOWS_FOLDER, _HAS_UNIX_MODE = 0x10, 0x8000


class Coder(NamedTuple):
    """One step of unpacking. method: 7-Zip's id, such as 03 01 01 for LZMA."""

    method: bytes
    properties: bytes


class Block(NamedTuple):
    """Files packed as one run ("folder" in 7-Zip's source). coders: from the packed bytes to the unpacked ones.

    coders is None where they are no plain chain (BCJ2). packed_start counts from the content's first byte.
    """

    coders: tuple[Coder, ...] | None
    packed_start: int
    packed_bytes: int
    size_bytes: int


class Entry(NamedTuple):
    """One file. block: None where it is empty; start: where its bytes begin in the unpacked block."""

    name: str
    is_folder: bool
    size_bytes: int
    crc32: int | None
    block: Block | None
    start: int
    unix_mode: int


def _too_large(name: str, size_bytes: int) -> UnreadableContent:
    return UnreadableContent(
        f"The directory of {name} claims {size_bytes:,} bytes, and {MOST_HEADER_BYTES:,} are read at most; "
        "pack the files as a zip."
    )


class _Streams(NamedTuple):
    blocks: list[Block]
    files: list[tuple[int, int, int, int | None]]
    """(number of the block, start, size, CRC) of every file that is not empty."""


def entries(content: Content, unpack: Callable[[Block], BinaryIO]) -> list[Entry]:
    """Every file and folder in order. unpack: opens a block; the directory itself may be packed.

    Raises UnreadableContent; what unpack raises passes through.
    """
    header = _next_header(content)
    for _ in range(4):  # a directory may be packed, and that one's directory again
        fields = Fields(header, content.name)
        kind = fields.byte() if header else _END
        if kind == _HEADER:
            return _files(fields, content)
        if kind != _ENCODED_HEADER:
            break
        streams = _streams(fields, content)
        if len(streams.files) != 1:
            break
        if streams.blocks[0].size_bytes > MOST_HEADER_BYTES:
            raise _too_large(content.name, streams.blocks[0].size_bytes)
        block, crc32 = streams.blocks[0], streams.files[0][3]
        with unpack(block) as stream:
            header = stream.read(block.size_bytes)
        if crc32 is not None and zlib.crc32(header) != crc32:
            break
    if not header:
        return []
    raise damaged(content.name)


def _next_header(content: Content) -> bytes:
    with content.open() as stream:
        start = stream.read(_SIGNATURE_HEADER.size + _START_HEADER.size)
        if len(start) == _SIGNATURE_HEADER.size + _START_HEADER.size:
            _, _, start_crc32 = _SIGNATURE_HEADER.unpack_from(start)
            start_header = start[_SIGNATURE_HEADER.size :]
            offset, size_bytes, crc32 = _START_HEADER.unpack(start_header)
            if zlib.crc32(start_header) != start_crc32:
                raise damaged(content.name)
            if size_bytes > MOST_HEADER_BYTES:
                raise _too_large(content.name, size_bytes)
            if len(start) + offset + size_bytes <= content.size_bytes:
                stream.seek(len(start) + offset)
                header = stream.read(size_bytes)
                if zlib.crc32(header) != crc32:
                    raise damaged(content.name)
                return header
    raise UnreadableContent(
        f"{content.name} is a 7z archive without its directory, so it was not copied whole; get the file again."
    )


def _streams(fields: Fields, content: Content) -> _Streams:
    """The packed streams, the blocks they unpack to, and where each file lies in them."""
    packed: list[tuple[int, int]] = []
    blocks: list[Block] = []
    crc32s: list[int | None] = []
    files: list[tuple[int, int, int, int | None]] | None = None
    while (kind := fields.number()) != _END:
        if kind == _PACK:
            packed = _packed_streams(fields, content.size_bytes)
        elif kind == _UNPACK:
            blocks, crc32s = _blocks(fields, packed)
        elif kind == _SUBSTREAMS:
            files = _substreams(fields, blocks, crc32s)
        else:
            raise fields.damage()
    if files is None:
        files = [(number, 0, block.size_bytes, crc32s[number]) for number, block in enumerate(blocks)]
    return _Streams(blocks, files)


def _packed_streams(fields: Fields, archive_bytes: int) -> list[tuple[int, int]]:
    """(start, size) of each."""
    start = fields.size() + _SIGNATURE_HEADER.size + _START_HEADER.size
    count = fields.count()
    packed: list[tuple[int, int]] = []
    while (kind := fields.number()) != _END:
        if kind == _SIZES:
            for _ in range(count):
                size_bytes = fields.size()
                packed.append((start, size_bytes))
                start += size_bytes
        elif kind == _CRC:
            fields.crc32s(count)
        else:
            raise fields.damage()
    if start > archive_bytes or len(packed) != count:
        raise fields.damage()
    return packed


def _blocks(fields: Fields, packed: list[tuple[int, int]]) -> tuple[list[Block], list[int | None]]:
    fields.expect(_FOLDER)
    count = fields.count()
    if fields.byte():
        raise fields.damage()  # kept elsewhere in the archive: no program writes that
    chains = [_chain(fields) for _ in range(count)]
    fields.expect(_CODER_SIZES)
    sizes = [[fields.size() for _ in range(coders)] for _, coders, _, _ in chains]
    crc32s: list[int | None] = [None] * count
    while (kind := fields.number()) != _END:
        if kind != _CRC:
            raise fields.damage()
        crc32s = fields.crc32s(count)
    blocks, at = [], 0
    for (coders, _, packed_count, last), of_coders in zip(chains, sizes, strict=True):
        own = packed[at : at + packed_count]
        at += packed_count
        if len(own) != packed_count:
            raise fields.damage()
        start = own[0][0] if own else 0
        blocks.append(Block(coders, start, sum(size for _, size in own), of_coders[last]))
    return blocks, crc32s


def _chain(fields: Fields) -> tuple[tuple[Coder, ...] | None, int, int, int]:
    """(coders in the order of unpacking or None, how many outputs, how many packed streams, which output is last)."""
    coders: list[Coder] = []
    count = fields.count()
    if not 0 < count <= _MOST_CODERS:
        raise fields.damage()
    inputs = outputs = 0
    for _ in range(count):
        flags = fields.byte()
        method = fields.take(flags & 0x0F)
        inputs += fields.count() if flags & 0x10 else 1
        outputs += fields.count() if flags & 0x10 else 1
        coders.append(Coder(method, fields.take(fields.count()) if flags & 0x20 else b""))
    if not 0 < outputs <= _MOST_CODERS or inputs > _MOST_CODERS or inputs < outputs - 1:
        raise fields.damage()
    feeds = {fields.number(): fields.number() for _ in range(outputs - 1)}  # input -> the output it comes from
    packed_count = inputs - (outputs - 1)
    if packed_count > 1:
        for _ in range(packed_count):
            fields.number()
    unbound = [output for output in range(outputs) if output not in feeds.values()]
    if len(unbound) != 1 or len(feeds) != outputs - 1:
        raise fields.damage()
    if inputs != count or outputs != count:
        return None, outputs, packed_count, unbound[0]
    order = [unbound[0]]
    while order[-1] in feeds and len(order) <= count:
        order.append(feeds[order[-1]])
    if sorted(order) != list(range(count)):
        raise fields.damage()
    return tuple(coders[number] for number in reversed(order)), outputs, packed_count, unbound[0]


def _substreams(
    fields: Fields, blocks: list[Block], block_crc32s: list[int | None]
) -> list[tuple[int, int, int, int | None]]:
    counts = [1] * len(blocks)
    kind = fields.number()
    if kind == _STREAM_COUNTS:
        counts = [fields.count() for _ in blocks]
        kind = fields.number()
    if any(count > 1 for count in counts) and (kind != _SIZES or sum(counts) > fields.left + len(blocks)):
        raise fields.damage()
    places: list[tuple[int, int, int]] = []
    for number, (block, count) in enumerate(zip(blocks, counts, strict=True)):
        start = 0
        for _ in range(count - 1):
            size_bytes = fields.size()
            places.append((number, start, size_bytes))
            start += size_bytes
        if start > block.size_bytes:
            raise fields.damage()
        if count:
            places.append((number, start, block.size_bytes - start))
    if kind == _SIZES:
        kind = fields.number()
    untold = [counts[number] != 1 or block_crc32s[number] is None for number, _, _ in places]
    told: Iterator[int | None] = iter(())
    while kind != _END:
        if kind != _CRC:
            raise fields.damage()
        told = iter(fields.crc32s(sum(untold)))
        kind = fields.number()
    return [
        (*place, next(told, None) if is_untold else block_crc32s[place[0]])
        for place, is_untold in zip(places, untold, strict=True)
    ]


def _files(fields: Fields, content: Content) -> list[Entry]:
    """The list of files, behind the streams it refers to."""
    streams = _Streams([], [])
    kind = fields.number()
    if kind == _ARCHIVE_PROPERTIES:
        while fields.number() != _END:
            fields.take(fields.count())
        kind = fields.number()
    if kind == _ADDITIONAL:
        _streams(fields, content)
        kind = fields.number()
    if kind == _STREAMS:
        streams = _streams(fields, content)
        kind = fields.number()
    if kind != _FILES:
        return []
    count = fields.count(_LEAST_FILE_BYTES)
    names: list[str] = []
    is_empty, is_empty_file, attributes = [False] * count, [False] * count, [0] * count
    while (kind := fields.number()) != _END:
        property_fields = Fields(fields.take(fields.count()), content.name)
        if kind == _EMPTY_STREAM:
            is_empty = property_fields.bits(count)
        elif kind == _EMPTY_FILE:
            is_empty_file = property_fields.bits(sum(is_empty))
        elif kind == _NAMES:
            names = _names(property_fields, count)
        elif kind == _ATTRIBUTES:
            attributes = _attributes(property_fields, count)
    if len(names) != count or count - sum(is_empty) != len(streams.files):
        raise fields.damage()
    return _joined(names, is_empty, is_empty_file, attributes, streams)


def _joined(
    names: list[str], is_empty: list[bool], is_empty_file: list[bool], attributes: list[int], streams: _Streams
) -> list[Entry]:
    empty_files, places = iter(is_empty_file), iter(streams.files)
    found = []
    for name, without_bytes, flags in zip(names, is_empty, attributes, strict=True):
        unix_mode = flags >> 16 if flags & _HAS_UNIX_MODE else 0
        if without_bytes:
            is_folder = not next(empty_files, False) or bool(flags & _WINDOWS_FOLDER)
            found.append(Entry(name, is_folder, 0, None, None, 0, unix_mode))
        else:
            number, start, size_bytes, crc32 = next(places)
            found.append(Entry(name, False, size_bytes, crc32, streams.blocks[number], start, unix_mode))
    return found


def _names(fields: Fields, count: int) -> list[str]:
    if fields.byte():
        raise fields.damage()  # kept elsewhere in the archive
    text = fields.rest().decode("utf-16-le", errors="replace")
    return text.split("\0", count)[:count]


def _attributes(fields: Fields, count: int) -> list[int]:
    is_told = fields.defined(count)
    if fields.byte():
        raise fields.damage()
    return [int.from_bytes(fields.take(4), "little") if told else 0 for told in is_told]
