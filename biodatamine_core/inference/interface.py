"""What every inference rule promises."""

from collections.abc import Iterator
from typing import Protocol

from biodatamine_core.records import Clue, SeriesRecord


class Rule(Protocol):
    """One rule: a module with clues(). It states what it sees and weighs nothing; decide.py weighs."""

    def clues(self, series: SeriesRecord) -> Iterator[Clue]:
        """Clues about the modality or the anatomy of one series; none where the rule has nothing to go by."""
        ...


class FinerRule(Protocol):
    """A rule about what only some modalities have: asked once the modality is known."""

    def clues(self, series: SeriesRecord, modality: str) -> Iterator[Clue]:
        """Clues about the sequence or the contrast of one series of this modality; none of any other modality."""
        ...
