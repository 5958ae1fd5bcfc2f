"""The bytes of an answer, in chunks, and when to stop believing that they will ever be whole."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from biodatamine_core.addresses import shown
from biodatamine_core.errors import BrokenOff, DownloadFailed, LimitExceeded
from biodatamine_core.transport.answers import is_wrapped

if TYPE_CHECKING:
    import requests

CHUNK_BYTES = 1 << 20
_FREELY_UNPACKED_BYTES = 64 << 20
_MOST_UNPACKED_TO_SENT = 100
"""Text packs ten to one; only zeros pack a hundred to one and more, and nobody asked for them to be packed."""


class Pace:
    """Counts only the time that is spent waiting for the server, window by window."""

    def __init__(self, least_bytes_per_s: float, window_s: float, clock: Callable[[], float]) -> None:
        self._least_bytes_per_s, self._window_s, self._clock = least_bytes_per_s, window_s, clock
        self._waited_s, self._received_bytes, self._begun_s = 0.0, 0, 0.0

    def begin(self) -> None:
        self._begun_s = self._clock()

    def is_enough(self, received_bytes: int) -> bool:
        """Whether the server sends fast enough, after this many bytes more since `begin`."""
        self._waited_s += self._clock() - self._begun_s
        self._received_bytes += received_bytes
        if self._waited_s < self._window_s:
            return True
        is_enough = self._received_bytes >= self._least_bytes_per_s * self._waited_s
        self._waited_s, self._received_bytes = 0.0, 0
        return is_enough


def chunks(response: "requests.Response", pace: Pace) -> Iterator[bytes]:
    """Up to 1 MiB at a time. Raises BrokenOff, and LimitExceeded for a bomb that is wrapped for the way."""
    from urllib3.exceptions import DecodeError, HTTPError

    is_packed = is_wrapped(response)
    encoding = response.headers.get("Content-Encoding", "")
    if is_packed and encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise DownloadFailed(
            f'{shown(response.url)} sent its bytes encoded as "{encoding}", unasked; use another link.'
        )
    done_bytes = 0
    try:
        while True:
            pace.begin()
            chunk = response.raw.read1(CHUNK_BYTES, decode_content=is_packed)
            if not chunk:
                return
            if not pace.is_enough(len(chunk)):
                raise BrokenOff(
                    f"{shown(response.url)} sends so slowly that it would never end; {done_bytes:,} bytes came. "
                    "Try again later (limit BIODATAMINE_MIN_BYTES_PER_S)."
                )
            done_bytes += len(chunk)
            if is_packed:
                _refuse_bomb(response, done_bytes)
            yield chunk
    except DecodeError as error:
        raise BrokenOff(f"{shown(response.url)} sent bytes that are not {encoding} as it says.") from error
    except (HTTPError, OSError) as error:
        raise BrokenOff(
            f"{shown(response.url)} broke off after {done_bytes:,} bytes "
            f"of {response.headers.get('Content-Length', 'an unknown number')}; try again."
        ) from error


def _refuse_bomb(response: "requests.Response", unpacked_bytes: int) -> None:
    sent_bytes = response.raw.tell()
    if unpacked_bytes > _FREELY_UNPACKED_BYTES + sent_bytes * _MOST_UNPACKED_TO_SENT:
        raise LimitExceeded(
            f"{shown(response.url)} packs {unpacked_bytes:,} bytes and more into {sent_bytes:,} for the way, more than "
            f"{_MOST_UNPACKED_TO_SENT} to 1, as bombs do; use another link."
        )
