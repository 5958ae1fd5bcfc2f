"""Whole words of file, folder and archive names: the part closest to the file speaks first."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.records import Clue, SeriesRecord, Strength
from biodatamine_core.vocabulary import Found

_VOLUME_FORMATS = ("NIfTI", "NRRD", "MetaImage", "MGH", "Analyze")
_PACKED = (".gz", ".bz2", ".xz", ".zip", ".tar", ".tgz")


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """At most one clue about anatomy and one about modality. The name of an archive is weaker: it names the dataset.

    A word must be whole: "microscopy" holds no CR. Two letters (ct, mr, us) count as a whole part of the path, or where
    a body part stands beside them.
    """
    wanted = ["anatomy"] if texts.is_derived(series) else ["anatomy", "modality"]
    for part_name, text, strength in _parts(series):
        words = _that_count(vocabulary.find_words(text), series.format in _VOLUME_FORMATS)
        if "anatomy" in wanted and (anatomy := texts.anatomy_of(words)) is not None:
            wanted.remove("anatomy")
            because = f"The {part_name} name says {anatomy.quoted.lower()}"
            yield Clue(series.series_id, "anatomy", str(anatomy.anatomy), strength, because, "path")
        if "modality" in wanted and (modality := texts.modality_of(words)) is not None:
            wanted.remove("modality")
            because = f"The {part_name} name says {modality.quoted.lower()}"
            yield Clue(series.series_id, "modality", modality.modality, strength, because, "path")
        if not wanted:
            return


def _parts(series: SeriesRecord) -> Iterator[tuple[str, str, Strength]]:
    """(what it is, its name without extension, strength), from the file outwards."""
    parts = series.path.split("/")
    is_file = series.file_count == 1
    for index, part in reversed(list(enumerate(parts))):
        if part.endswith("!"):
            yield "archive", _stem(part[:-1]), Strength.WEAK
        elif is_file and index == len(parts) - 1:
            yield "file", _stem(part), Strength.MEDIUM
        else:
            yield "folder", part, Strength.MEDIUM


def _stem(name: str) -> str:
    """ "a.nii.gz" -> "a"; "1.2.840.dcm" -> "1.2.840"."""
    while name.lower().endswith(_PACKED):
        name = PurePosixPath(name).stem
    return PurePosixPath(name).stem if PurePosixPath(name).suffix.strip(".").isalnum() else name


def _that_count(words: Sequence[Found], is_volume: bool) -> list[Found]:
    names_anatomy = any(word.about == "anatomy" and word.where == "anywhere" for word in words)
    return [
        word
        for word in words
        if word.where == "anywhere"
        or (word.where == "volume" and is_volume)
        or (word.where == "beside" and (word.is_whole_text or names_anatomy))
        or (word.where == "alone" and word.is_whole_text)
    ]
