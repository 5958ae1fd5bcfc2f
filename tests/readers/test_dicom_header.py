"""The walk over a DICOM header: it reads what pydicom reads, or hands the file over; it never reads something else."""

import io
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import data_store
import pydicom.data
import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

from biodatamine_core import readers
from biodatamine_core.readers import dicom_fallback, dicom_tags
from biodatamine_core.readers.dicom_elements import HANDED_OVER, Header, read_header, walked
from biodatamine_core.readers.dicom_values import BINARY_CODES, Elements
from biodatamine_core.readers.interface import HEAD_BYTES
from biodatamine_core.readers.stream import HeaderStream
from biodatamine_core.records import Member, Mode, Pseudonym, UnreadableMember
from tests.builders import dicom_slice, member_of
from tests.readers.test_dicom import deflated, enhanced, item

FOLDERS = (
    Path(pydicom.data.__file__).parent / "test_files",
    Path(pydicom.data.__file__).parent / "charset_files",
    Path(data_store.__file__).parent / "data",
)
BUNDLED = sorted(path for folder in FOLDERS for path in folder.rglob("*") if path.is_file())
HEADER_FIELDS = ("transfer_syntax_uid", "is_little_endian", "is_explicit", "pixel_tag", "pixel_length", "pixel_offset",
                 "is_empty", "ended_early", "is_broken", "is_deflated")  # fmt: skip


def said(elements: Elements) -> dict[int, Any]:
    """Everything that can be asked of the elements."""
    return {
        tag: (
            elements.has(tag),
            elements.texts(tag),
            elements.numbers(tag),
            [said(item) for item in elements.items(tag)] if tag in SEQUENCES else None,
        )
        for tag in dicom_tags.WANTED
        if tag not in dicom_tags.PIXELS
    }


SEQUENCES = {tag for tag in dicom_tags.WANTED if dictionary_has_tag(tag) and dictionary_VR(tag) == "SQ"}


def facts(header: Header) -> tuple[Any, ...]:
    return (*(getattr(header, field) for field in HEADER_FIELDS), said(header.meta), said(header.data))


def difference(data: bytes) -> str | None:
    """What the walk reads otherwise than pydicom; None where they agree, or where it hands over."""
    header = walked(data[:HEAD_BYTES], len(data) < HEAD_BYTES)
    if header is None:
        return None
    try:
        expected = dicom_fallback.read_header(HeaderStream(io.BytesIO(data)))
    except UnreadableMember as unreadable:
        return str(unreadable)
    for field, ours, theirs in zip((*HEADER_FIELDS, "meta", "data"), facts(header), facts(expected), strict=True):
        if ours != theirs:
            return f"{field}: {ours} is {theirs} for pydicom"
    return None


@cache
def seeds() -> tuple[bytes, ...]:
    """Small whole files of many kinds, most of them cut behind the first bytes of their pixels."""
    made = [
        dicom_slice(StudyDescription="CHEST"),
        dicom_slice(preamble=False),
        dicom_slice("MR", transfer_syntax=ImplicitVRLittleEndian, StudyDescription="HEAD"),
        enhanced([[0, 0, 0], [0, 0, 2.5]]),
        undefined(enhanced([[0, 0, 0], [0, 0, 2.5]])),
        undefined(enhanced([[0, 0, 0], [0, 0, 2.5]]), implicit=True),
    ]
    return (*made, *(path.read_bytes()[:20_000] for path in BUNDLED if path.stat().st_size < 200_000))


def undefined(data: bytes, implicit: bool = False) -> bytes:
    """The same with every sequence and item of undefined length."""
    dataset = pydicom.dcmread(io.BytesIO(data))
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
            for each in element.value:
                each.is_undefined_length_sequence_item = True
    if implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    stream = io.BytesIO()
    dataset.save_as(stream, implicit_vr=implicit, little_endian=True)
    return stream.getvalue()


