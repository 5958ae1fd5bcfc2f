"""How often evidence of one kind was right where the answer is known: measured, never set by hand."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer stands on: the source that gave it, and the other sources that agree with it or contradict it.

    "majority" is the source "dataset" where most of its studies name the part, but not nearly all.
    """

    source: str
    agreeing: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """ "description + study", "description + study against page"."""
        said = " + ".join((self.source, *self.agreeing))
        return f"{said} against {' and '.join(self.against)}" if self.against else said

    @property
    def tier(self) -> str:
        """How many kinds of evidence agree, and whether as many contradict them: what different evidence shares."""
        agreeing = 1 + len(self.agreeing)
        if self.against:
            return "most agree" if agreeing > len(self.against) else "contradicted"
        return ("one kind", "two agree", "three agree")[agreeing - 1] if agreeing <= 3 else "four agree"

    def contradicted_by(self, source: str) -> "Evidence":
        return Evidence(self.source, self.agreeing, (*self.against, source))


def confidence(about: str, evidence: Evidence | None) -> float | None:
    """about: modality or anatomy. The accuracy measured for just this evidence, or else for all of its tier.

    None where nobody measured it, as of a person: no figure is better than an invented one.
    """
    if evidence is None or evidence.source == "person":
        return None
    exact = _measured().get((about, evidence.name))
    return exact if exact is not None else _measured().get((about, evidence.tier))


@cache
def _measured() -> dict[tuple[str, str], float]:
    with Path(__file__).with_name("confidence.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["about"], row["evidence"]): float(row["accuracy"]) for row in csv.DictReader(stream)}
