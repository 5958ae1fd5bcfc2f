"""A storage that is away is said to be away; no file is called broken for it, and nothing is published."""

from collections.abc import Callable
from typing import BinaryIO

import pytest

from biodatamine_core import previews
from biodatamine_core.errors import StorageUnavailable
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.records import Member, Mode, Pseudonym
from biodatamine_core.scan.one_file import Orders, inspected
from biodatamine_core.settings import Limits


def away() -> BinaryIO:
    raise StorageUnavailable("the storage does not answer.")


MEMBER = Member(path="a.nii", opener=away, size_bytes=1000)


def scanned() -> None:
    inspected(MEMBER, "identity", Orders(Mode.FULL, Limits(), Pseudonym(b"key")), lambda: None)


def drawn() -> None:
    previews.draw((MEMBER, previews.Wanted("series", "MR", ())))


def parsed() -> None:
    with decoding("header"):
        away()


@pytest.mark.parametrize("act", [scanned, drawn, parsed])
def test_an_outage_is_no_damage(act: Callable[[], None]) -> None:
    with pytest.raises(StorageUnavailable):
        act()