def damaged(count: int, seed: int) -> Iterator[bytes]:
    """Files with bytes changed, put in, taken out, and cut; mostly where the elements' own headers are."""
    chance = random.Random(seed)
    telling = [struct.pack("<I", n) for n in (0, 1, 7, 0xFFFFFFFF, 0xFFFEE000, 70_000)]
    telling += [
        b"SQ",
        b"UN",
        b"US",
        b"SS",
        b"OB",
        b"FD",
        b"UT",
        b"\xfe\xff\xdd\xe0\0\0\0\0",
        b"\xfe\xff\x0d\xe0\0\0\0\0",
    ]
    telling += [struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in sorted(dicom_tags.WANTED)]
    for _ in range(count):
        data = bytearray(chance.choice(seeds()))
        reach = chance.choice((400, 2_000, len(data)))
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            at = chance.randrange(max(1, min(reach, len(data))))
            match chance.randrange(5):
                case 0:
                    data[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    data[at : at + 2] = chance.randbytes(2)
                case 2:
                    del data[at : at + chance.randrange(1, 9)]
                case 3:
                    word = chance.choice(telling)
                    data[at : at + len(word)] = word
                case _:
                    data[at:at] = chance.choice(telling)
        yield bytes(data[: chance.randrange(1, len(data) + 1)] if chance.random() < 0.3 and data else data)


def test_every_bundled_file_is_read_as_pydicom_reads_it() -> None:
    assert {path.name: found for path in BUNDLED if (found := difference(path.read_bytes()))} == {}


def test_most_whole_little_endian_files_are_not_handed_over() -> None:
    whole = [data for path in BUNDLED if (data := path.read_bytes())[128:132] == b"DICM"]
    assert sum(walked(data[:HEAD_BYTES], len(data) < HEAD_BYTES) is not None for data in whole) > 0.7 * len(whole)


def test_damaged_files_are_read_as_pydicom_reads_them() -> None:
    assert [found for data in damaged(600, seed=1) if (found := difference(data))] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_many_damaged_files_are_read_as_pydicom_reads_them(seed: int) -> None:
    assert [found for data in damaged(5_000, seed) if (found := difference(data))] == []


def test_files_that_are_cut_anywhere_are_read_as_pydicom_reads_them() -> None:
    for whole in seeds()[:6]:
        assert [found for end in range(0, len(whole), 7) if (found := difference(whole[:end]))] == []


@pytest.mark.parametrize("implicit", [False, True], ids=["explicit", "implicit"])
def test_sequences_of_undefined_length_are_walked(implicit: bool) -> None:
    data = undefined(enhanced([[0, 0, 0], [0, 0, 2.5]]), implicit)
    assert walked(data, is_whole=True) is not None
    record = readers.inspect(member_of(data), Pseudonym(b"test"), Mode.FULL)
    assert record.frame_positions_mm == (0, 0, 0, 0, 0, 2.5)
    assert record.anatomic_region == "SCT:12738006 Brain"


def test_pixels_of_an_icon_are_not_the_files_own() -> None:
    icon = item(Rows=2, Columns=2, BitsAllocated=8, PixelData=b"\1\2\3\4")
    data = undefined(dicom_slice(IconImageSequence=Sequence([icon])))
    header = walked(data, is_whole=True)
    assert header is not None
    assert header.data.integer(dicom_tags.ROWS) == 16
    assert header.pixel_length == 512


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(deflated(dicom_slice()), "deflated", id="deflated"),
        pytest.param(
            dicom_slice(SpecificCharacterSet="ISO_IR 100").replace(b"ISO_IR 100", b"NONE_SUCH "),
            "an odd character set",
            id="character set",
        ),
        pytest.param(dicom_slice().replace(b"\x08\0\x60\0CS", b"\x08\0\x60\0ZZ"), "an unknown VR", id="VR"),
        pytest.param(dicom_slice()[:700], "it ends within an element", id="cut"),
    ],
)
def test_what_is_odd_is_handed_over_and_counted(data: bytes, reason: str) -> None:
    before = HANDED_OVER[reason]
    assert walked(data, is_whole=True) is None
    readers.inspect(member_of(data), Pseudonym(b"test"), Mode.HEADERS)
    assert HANDED_OVER[reason] == before + 1


