"""The texts that people and protocols put into a DICOM header: series, protocol, procedure, study."""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.inference.texts import AnatomySaid
from biodatamine_core.records import Clue, SeriesRecord, Strength

# What a CT series is called by its kernel or its reformat, though it covers the body the study names.
_KERNELS_AND_REFORMATS = ("lung", "mediastinum", "rib", "sternum")
_TRUNK = {"neck", "chest", "abdomen", "pelvis", "whole_body"}
_STUDY_WIDE = ("StudyDescription", "RequestedProcedureDescription")


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """One clue per text that names a body part or a modality, from the text closest to the series outwards.

    Where no text names a part, the coverage that goes without saying: "FDG" is a scan from the skull base to the thigh.
    """
    named = list(_anatomy(series))
    yield from named or _coverage(series)
    if not texts.is_derived(series):
        yield from _modality(series)


def _texts(series: SeriesRecord) -> tuple[tuple[str, str | None], ...]:
    """From the closest to the widest: a study's text speaks for all its series."""
    return (
        ("SeriesDescription", series.series_description),
        ("ProtocolName", series.protocol_name),
        ("RequestedProcedureDescription", series.requested_procedure_description),
        ("StudyDescription", series.study_description),
    )


def _anatomy(series: SeriesRecord) -> Iterator[Clue]:
    said = {name: what for name, text in _texts(series) if (what := texts.anatomy_said(text)) is not None}
    study = next((said[name] for name in _STUDY_WIDE if name in said), None)
    for name, what in said.items():
        if name not in _STUDY_WIDE and study is not None and _is_kernel_or_reformat(series, what, study):
            continue
        because = f"{name} says {what.quoted}"
        yield Clue(series.series_id, "anatomy", str(what.anatomy), Strength.MEDIUM, because, _source(name))


def _coverage(series: SeriesRecord) -> Iterator[Clue]:
    for name, text in _texts(series):
        said = texts.coverage_said(text)
        if said is not None:
            because = f"{name} says {said.quoted}, which usually covers the {said.anatomy.name.replace('_', ', ')}"
            yield Clue(series.series_id, "anatomy", str(said.anatomy), Strength.WEAK, because, "coverage")
            return


def _is_kernel_or_reformat(series: SeriesRecord, closer: AnatomySaid, study: AnatomySaid) -> bool:
    """Does a CT's closer text name only a kernel ("LUNG") or a spine reformat of the body that its study covers?"""
    if series.modality_tag != "CT" or not _TRUNK & set(study.anatomy.zones):
        return False
    return closer.anatomy.region in _KERNELS_AND_REFORMATS or closer.anatomy.zones == ("spine",)


def _modality(series: SeriesRecord) -> Iterator[Clue]:
    own_group = vocabulary.modality_group(series.modality_tag)
    for name, text in _texts(series):
        said = texts.modality_said(text)
        if said is None:
            continue
        # A study holds series of several modalities: its text does not speak against the tag of one of them.
        is_known = own_group not in ("Unknown", vocabulary.OTHER_GROUP)
        if name in _STUDY_WIDE and is_known and vocabulary.modality_group(said.modality) != own_group:
            continue
        because = f"{name} says {said.quoted}"
        yield Clue(series.series_id, "modality", said.modality, Strength.MEDIUM, because, _source(name))


def _source(text_name: str) -> str:
    """A study's text is written by other hands than its series': the two can agree."""
    return "study" if text_name in _STUDY_WIDE else "description"
