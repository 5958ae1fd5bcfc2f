"""How an MR was weighted and which agent was given, as a header states it; a sidecar says the same."""

import json

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Mode, Pseudonym
from tests.builders import dicom_frames, dicom_slice, item, member_of


def inspect(data: bytes, path: str = "a.dcm") -> FileRecord:
    return readers.inspect(member_of(data, path), Pseudonym(b"test"), Mode.HEADERS)


def test_a_slice_says_how_it_was_weighted() -> None:
    record = inspect(
        dicom_slice(
            "MR", ScanningSequence=["GR", "IR"], SequenceVariant=["SK", "SP"], SequenceName="*tfl3d1_16",
            RepetitionTime="2300", EchoTime="2.98", InversionTime="900", FlipAngle="9", ContrastBolusAgent="Gadavist",
        )
    )  # fmt: skip
    assert (record.scanning_sequence, record.sequence_variant) == (("GR", "IR"), ("SK", "SP"))
    assert (record.sequence_name, record.contrast_agent) == ("*tfl3d1_16", "Gadavist")
    assert (record.repetition_time_ms, record.echo_time_ms, record.inversion_time_ms) == (2300.0, 2.98, 900.0)
    assert record.flip_angle_deg == 9.0


def test_an_enhanced_image_says_it_in_its_own_elements() -> None:
    timing = [item(RepetitionTime=500, FlipAngle=90)]
    frames = [{"MRTimingAndRelatedParametersSequence": timing}]
    agent = [item(CodeValue="387310003", CodingSchemeDesignator="SCT", CodeMeaning="Gadoterate")]
    record = inspect(
        dicom_frames(
            frames=1, AcquisitionContrast="T1", PulseSequenceName="se2d", EchoPulseSequence="SPIN",
            ContrastBolusAgentSequence=agent, SharedFunctionalGroupsSequence=[item(**frames[0])],
        )
    )  # fmt: skip
    assert (record.acquisition_contrast, record.sequence_name, record.scanning_sequence) == ("T1", "se2d", ("SPIN",))
    assert (record.repetition_time_ms, record.flip_angle_deg, record.contrast_agent) == (500.0, 90.0, "Gadoterate")


def test_a_slice_that_says_nothing_leaves_them_open() -> None:
    record = inspect(dicom_slice("MR", ScanningSequence="", RepetitionTime="", InversionTime=""))
    assert (record.scanning_sequence, record.repetition_time_ms, record.inversion_time_ms) == (None, None, None)
    assert (record.sequence_name, record.contrast_agent, record.flip_angle_deg) == (None, None, None)


def test_a_sidecar_states_times_in_seconds_and_joins_words() -> None:
    stated = {
        "RepetitionTime": 2.3, "InversionTime": 0.9, "FlipAngle": 9, "ScanningSequence": "GR_IR",
        "SequenceVariant": ["SK", "SP"], "SequenceName": "tfl3d1", "ContrastBolusIngredient": "GADOLINIUM",
    }  # fmt: skip
    record = inspect(json.dumps(stated).encode(), "sub-01_T1w.json")
    assert (record.repetition_time_ms, record.inversion_time_ms, record.flip_angle_deg) == (2300.0, 900.0, 9.0)
    assert (record.scanning_sequence, record.sequence_variant) == (("GR", "IR"), ("SK", "SP"))
    assert (record.sequence_name, record.contrast_agent) == ("tfl3d1", "GADOLINIUM")
