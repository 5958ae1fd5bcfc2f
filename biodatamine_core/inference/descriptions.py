"""The texts that people and protocols put into a DICOM header: series, protocol, procedure, study."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.inference.texts import AnatomySaid
from biodatamine_core.records import Clue, SeriesRecord, Strength
from biodatamine_core.vocabulary import Anatomy

# What a CT series is called by its kernel or its reformat, though it covers the body the study names.
_KERNELS_AND_REFORMATS = ("lung", "mediastinum", "rib", "sternum")
_TRUNK = {"neck", "chest", "abdomen", "pelvis", "whole_body"}
_STUDY_WIDE = ("StudyDescription", "RequestedProcedureDescription")
_REMEMBERED = 8_192  # a protocol gives its series the same texts, and the series of one study lie close together


class Words(NamedTuple):
    """What one series' header says in words, and its Modality tag, in the light of which words are read."""

    series_description: str | None
    protocol_name: str | None
    requested_procedure_description: str | None
    study_description: str | None
    modality_tag: str | None


class _Said(NamedTuple):
    """A clue that any series with these words has."""

    about: str
    value: str
    strength: Strength
    because: str
    source: str


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """One clue per text that names a body part or a modality, from the text closest to the series outwards.

    Where no text names a part, the coverage that goes without saying: "FDG" is a scan from the skull base to the thigh.
    """
    words = words_of(series)
    said = _anatomy(words) if texts.is_derived(series) else _anatomy(words) + _modality(words)
    for about, value, strength, because, source in said:
        yield Clue(series.series_id, about, value, strength, because, source)


def words_of(series: SeriesRecord) -> Words:
    return Words(
        series.series_description,
        series.protocol_name,
        series.requested_procedure_description,
        series.study_description,
        series.modality_tag,
    )


def anatomy_named(words: Words) -> Anatomy | None:
    """What the closest text names that names a part of the body; coverage that goes without saying is not named."""
    return next((said.anatomy for _, said in _named(words)), None)


def anatomy_of_series(words: Words) -> Anatomy | None:
    """The same of the texts that are its own, without those that it shares with its study."""
    return next((said.anatomy for name, said in _named(words) if name not in _STUDY_WIDE), None)


def modality_named(words: Words) -> str | None:
    """The tag, or else what the closest text names; None for what is made from images."""
    code = (words.modality_tag or "").strip().upper()
    named = code or next((value for _, value, *_ in _modality(words)), None)
    return None if vocabulary.modality_group(named) in ("Unknown", vocabulary.OTHER_GROUP) else named


def _texts(words: Words) -> tuple[tuple[str, str | None], ...]:
    """From the closest to the widest: a study's text speaks for all its series."""
    return (
        ("SeriesDescription", words.series_description),
        ("ProtocolName", words.protocol_name),
        ("RequestedProcedureDescription", words.requested_procedure_description),
        ("StudyDescription", words.study_description),
    )


@lru_cache(maxsize=_REMEMBERED)
def _anatomy(words: Words) -> tuple[_Said, ...]:
    named = tuple(
        _Said("anatomy", str(said.anatomy), Strength.MEDIUM, f"{name} says {said.quoted}", _source(name))
        for name, said in _named(words)
    )
    return named or tuple(_coverage(words))


def _named(words: Words) -> Iterator[tuple[str, AnatomySaid]]:
    """(name of the text, what it names), from the closest text to the widest."""
    said = [(name, what) for name, text in _texts(words) if text and (what := texts.anatomy_said(text)) is not None]
    study = next((what for name, what in said if name in _STUDY_WIDE), None)
    for name, what in said:
        if name in _STUDY_WIDE or study is None or not _is_kernel_or_reformat(words, what, study):
            yield name, what


def _coverage(words: Words) -> Iterator[_Said]:
    for name, text in _texts(words):
        said = texts.coverage_said(text)
        if said is not None:
            because = f"{name} says {said.quoted}, which usually covers the {said.anatomy.name.replace('_', ', ')}"
            yield _Said("anatomy", str(said.anatomy), Strength.WEAK, because, "coverage")
            return


def _is_kernel_or_reformat(words: Words, closer: AnatomySaid, study: AnatomySaid) -> bool:
    """Does a CT's closer text name only a kernel ("LUNG") or a spine reformat of the body that its study covers?"""
    if not _TRUNK & set(study.anatomy.zones) or not _is_ct(words):
        return False
    is_one_word = len(set(closer.phrases)) == 1  # "THORAX LUNG" is the chest, in its kernel
    return (is_one_word and closer.anatomy.region in _KERNELS_AND_REFORMATS) or closer.anatomy.zones == ("spine",)


def _is_ct(words: Words) -> bool:
    """By its tag, or else by a text: "CT ABD/PELVIS"."""
    if words.modality_tag:
        return words.modality_tag == "CT"
    said = (texts.modality_said(text) for _, text in _texts(words))
    return any(modality.modality == "CT" for modality in said if modality is not None)


@lru_cache(maxsize=_REMEMBERED)
def _modality(words: Words) -> tuple[_Said, ...]:
    own_group = vocabulary.modality_group(words.modality_tag)
    is_known = own_group not in ("Unknown", vocabulary.OTHER_GROUP)
    is_object = False
    named = []
    for name, text in _texts(words):
        if name in _STUDY_WIDE and is_object:
            break  # wider texts name the images that it was made from
        is_object = is_object or (not is_known and texts.names_object(text))
        said = texts.modality_said(text)
        if said is None:
            continue
        # A study holds series of several modalities: its text does not speak against the tag of one of them.
        if name in _STUDY_WIDE and is_known and vocabulary.modality_group(said.modality) != own_group:
            continue
        named.append(_Said("modality", said.modality, Strength.MEDIUM, f"{name} says {said.quoted}", _source(name)))
    return tuple(named)


def _source(text_name: str) -> str:
    """A study's text is written by other hands than its series': the two can agree."""
    return "study" if text_name in _STUDY_WIDE else "description"
