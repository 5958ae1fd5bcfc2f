"""Asking a server: redirects, sign-ins, asking again, ranges."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from biodatamine_core import credentials as sign_ins
from biodatamine_core.addresses import refuse_unfit, shown
from biodatamine_core.credentials import Credentials, SignIn
from biodatamine_core.errors import AddressRefused, DownloadFailed
from biodatamine_core.records import Validator
from biodatamine_core.settings import Settings
from biodatamine_core.transport.answers import Facts, facts_of, good
from biodatamine_core.transport.body import Pace, chunks
from biodatamine_core.transport.connections import Connections
from biodatamine_core.transport.multipart import boundary_of, only_part
from biodatamine_core.transport.pauses import LONGEST_ASKED_PAUSE_S, asked_pause_s, pause_s

if TYPE_CHECKING:
    import requests

_MOST_REDIRECTS = 10
_MOST_ATTEMPTS = 4
_PASSING_STATUS = frozenset({429, 500, 502, 503, 504})
_FIRST_BYTE = {"Range": "bytes=0-0"}


@dataclass(frozen=True, slots=True)
class Transport:
    """HTTP and HTTPS to public addresses, and to the hosts that the person who runs BioDataMine allowed.

    allowed_hosts: "host" or "host:port", lower case, that may be private. The address is judged at the moment of
    connecting, after name resolution, on every redirect; proxies, netrc and cookies of the machine are not used.
    credentials: each sign-in goes to its own host, and never past a redirect that leaves it.
    least_bytes_per_s: measured over read_timeout_s of waiting. wait: how to spend the seconds between two attempts;
    by default asleep until then, or until `hang_up`. clock, in seconds, and jitter, from 0 to 1: for tests.
    """

    allowed_hosts: frozenset[str] = frozenset()
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    wait: Callable[[float], object] | None = None
    credentials: Credentials = field(default=sign_ins.NONE, repr=False)
    connections_per_host: int = 6
    least_bytes_per_s: float = 1000.0
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    _connections: Connections = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        connections = Connections(
            self.allowed_hosts, self.connect_timeout_s, self.read_timeout_s, self.connections_per_host
        )
        object.__setattr__(self, "_connections", connections)

    @classmethod
    def of(cls, settings: Settings, credentials: Credentials | None = None) -> "Transport":
        """As the person who runs BioDataMine decided; with the sign-ins of whoever asks."""
        return cls(
            settings.allowed_hosts,
            settings.connect_timeout_s,
            settings.read_timeout_s,
            credentials=credentials or sign_ins.NONE,
            connections_per_host=settings.connections_per_host,
            least_bytes_per_s=settings.least_bytes_per_s,
        )

    def head(self, url: str) -> Facts:
        """Ask what is there without fetching it. Raises as `stream` does."""
        with self._connections.turn(url):
            response, signed = self._ask("HEAD", url)
            if response.status_code != 200 and response.status_code not in _PASSING_STATUS:
                # Many servers refuse HEAD, and signed links are signed for GET: what GET says is the truth.
                response.close()
                response, signed = self._ask("GET", url, _FIRST_BYTE)
                if response.status_code == 416:  # there is no first byte
                    response.close()
                    response, signed = self._ask("GET", url)
            with response:
                return facts_of(good(response, signed))

    def post(self, url: str, body: bytes, content_type: str) -> Iterator[bytes]:
        """What the server answers to these bytes, in chunks. Follows no redirect. Raises as `stream` does."""
        headers = {"Content-Type": content_type, "Accept": content_type}
        with self._connections.turn(url):
            response, signed = self._ask("POST", url, headers, body)
            with response:
                yield from chunks(good(response, signed), self._pace())

    @contextmanager
    def stream(
        self,
        url: str,
        start: int = 0,
        stop: int | None = None,
        validator: Validator | None = None,
        accept: str | None = None,
    ) -> Iterator[tuple[Facts, Iterator[bytes]]]:
        """The facts, and the bytes in chunks of up to 1 MiB.

        start, stop: ask for these bytes only; a server may send all of them nevertheless: look at facts.start.
        validator: send a part only of what carries it, and everything of what does not.
        accept: the media types wanted; then everything is asked for, and what comes in an envelope of parts is
        taken out of it.
        Raises AddressRefused, and DownloadFailed with the meaning of the server's answer. While the chunks are read:
        BrokenOff, where the connection ends early, stays silent too long or sends too slowly.
        """
        headers = {"Accept": accept} if accept else _range_headers(start, stop, validator)
        with self._connections.turn(url):
            response, signed = self._ask("GET", url, headers)
            if headers and response.status_code == 416:  # it is shorter by now, or empty
                response.close()
                response, signed = self._ask("GET", url)
            with response:
                facts, body = facts_of(good(response, signed)), chunks(response, self._pace())
                boundary = boundary_of(facts.content_type) if accept else None
                if boundary:
                    facts, body = replace(facts, size_bytes=None, validator=None), only_part(body, boundary, url)
                yield facts, body

    @contextmanager
    def propfind(self, url: str, otherwise: Credentials = sign_ins.NONE) -> Iterator[tuple[Facts, Iterator[bytes]]]:
        """What a WebDAV server tells of this address and of what lies directly below it. Raises as `stream` does.

        otherwise: what hosts may be shown for which no sign-in is kept. Source: RFC 4918, 9.1.
        """
        with self._connections.turn(url):
            response, signed = self._ask("PROPFIND", url, {"Depth": "1"}, otherwise=otherwise)
            with response:
                yield facts_of(good(response, signed)), chunks(response, self._pace())

    def signs_in_at(self, url: str) -> bool:
        """Whether a sign-in is kept for the host of this address, and may go there."""
        return self._sign_in(url, sign_ins.NONE) is not None

    def pause(self, attempt: int) -> None:
        """Wait before attempt + 1, longer each time. Raises DownloadFailed once hung up."""
        self._wait(pause_s(attempt, self.jitter()))

    def hang_up(self) -> None:
        """Cut what is under way, from any thread; this transport is of no more use then."""
        self._connections.hang_up()

    def _pace(self) -> Pace:
        return Pace(self.least_bytes_per_s, self.read_timeout_s, self.clock)

    def _wait(self, seconds: float) -> None:
        wait = self._connections.hung_up.wait if self.wait is None else self.wait
        wait(seconds)
        self._connections.check()

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        otherwise: Credentials = sign_ins.NONE,
    ) -> tuple["requests.Response", bool]:
        """The answer after redirects, asked for again where that can help, and whether a sign-in was shown.

        Its status may be anything but 3xx.
        """
        from requests import exceptions

        for attempt in range(_MOST_ATTEMPTS):
            is_last = attempt == _MOST_ATTEMPTS - 1
            seconds = pause_s(attempt, self.jitter())
            try:
                response, signed = self._follow(method, url, headers or {}, body, otherwise)
                status, asked_s = response.status_code, asked_pause_s(response.headers, time.time())
                # GitHub says 403 to whoever asks too often, and then when to come back.
                if is_last or not (status in _PASSING_STATUS or (status == 403 and asked_s is not None)):
                    return response, signed
                response.close()
                if asked_s is not None and asked_s > LONGEST_ASKED_PAUSE_S:
                    raise DownloadFailed(
                        f"{shown(url)} answered {status} and asks to be left alone for "
                        f"{asked_s / 60:,.0f} minutes; try again after that.",
                        429,
                    )
                seconds = seconds if asked_s is None else asked_s
            except exceptions.SSLError as error:
                raise DownloadFailed(f"{shown(url)} offers no valid encryption; check the address.") from error
            except exceptions.Timeout as error:
                if is_last:
                    raise DownloadFailed(f"{shown(url)} did not answer in time; try again later.") from error
            except exceptions.ConnectionError as error:
                if is_last:
                    raise DownloadFailed(
                        f"{shown(url)} cannot be reached; check the address and the network."
                    ) from error
            except exceptions.RequestException as error:
                raise DownloadFailed(f"{shown(url)} cannot be asked for; check the address.") from error
            self._wait(seconds)
        raise AssertionError("the last attempt returns or raises")

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, otherwise: Credentials
    ) -> tuple["requests.Response", bool]:
        import requests

        session = self._connections.session()
        home = _origin(url)
        is_home = True
        for _ in range(_MOST_REDIRECTS + 1):
            refuse_unfit(url)
            # A redirect is the word of another: past one that leaves the host, nobody is shown anything any more.
            is_home = is_home and _origin(url) == home
            prepared = session.prepare_request(requests.Request(method, url, headers=dict(headers), data=body))
            sign_in = self._sign_in(prepared.url or "", otherwise) if is_home else None
            if sign_in:
                prepared.headers.update(sign_in.headers)
            timeout = (self.connect_timeout_s, self.read_timeout_s)
            response = session.send(prepared, allow_redirects=False, stream=True, timeout=timeout)
            target = session.get_redirect_target(response)
            if not target or body is not None:
                return response, sign_in is not None
            response.close()
            came_from, url = url, urljoin(url, target)
            if urlsplit(came_from).scheme == "https" and urlsplit(url).scheme == "http":
                raise AddressRefused(
                    f"{shown(came_from)} redirects to {shown(url)}, which is not encrypted; paste an https address."
                )
        raise DownloadFailed(f"{shown(url)} redirects more than {_MOST_REDIRECTS} times; paste the final address.")

    def _sign_in(self, prepared_url: str, otherwise: Credentials) -> SignIn | None:
        """By the address as the connection will be made to it, not as a person wrote it."""
        from urllib3.util import parse_url

        parts = parse_url(prepared_url)
        return otherwise.and_then(self.credentials).sign_in_for(parts.scheme or "", parts.host or "", parts.port)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _range_headers(start: int, stop: int | None, validator: Validator | None) -> dict[str, str]:
    if start == 0 and stop is None:
        return {}
    headers = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"}
    condition = validator.condition if validator else None
    return headers | ({"If-Range": condition} if condition else {})
