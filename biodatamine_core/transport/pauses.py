"""How long to wait before a server is asked again."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_S = 30.0
LONGEST_ASKED_PAUSE_S = 120.0
"""A Retry-After beyond this is told to the person, who has better things to do than to watch a scan wait."""


def pause_s(attempt: int, jitter: float) -> float:
    """1, 2, 4, ... seconds for attempt 0, 1, 2, less up to a half of it, so that many clients do not come back at once.

    jitter: random, from 0 to 1.
    """
    return float(min(LONGEST_PAUSE_S, 2.0**attempt) * (1 - jitter / 2))


def asked_pause_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """The seconds that an answer asks us to wait; None where it asks for nothing we understand.

    Retry-After: seconds, or an HTTP date. Where it is missing: X-RateLimit-Remaining 0, with X-RateLimit-Reset in
    seconds since the epoch, as is now_s. Source: RFC 9110, 10.2.3; the rate limits of GitHub's REST API.
    """
    text = headers.get("Retry-After", "").strip()
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if not text and headers.get("X-RateLimit-Remaining", "").strip() == "0" and reset.isdecimal():
        return max(0.0, float(reset) - now_s)
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (TypeError, ValueError):
        return None
