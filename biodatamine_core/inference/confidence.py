"""How often evidence of one kind was right where the answer is known: measured, never set by hand."""

import csv
from functools import cache
from pathlib import Path


def confidence(about: str, evidence: str) -> float | None:
    """about: modality or anatomy. evidence: agreement, disagreement, or a clue's source that stands alone.

    None where nobody measured it: no figure is better than an invented one.
    """
    return _measured().get((about, evidence))


@cache
def _measured() -> dict[tuple[str, str], float]:
    with Path(__file__).with_name("confidence.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["about"], row["evidence"]): float(row["accuracy"]) for row in csv.DictReader(stream)}
