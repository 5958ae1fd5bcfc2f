"""What one text says of anatomy and of modality. Quotes the words that say so and no others: texts carry names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biodatamine_core import vocabulary
from biodatamine_core.records import Role, SeriesRecord
from biodatamine_core.vocabulary import Anatomy, Found, remembered

# From top to bottom: "neck to pelvis" also covers what lies between.
_BODY_AXIS = ("head", "neck", "chest", "abdomen", "pelvis", "lower_extremity")


@dataclass(frozen=True, slots=True)
class AnatomySaid:
    anatomy: Anatomy
    phrases: tuple[str, ...]

    @property
    def quoted(self) -> str:
        return quoted(self.phrases)


@dataclass(frozen=True, slots=True)
class ModalitySaid:
    modality: str
    phrases: tuple[str, ...]

    @property
    def quoted(self) -> str:
        return quoted(self.phrases)


@remembered
def quoted(phrases: tuple[str, ...]) -> str:
    """("chest", "abd") -> '"CHEST", "ABD"'."""
    return ", ".join(f'"{phrase.upper()}"' for phrase in dict.fromkeys(phrases))


@remembered
def anatomy_said(description: str | None) -> AnatomySaid | None:
    """Every body part that a description names, taken together."""
    return anatomy_of(_described(description))


@remembered
def modality_said(description: str | None) -> ModalitySaid | None:
    """The one modality that a description names; None where it names none, or several ("PET/CT").

    What is made from images names them too: "CT lung segmentation" is a segmentation. Of several such words the last
    says what it is: "segmentation measurements" are measurements. What "lesion annotations" are is not said.
    """
    words = _described(description)
    objects = _objects(words)
    if not objects:
        return modality_of(words)
    kinds = [word for word in objects if word.about == "modality"]
    return modality_of([word for word in kinds if word.value == kinds[-1].value])


@remembered
def names_object(description: str | None) -> bool:
    """Does it say that this is no image but made from images, of whichever kind?"""
    return bool(_objects(_described(description)))


@remembered
def coverage_said(description: str | None) -> AnatomySaid | None:
    """What a scan of the kind that a description names usually covers: "FDG PET"."""
    named = [word for word in _described(description) if word.about == "coverage"]
    anatomy = vocabulary.together(vocabulary.anatomy(word.value) for word in named)
    return None if anatomy is None else AnatomySaid(anatomy, tuple(word.phrase for word in named))


def anatomy_of(words: Sequence[Found]) -> AnatomySaid | None:
    """All the body parts among the words, and what lies between two that "to" joins."""
    named = [word for word in words if word.about == "anatomy"]
    parts = [vocabulary.anatomy(word.value) for word in named]
    parts += _spans(words)
    anatomy = vocabulary.together(parts)
    return None if anatomy is None else AnatomySaid(anatomy, tuple(word.phrase for word in named))


def modality_of(words: Sequence[Found]) -> ModalitySaid | None:
    """The modality among the words, where all that are named belong to one group."""
    named = [word for word in words if word.about == "modality"]
    if len({vocabulary.modality_group(word.value) for word in named}) != 1:
        return None
    # The longest phrase says most: "panoramic radiograph" is PX, where "radiograph" alone would be DX.
    value = max(named, key=lambda word: (word.end - word.start, -word.start)).value
    return ModalitySaid(value, tuple(word.phrase for word in named))


def is_beside_modality(word: Found, words: Iterable[Found]) -> bool:
    """Whether it stands right beside a modality that is spelt out: "xray_us" names two."""
    return any(
        word.start == other.end or word.end == other.start
        for other in words
        if other.about == "modality" and other.where == "anywhere"
    )


def is_derived(series: SeriesRecord) -> bool:
    """Is it made from other images (SEG, RTDOSE, ...)? Then texts name the modality of those, not its own."""
    if series.role is Role.SEGMENTATION:
        return True
    return _is_derived_code((series.modality_tag or "").strip().upper())


def _is_derived_code(modality: str) -> bool:
    return modality != "OT" and vocabulary.modality_group(modality) == vocabulary.OTHER_GROUP


def _objects(words: Sequence[Found]) -> list[Found]:
    return [
        word for word in words if word.about == "object" or (word.about == "modality" and _is_derived_code(word.value))
    ]


def _described(description: str | None) -> list[Found]:
    """The words of a description that count in descriptions: "US" only as its first word, "PA" only alone."""
    return [
        word
        for word in vocabulary.find_words(description or "")
        if word.where in ("anywhere", "text")
        or (word.where == "beside" and word.start == 0)
        or (word.where == "alone" and word.is_whole_text)
    ]


def _spans(words: Sequence[Found]) -> list[Anatomy]:
    """What lies between two zones that "to" joins: chest and abdomen in "neck to pelvis"."""
    between: list[Anatomy] = []
    ordered = [word for word in words if word.about in ("anatomy", "span")]
    for before, to, after in zip(ordered, ordered[1:], ordered[2:], strict=False):
        if (before.about, to.about, after.about) != ("anatomy", "span", "anatomy"):
            continue
        if before.end != to.start or to.end != after.start:
            continue
        ends = [vocabulary.anatomy(word.value).zones[0] for word in (before, after)]
        if all(zone in _BODY_AXIS for zone in ends):
            first, last = sorted(_BODY_AXIS.index(zone) for zone in ends)
            between += [Anatomy((zone,)) for zone in _BODY_AXIS[first + 1 : last]]
    return between
