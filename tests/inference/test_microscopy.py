"""The rule on the metadata of slides and microscopes."""

import pytest

from biodatamine_core.inference import label, microscopy
from biodatamine_core.records import Strength
from tests.inference.arrange import series_of


@pytest.mark.parametrize(
    ("told", "format", "spacing_mm", "strength"),
    [
        pytest.param("Aperio, pyramid of 3 levels", "SVS", (0.0005, 0.0005), Strength.STRONG, id="slide scanner"),
        pytest.param("OME", "TIFF", (0.0005, 0.0005, 0.002), Strength.STRONG, id="OME with pixels of micrometres"),
        pytest.param("OME", "TIFF", None, Strength.MEDIUM, id="OME"),
        pytest.param("OME", "TIFF", (0.7, 0.7, 5.0), Strength.MEDIUM, id="OME with pixels of a scanner"),
        pytest.param("pyramid of 4 levels", "TIFF", None, Strength.MEDIUM, id="pyramid"),
        pytest.param("ImageJ, pyramid of 4 levels", "TIFF", None, Strength.MEDIUM, id="pyramid by ImageJ"),
        pytest.param("ImageJ", "TIFF", (0.0005, 0.0005), None, id="ImageJ writes every kind of image"),
        pytest.param("TE=2.9;Time=101010", "NIfTI", (1.0, 1.0, 1.0), None, id="description of a NIfTI"),
        pytest.param("OME", "DICOM", None, None, id="a DICOM says what it is by its tag"),
        pytest.param(None, "TIFF", (0.0005, 0.0005), None, id="nothing is told"),
    ],
)
def test_microscopy_is_known_by_what_wrote_the_file(told, format, spacing_mm, strength):
    found = list(microscopy.clues(series_of("a.tif", format=format, header_description=told, spacing_mm=spacing_mm)))
    assert [(clue.value, clue.strength, clue.source) for clue in found] == (
        [("SM", strength, "header")] if strength else []
    )


def test_a_slide_is_labelled_microscopy():
    labelled, _ = label(series_of("a.svs", format="SVS", header_description="Aperio"))
    assert (labelled.modality, labelled.modality_group) == ("SM", "Microscopy")
