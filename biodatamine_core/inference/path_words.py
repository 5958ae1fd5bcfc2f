"""Whole words of file, folder and archive names: the part closest to the file speaks first."""

from collections.abc import Iterator, Sequence

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.inference.texts import AnatomySaid, ModalitySaid
from biodatamine_core.records import Clue, SeriesRecord, Strength
from biodatamine_core.vocabulary import Found

_VOLUME_FORMATS = ("NIfTI", "NRRD", "MetaImage", "MGH", "Analyze")
_PACKED = (".gz", ".bz2", ".xz", ".zip", ".tar", ".tgz")


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """At most one clue about anatomy and one about modality. The name of an archive is weaker: it names the dataset.

    A word must be whole: "microscopy" holds no CR. Two letters (ct, mr, us) count as a whole part of the path, or where
    a body part or a modality stands beside them.
    """
    is_volume = series.format in _VOLUME_FORMATS
    anatomy_wanted, modality_wanted = True, not texts.is_derived(series)
    for part_name, text, strength in _parts(series):
        anatomy, modality = _said(text, is_volume)
        if anatomy is not None and anatomy_wanted:
            anatomy_wanted = False
            because = f"The {part_name} name says {anatomy.quoted.lower()}"
            yield Clue(series.series_id, "anatomy", str(anatomy.anatomy), strength, because, "path")
        if modality is not None and modality_wanted:
            modality_wanted = False
            because = f"The {part_name} name says {modality.quoted.lower()}"
            yield Clue(series.series_id, "modality", modality.modality, strength, because, "path")


@vocabulary.remembered
def _said(text: str, is_volume: bool) -> tuple[AnatomySaid | None, ModalitySaid | None]:
    """What one part of a path says of anatomy and of modality."""
    words = _that_count(vocabulary.find_words(text), is_volume)
    return texts.anatomy_of(words), texts.modality_of(words)


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
    """The name without its extension: "a.nii.gz" -> a, "1.2.840.dcm" -> 1.2.840, "1.2.840" as it is."""
    while name.lower().endswith(_PACKED):
        name = name.rpartition(".")[0]
    stem, _, extension = name.rpartition(".")
    return stem if stem and not extension.isdigit() else name


def _that_count(words: Sequence[Found], is_volume: bool) -> list[Found]:
    names_anatomy = any(word.about == "anatomy" and word.where == "anywhere" for word in words)
    return [
        word
        for word in words
        if word.where == "anywhere"
        or (word.where == "volume" and is_volume)
        or (word.where == "beside" and (word.is_whole_text or names_anatomy or texts.is_beside_modality(word, words)))
        or (word.where == "alone" and word.is_whole_text)
    ]
