"""What stands around a series and speaks for it: most studies of its dataset, and the other series of its own study."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from biodatamine_core import vocabulary
from biodatamine_core.inference.descriptions import (
    Words,
    anatomy_named,
    anatomy_of_series,
    modality_named,
    words_of,
)
from biodatamine_core.records import Clue, SeriesRecord, Strength
from biodatamine_core.vocabulary import Anatomy

LEAST_STUDIES = 5
"""Fewer that name a part of the body are no majority of a dataset."""
LEAST_SHARE = 0.8
"""Of the studies that name a part: a zone that four of five cover is what the dataset is about."""
NEARLY_ALL = 0.9
"""From here on a study of another part is about as rare as a text that names the wrong one, so that it is in doubt."""

_WHOLE = "whole_body"
_REMEMBERED = 4_096  # what is said of one study is said of all its series
_Named = tuple[tuple[str, int], ...]
"""(anatomy as a clue's value, how many different descriptions of a study's series name it)"""


@dataclass(frozen=True, slots=True)
class Consensus:
    """anatomy: the zones that most studies name.

    studies: how many name any part of the body. agreeing: how many cover the zone of these that the fewest cover.
    """

    anatomy: Anatomy
    studies: int
    agreeing: int

    @property
    def because(self) -> str:
        named = f"{self.agreeing:,} name {_in_words(self.anatomy)}"
        return f"Of {self.studies:,} studies here that name a part of the body {named}"

    @property
    def strength(self) -> Strength:
        """Weak where one more study of another part is no surprise."""
        return Strength.MEDIUM if self.agreeing >= NEARLY_ALL * self.studies else Strength.WEAK


@dataclass(frozen=True, slots=True)
class Surroundings:
    """consensus: None where too few studies name a part of the body, or too many name others.

    named: by study, what its series name; only of studies whose series differ in what they are called.
    modalities: how many studies hold each, by a tag or a text.
    """

    consensus: Consensus | None = None
    named: dict[str, _Named] = field(default_factory=dict)
    modalities: dict[str, int] = field(default_factory=dict)


def surroundings_of(texts: Iterable[tuple[str | None, Words]]) -> Surroundings:
    """texts: (study, what its header says in words) of every series, in the order of the studies.

    Memory holds one study at a time, and of each with companions some hundred bytes.
    """
    zones: Counter[str] = Counter()
    modalities: Counter[str] = Counter()
    studies = 0
    named: dict[str, _Named] = {}
    alike: dict[_Named, _Named] = {}
    for study, group in groupby(texts, key=lambda text: text[0]):
        if study is None:
            continue
        said = {words for _, words in group}
        modalities.update({found for words in said if (found := modality_named(words)) is not None})
        in_study = {zone for words in said if (anatomy := anatomy_named(words)) for zone in anatomy.zones}
        studies += bool(in_study)
        zones.update({_WHOLE} if _WHOLE in in_study else in_study)
        if len(said) > 1 and (by_series := _named_by_series(said)):
            named[study] = alike.setdefault(by_series, by_series)
    return Surroundings(_consensus(zones, studies), named, dict(modalities))


def _consensus(zones: Counter[str], studies: int) -> Consensus | None:
    """Who names the whole body covers every part that others name; most of it, it is the whole body."""
    whole = zones.pop(_WHOLE, 0)
    covering = {_WHOLE: whole} if whole >= LEAST_SHARE * studies else {zone: zones[zone] + whole for zone in zones}
    common = tuple(zone for zone in vocabulary.ZONES if covering.get(zone, 0) >= LEAST_SHARE * studies)
    if studies < LEAST_STUDIES or not common:
        return None
    return Consensus(Anatomy(common), studies, min(covering[zone] for zone in common))


def _named_by_series(said: Iterable[Words]) -> _Named:
    by_description = {
        (words.series_description, words.protocol_name): str(anatomy)
        for words in said
        if (anatomy := anatomy_of_series(words)) is not None
    }
    return tuple(sorted(Counter(by_description.values()).items()))


def clues_from(around: Surroundings, series: SeriesRecord, heard: Sequence[Clue]) -> Iterator[Clue]:
    """What most of the dataset's studies name, and what the other series of its study do.

    Only files that carry such texts are of those studies. A study shows several parts of the body: its other series
    speak for what is heard of this one, or where nothing is, and never against it. What only the page says of the
    modality is met by what others are.
    """
    yield from _other_modality(around, series, heard)
    if series.study_key is None:
        return
    consensus = around.consensus
    if consensus is not None:
        yield Clue(series.series_id, "anatomy", *_spoken(consensus), "dataset")
    named = around.named.get(series.study_key)
    others = _others(named, str(anatomy_of_series(words_of(series)))) if named else None
    if others is None or (consensus is not None and not consensus.anatomy.meets(others)):
        return
    if all(vocabulary.anatomy(clue.value).meets(others) for clue in heard if clue.about == "anatomy"):
        because = f"Other series of its study name {_in_words(others)}"
        yield Clue(series.series_id, "anatomy", str(others), Strength.WEAK, because, "companions")


@lru_cache(maxsize=_REMEMBERED)
def _spoken(consensus: Consensus) -> tuple[str, Strength, str]:
    """Value, strength and reason of a clue."""
    return str(consensus.anatomy), consensus.strength, consensus.because


def _other_modality(around: Surroundings, series: SeriesRecord, heard: Sequence[Clue]) -> Iterator[Clue]:
    """The commonest other group, where the page alone says one and fewer than nearly all that are known are of it."""
    said = {clue.source: clue.value for clue in heard if clue.about == "modality"}
    if said.keys() != {"page"}:
        return
    own = vocabulary.modality_group(said["page"])
    others = {code: studies for code, studies in around.modalities.items() if vocabulary.modality_group(code) != own}
    known = sum(around.modalities.values())
    if known - sum(others.values()) < NEARLY_ALL * known:
        code = max(others, key=lambda other: others[other])
        because = f"Tags or texts of other files here say {vocabulary.modality_name(code)} ({code})"
        yield Clue(series.series_id, "modality", code, Strength.WEAK, because, "dataset")


@lru_cache(maxsize=_REMEMBERED)
def _others(named: _Named, own: str) -> Anatomy | None:
    """The zones that series which are called otherwise name, taken together: a finer region is theirs alone.

    own: what this one itself names, counted once among the named.
    """
    return vocabulary.together(
        Anatomy(vocabulary.anatomy(value).zones) for value, count in named if count > (value == own)
    )


@lru_cache(maxsize=_REMEMBERED)
def _in_words(anatomy: Anatomy) -> str:
    return " and ".join(vocabulary.zone_name(zone).lower() for zone in anatomy.zones)
