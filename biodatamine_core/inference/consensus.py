"""What most studies of a dataset say of themselves: it speaks for series without words, and beside those with words."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from biodatamine_core import vocabulary
from biodatamine_core.inference.descriptions import Words, anatomy_named
from biodatamine_core.records import Clue, SeriesRecord, Strength

LEAST_STUDIES = 5
"""Fewer that name a part of the body are no majority of a dataset."""
LEAST_SHARE = 0.8
"""Of the studies that name a part: a zone that four of five name is what the dataset is about."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """anatomy: the zones that most studies name.

    studies: how many name any part of the body. agreeing: how many name the zone of these that the fewest name.
    """

    anatomy: vocabulary.Anatomy
    studies: int
    agreeing: int

    @property
    def because(self) -> str:
        named = " and ".join(vocabulary.zone_name(zone).lower() for zone in self.anatomy.zones)
        return f"Of {self.studies:,} studies here that name a part of the body {self.agreeing:,} name {named}"


def consensus_of(texts: Iterable[tuple[str | None, Words]]) -> Consensus | None:
    """texts: (study, what its header says in words) of every series, in the order of the studies.

    None where too few studies name a part of the body, or too many name others. Memory holds one study at a time.
    """
    named: Counter[str] = Counter()
    studies = 0
    for study, group in groupby(texts, key=lambda text: text[0]):
        zones = {zone for _, words in group if (said := anatomy_named(words)) for zone in said.zones}
        if study is not None and zones:
            studies += 1
            named.update(zones)
    common = tuple(zone for zone in vocabulary.ZONES if named[zone] >= LEAST_SHARE * studies)
    if studies < LEAST_STUDIES or not common:
        return None
    return Consensus(vocabulary.Anatomy(common), studies, min(named[zone] for zone in common))


def clues_from(consensus: Consensus, series: SeriesRecord) -> Iterator[Clue]:
    """That most of the dataset's studies name these zones. Only files that carry such texts are of those studies."""
    if series.study_key is not None:
        yield Clue(series.series_id, "anatomy", str(consensus.anatomy), Strength.WEAK, consensus.because, "dataset")
