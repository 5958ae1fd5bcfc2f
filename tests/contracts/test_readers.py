"""Every reader is in the tuple, and keeps the promises of readers/interface.py."""

import importlib
import inspect
import pkgutil

import pytest

from biodatamine_core import readers
from biodatamine_core.readers import PIXEL_READERS, READERS


def modules_with(function: str) -> set[str]:
    package = readers.__name__
    names = [f"{package}.{module.name}" for module in pkgutil.iter_modules(readers.__path__)]
    found = [importlib.import_module(name) for name in names]
    return {
        m.__name__
        for m in found
        if inspect.isfunction(getattr(m, function, None)) and m.__name__ == getattr(m, function).__module__
    }


def test_every_file_that_sniffs_is_in_the_tuple() -> None:
    assert {reader.__name__ for reader in READERS} == modules_with("sniff")  # type: ignore[attr-defined]


def test_every_pixel_reader_draws() -> None:
    assert all(callable(reader.middle_picture) for reader in PIXEL_READERS)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_no_reader_takes_nothing_for_its_own(reader: readers.Reader) -> None:
    assert not reader.sniff(b"", "")
    assert not reader.sniff(b"\x00" * 4096, "a.bin")