def test_a_header_longer_than_the_first_block_is_walked_in_a_longer_one() -> None:
    long = b"\x08\0\x15\0UT\0\0" + struct.pack("<I", 200_000) + bytes(200_000)
    data = dicom_slice().replace(b"\x08\0\x16\0UI", long + b"\x08\0\x16\0UI")
    before = HANDED_OVER.total()
    header = read_header(HeaderStream(io.BytesIO(data)))
    assert (header.data.text(dicom_tags.MODALITY), HANDED_OVER.total()) == ("CT", before)
    assert walked(data[:HEAD_BYTES], is_whole=False) is None


def test_only_the_first_bytes_are_read_of_a_large_file() -> None:
    data = dicom_slice(rows=1000, columns=1000)
    opened = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            opened.append(len(block))
            return block

    member = Member("a", lambda: Counting(data), size_bytes=len(data))
    assert readers.inspect(member, Pseudonym(b"test"), Mode.FULL).shape == (1000, 1000)
    assert opened == [HEAD_BYTES]


def test_allow_list_knows_which_values_are_binary_numbers() -> None:
    standard = {tag: dictionary_VR(tag) for tag in dicom_tags.WANTED if dictionary_has_tag(tag)}
    assert {tag: vr for tag, vr in standard.items() if vr in BINARY_CODES} == dicom_tags.BINARY
    assert set(dicom_tags.PRIVATE) == dicom_tags.WANTED - set(standard)


def test_usual_files_are_read_without_importing_pydicom() -> None:
    program = (
        "import io, sys\n"
        "from biodatamine_core import readers\n"
        "from biodatamine_core.records import *\n"
        "data = sys.stdin.buffer.read()\n"
        "member = Member('a.dcm', lambda: io.BytesIO(data), len(data))\n"
        "print(readers.inspect(member, Pseudonym(b'x'), Mode.FULL).modality_tag)\n"
        "heavy = {'pydicom', 'nibabel', 'pandas', 'PIL', 'tifffile', 'streamlit', 'plotly'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=dicom_slice(), capture_output=True, check=True)
    assert done.stdout.decode().split("\n")[:2] == ["CT", "[]"]


def test_files_that_share_most_of_their_header_are_each_read_as_they_are() -> None:
    def data(number: int, **tags: Any) -> bytes:
        return dicom_slice(
            "MR", position_mm=(0, 0, number), instance=number, series=f"series {number % 3}", BodyPartExamined="HEAD",
            EchoTime=number % 2, **{"ProtocolName": f"protocol {chr(120) * (number % 5)}", **tags},
        )  # fmt: skip

    files = [data(number) for number in range(40)] + [data(number, KVP=90, ProtocolName=None) for number in range(40)]
    random.Random(1).shuffle(files)
    assert [difference(each) for each in files] == [None] * len(files)
    assert all(walked(each, is_whole=True) for each in files)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_file_is_read_as_it_is_where_it_leaves_the_way_of_its_series(implicit: bool) -> None:
    syntax = {"transfer_syntax": ImplicitVRLittleEndian} if implicit else {}
    usual = [dicom_slice("MR", instance=number, EchoTime=number, KVP=90 + number, **syntax) for number in range(24)]
    assert [difference(each) for each in usual] == [None] * len(usual)
    cut = [usual[0][:end] for end in range(132, len(usual[0]), 5)]
    changed = [usual[0][:at] + bytes([usual[0][at] ^ 0x41]) + usual[0][at + 1 :] for at in range(140, 900, 3)]
    assert [difference(each) for each in cut + changed] == [None] * len(cut + changed)
