"""What a header says of templates and of SPM, and what only looks like it."""

import nibabel as nib
import numpy as np
import pytest

from biodatamine_core import readers
from biodatamine_core.inference import label, template_space
from biodatamine_core.records import Mode, Pseudonym, Strength
from tests.builders import member_of
from tests.inference.arrange import said, series_of

HEAD = [("anatomy", "head:brain")]


@pytest.mark.parametrize(
    ("facts", "clues"),
    [
        pytest.param({"coordinate_space": "MNI 152"}, HEAD, id="MNI"),
        pytest.param({"coordinate_space": "Talairach", "format": "AFNI"}, HEAD, id="Talairach"),
        pytest.param({"shape": (91, 109, 91), "spacing_mm": (2.0, 2.0, 2.0)}, HEAD, id="grid of FSL's template"),
        pytest.param({"shape": (53, 63, 46, 200), "spacing_mm": (3.0, 3.0, 3.0)}, HEAD, id="grid of SPM's, over time"),
        pytest.param({"shape": (91, 109, 91), "spacing_mm": (0.7, 0.7, 2.0)}, [], id="its sizes by other steps"),
        pytest.param({"shape": (256, 256, 180), "spacing_mm": (1.0, 1.0, 1.0)}, [], id="a grid of scanners"),
        pytest.param({"header_description": "spm - 3D normalized"}, HEAD, id="written by SPM"),
        pytest.param({"header_description": "SPM{T_[262.0]} - contrast 3"}, HEAD, id="a map of SPM"),
        pytest.param({"header_description": "spm - 3D normalized", "format": "TIFF"}, [], id="not of a NIfTI"),
        pytest.param({"header_description": "crispm - x"}, [], id="other words"),
        pytest.param({"header_description": "FSL5.0"}, [], id="FSL is used for other organs too"),
        pytest.param({}, [], id="nothing said"),
    ],
)
def test_templates_and_their_tools_say_brain(facts, clues):
    assert said(template_space, series_of("1.nii.gz", **{"format": "NIfTI", **facts})) == clues


def test_a_brain_template_is_an_answer_of_its_own():
    decided, clues = label(series_of("1.nii.gz", format="NIfTI", coordinate_space="MNI 152"))
    assert (decided.anatomy, decided.anatomy_zones, clues[0].strength) == ("brain", ("head",), Strength.STRONG)


@pytest.mark.parametrize(("code", "space"), [(1, None), (2, None), (3, "Talairach"), (4, "MNI 152")])
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_the_template_of_a_nifti_is_told_by_its_form_code(kind, code, space):
    image = kind(np.zeros((4, 5, 6), np.int16), np.eye(4))
    image.set_sform(np.eye(4), code)
    record = readers.inspect(member_of(image.to_bytes(), "a.nii"), Pseudonym(b"secret"), Mode.HEADERS)
    assert (record.readable, record.coordinate_space) == (True, space)


AFNI = """
type = integer-attribute
name = SCENE_DATA
count = 8
 {view} 2 0 -999 -999 -999 -999 -999

type = string-attribute
name = TYPESTRING
count = 15
'3DIM_HEAD_ANAT~

type = string-attribute
name = TEMPLATE_SPACE
count = {length}
'{space}~

type = integer-attribute
name = DATASET_RANK
count = 8
 3 1 0 0 0 0 0 0

type = integer-attribute
name = DATASET_DIMENSIONS
count = 5
 4 5 6 0 0

type = integer-attribute
name = ORIENT_SPECIFIC
count = 3
 0 3 4

type = float-attribute
name = ORIGIN
count = 3
 0 0 0

type = float-attribute
name = DELTA
count = 3
 1 1 1

type = float-attribute
name = IJK_TO_DICOM_REAL
count = 12
 1 0 0 0 0 1 0 0 0 0 1 0

type = integer-attribute
name = BRICK_TYPES
count = 1
 1

type = float-attribute
name = BRICK_FLOAT_FACS
count = 1
 0

type = string-attribute
name = BYTEORDER_STRING
count = 10
'LSB_FIRST~
"""


@pytest.mark.parametrize(
    ("view", "space", "told"),
    [
        (0, "ORIG", None),
        (2, "TLRC", "Talairach"),
        (2, "MNI_2009c_asym", "MNI 152"),
        (2, "", "Talairach"),
        (0, "", None),
    ],
)
def test_the_template_of_an_afni_dataset_is_told_by_its_space_or_its_view(view, space, told):
    header = AFNI.format(view=view, space=space, length=len(space) + 1).encode()
    record = readers.inspect(member_of(header, "a+tlrc.HEAD"), Pseudonym(b"secret"), Mode.HEADERS)
    assert (record.format, record.coordinate_space) == ("AFNI", told)
