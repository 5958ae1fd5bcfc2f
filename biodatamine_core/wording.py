"""Numbers, sizes and times as a person reads them: one spelling in pages, charts, command line and reports."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

MISSING = "–"
"""Stands where a number would: there is none."""


def count(number: int) -> str:
    """12,482."""
    return f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """1 file; 12,482 files; 1 series."""
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"


def percent(part: float, whole: float, decimals: int = 1) -> str:
    """34.3 %; "< 0.1 %", never 0.0 % of something; "> 99.9 %", never 100 % of less than all; a dash without a base."""
    if whole <= 0:
        return MISSING
    step = 10.0**-decimals
    share = 100 * part / whole
    if 0 < share < step:
        return f"< {step:.{decimals}f} %"
    if 100 - step < share < 100:
        return f"> {100 - step:.{decimals}f} %"
    return f"{share:.{decimals}f} %"


def rate(share: float) -> str:
    """94 %; "> 99 %" from there on: what was right in every case that was measured can still be wrong in the next."""
    return percent(min(share, 0.995), 1, decimals=0)


def size(size_bytes: int) -> str:
    """38.6 GB, 118 GB, 9.2 MB, 512 bytes: decimal units, at most three digits."""
    if size_bytes < 1000:
        return counted(size_bytes, "byte")
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.5 or unit == "PB":
            break
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:,.0f} {unit}"


def shape(voxels: Sequence[int]) -> str:
    """512 × 512 × 143, columns first; nothing where no shape is known."""
    return " × ".join(str(length) for length in voxels)


def duration(seconds: float) -> str:
    """12 s, 3 min, 2 h 05 min: as exact as a person needs."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def moment(timestamp_utc: str) -> str:
    """22 Nov 2026, 10:41 UTC, from 2026-11-22T10:41:07Z."""
    at = parsed(timestamp_utc)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def ago(timestamp_utc: str, now: datetime | None = None) -> str:
    """19 s ago, 2 min ago, 3 h ago, yesterday, 18 Nov, 18 Nov 2025."""
    at, now = parsed(timestamp_utc), now or datetime.now(UTC)
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86400:
        return f"{seconds // 3600} h ago"
    if at.date() == (now - timedelta(days=1)).date():
        return "yesterday"
    return f"{at.day} {at:%b}" if at.year == now.year else f"{at.day} {at:%b %Y}"


def parsed(timestamp_utc: str) -> datetime:
    """A document's timestamp as a time that knows its zone."""
    return datetime.fromisoformat(timestamp_utc).astimezone(UTC)
