"""How a mix is told: every part with its share, and whether the smallest is rather a stray than a part of the plan."""

from collections.abc import Sequence

from biodatamine_core.records import Severity
from biodatamine_core.wording import percent

STRAY_SHARE = 0.05
"""A part below this share of the whole is rather a stray."""
TOLD_PARTS = 8


def told(parts: Sequence[tuple[str, int]]) -> str:
    """ "CT 66.7 % (2), MRI 33.3 % (1)"; parts: the most frequent first. Beyond TOLD_PARTS the rest is summed up."""
    whole = sum(count for _, count in parts)
    rest = sum(count for _, count in parts[TOLD_PARTS:])
    shown = [*parts[:TOLD_PARTS], *([(f"{len(parts) - TOLD_PARTS} others", rest)] if rest else [])]
    return ", ".join(f"{name} {percent(count, whole)} ({count:,})" for name, count in shown)


def stray_severity(parts: Sequence[tuple[str, int]]) -> Severity:
    """A warning where the smallest part looks like a mistake, else a note."""
    whole = sum(count for _, count in parts)
    return Severity.WARNING if min(count for _, count in parts) < STRAY_SHARE * whole else Severity.NOTE
