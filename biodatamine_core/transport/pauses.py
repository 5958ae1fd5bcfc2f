"""How long to wait before a server is asked again."""

from email.utils import parsedate_to_datetime

LONGEST_PAUSE_S = 30.0
LONGEST_ASKED_PAUSE_S = 120.0
"""A Retry-After beyond this is told to the person, who has better things to do than to watch a scan wait."""


def pause_s(attempt: int, jitter: float) -> float:
    """1, 2, 4, ... seconds for attempt 0, 1, 2, less up to a half of it, so that many clients do not come back at once.

    jitter: random, from 0 to 1.
    """
    return float(min(LONGEST_PAUSE_S, 2.0**attempt) * (1 - jitter / 2))


def asked_pause_s(retry_after: str, now_s: float) -> float | None:
    """The seconds that a Retry-After header asks for; None where it asks for nothing we understand.

    retry_after: seconds, or an HTTP date. now_s: since the epoch. Source: RFC 9110, 10.2.3.
    """
    text = retry_after.strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (TypeError, ValueError):
        return None
