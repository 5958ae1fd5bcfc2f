"""The sample dataset is what its README promises: small, synthetic, with faults that a scan must find."""

from pathlib import Path

import numpy as np
import pytest

from bench import make_samples
from biodatamine_core import archives, readers
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFolder

FOLDER = Path(__file__).parent.parent / "data" / "samples"


def members(folder: Path = FOLDER) -> list[Member]:
    return [archives.unpacked(member) for member in archives.walk(LocalFolder(folder), Limits())]


@pytest.fixture(scope="module")
def records() -> dict[str, FileRecord]:
    return {member.path: readers.inspect(member, Pseudonym(b"test"), Mode.FULL) for member in members()}


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1_500_000


def test_every_file_is_known(records: dict[str, FileRecord]) -> None:
    assert {record.format for record in records.values()} == {"DICOM", "NIfTI", "PNG", "JSON", "text"}
    assert {path for path, record in records.items() if not record.readable} == {"ct_broken/cut.dcm"}
    assert records["ct_broken/cut.dcm"].problem_kind is ProblemKind.TRUNCATED


def test_ct_misses_one_slice(records: dict[str, FileRecord]) -> None:
    heights = sorted(
        r.image_position_mm[2] for p, r in records.items() if p.startswith("ct_chest/") and r.image_position_mm
    )
    assert len(heights) == 23
    assert sorted(np.diff(heights))[-2:] == [6.0, 12.0]


def test_one_picture_is_in_train_and_in_test() -> None:
    pictures = [path.read_bytes() for path in sorted((FOLDER / "xray").rglob("*.png"))]
    assert (len(pictures), len(set(pictures))) == (4, 3)


def test_every_image_but_the_broken_one_can_be_drawn(records: dict[str, FileRecord]) -> None:
    images = [m for m in members() if records[m.path].role is Role.IMAGE and records[m.path].readable]
    assert len(images) == 28
    assert all(readers.middle_picture(member).pixels.std() > 0 for member in images)


@pytest.mark.long
def test_it_is_what_its_program_makes(tmp_path: Path) -> None:
    for path, data in make_samples.samples().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    made, kept = members(tmp_path), members()
    assert [member.path for member in made] == [member.path for member in kept]
    for here, there in zip(made, kept, strict=True):
        if here.path.endswith((".txt", ".json", "cut.dcm")):
            assert here.read(0, 4096) == there.read(0, 4096)
        else:  # another processor may round another way: the pictures must agree to two grey values
            difference = readers.middle_picture(here).pixels.astype(float) - readers.middle_picture(there).pixels
            assert np.abs(difference).max() <= 2
