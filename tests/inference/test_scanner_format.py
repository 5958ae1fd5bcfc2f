"""Formats that only one kind of scanner writes say the modality; formats of tools do not."""

import pytest

from biodatamine_core.inference import label, scanner_format
from tests.inference.arrange import said, series_of


@pytest.mark.parametrize(("format", "modality"), [("PAR/REC", "MR"), ("ECAT", "PT")])
def test_a_format_of_one_kind_of_scanner_says_its_modality(format: str, modality: str) -> None:
    series = series_of("x/1.bin", format=format)
    assert said(scanner_format, series) == [("modality", modality)]
    assert label(series)[0].modality == modality


@pytest.mark.parametrize("format", ["NIfTI", "NRRD", "MetaImage", "MINC", "MGH", "AFNI", "Analyze", "npy", "DICOM"])
def test_a_format_of_tools_says_nothing(format: str) -> None:
    assert said(scanner_format, series_of(format=format)) == []
