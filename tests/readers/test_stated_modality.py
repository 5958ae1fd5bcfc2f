"""The modality that headers of volumes state in their own words; and what is left out because nobody stated it."""

from pathlib import Path

import pytest

from biodatamine_core import readers
from biodatamine_core.inference import label
from biodatamine_core.readers.stated_modality import stated_modality
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym
from tests.builders import member_of
from tests.inference.arrange import series_of
from tests.readers.volumes import NIBABEL_DATA, afni, beside, metaimage, nrrd_file


def inspect(member: Member) -> FileRecord:
    return readers.inspect(member, Pseudonym(b"test"), Mode.FULL)


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (b"MRI__", "MR"),
        ("PET__", "PT"),
        ("CT___", "CT"),
        ("MET_MOD_NM", "NM"),
        ("DWMRI", "MR"),
        ("MRSERIES", "MR"),
        ("MET_MOD_UNKNOWN", None),
        ("label", None),
        ("", None),
    ],
)
def test_words_of_the_formats_become_codes(stated: str | bytes, code: str | None) -> None:
    assert stated_modality(stated) == code


def test_a_philips_header_states_it_also_without_its_voxels() -> None:
    assert inspect(member_of((NIBABEL_DATA / "T1.PAR").read_bytes(), "T1.PAR")).modality_tag == "MR"


@pytest.mark.parametrize(("name", "code"), [("minc1_4d.mnc", "MR"), ("minc2_4d.mnc", "MR"), ("small.mnc", None)])
def test_minc_states_it_in_its_study(name: str, code: str | None) -> None:
    assert inspect(member_of((NIBABEL_DATA / name).read_bytes(), name)).modality_tag == code


def test_nrrd_states_it_in_a_key_of_its_own(tmp_path: Path) -> None:
    for number, encoding in enumerate(("raw", "gzip", "ascii")):
        files = nrrd_file(tmp_path / str(number), encoding=encoding, modality="DWMRI")
        assert inspect(beside(files, "a.nrrd")).modality_tag == "MR"


@pytest.mark.parametrize("is_packed", [False, True])
def test_metaimage_states_it_in_a_field(tmp_path: Path, is_packed: bool) -> None:
    (data,) = metaimage(tmp_path, is_packed=is_packed).values()
    stated = data.replace(b"NDims", b"Modality = MET_MOD_CT\nNDims", 1)
    assert inspect(member_of(stated, "a.mha")).modality_tag == "CT"
    assert inspect(member_of(data, "a.mha")).modality_tag is None


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        pytest.param("0 2 0", "MR", id="echo planar"),
        pytest.param("0 6 0", "PT", id="PET"),
        pytest.param("0 3 0", None, id="MRAN, which programs write where nobody said it"),
        pytest.param("0", None, id="nothing"),
    ],
)
def test_afni_states_it_of_an_anatomical_dataset(scene: str, code: str | None) -> None:
    files = afni()
    numbers = f"count = {len(scene.split())}\n {scene}\n".encode()
    files["brain+orig.HEAD"] = files["brain+orig.HEAD"].replace(b"count = 3\n 0 2 0\n", numbers)
    assert inspect(beside(files, "brain+orig.HEAD")).modality_tag == code
    functional = files["brain+orig.HEAD"].replace(b"3DIM_HEAD_ANAT", b"3DIM_HEAD_FUNC")
    assert inspect(beside({**files, "brain+orig.HEAD": functional}, "brain+orig.HEAD")).modality_tag is None


def test_the_clue_says_where_it_stands() -> None:
    _, (clue, *_) = label(series_of(format="MINC", path="a.mnc", modality_tag="PT"))
    assert clue.because == "The modality in its MINC header or JSON sidecar is PT"
