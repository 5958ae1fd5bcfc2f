"""The one guarded HTTP client: nothing else in BioDataMine opens a connection to an address that a person gave."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from biodatamine_core.addresses import is_public, refuse_unfit, shown
from biodatamine_core.errors import AddressRefused, BrokenOff, DownloadFailed
from biodatamine_core.settings import Settings

if TYPE_CHECKING:
    import requests

_MOST_REDIRECTS = 10
_MOST_ATTEMPTS = 4
_LONGEST_WAIT_S = 30.0
_CHUNK_BYTES = 1 << 18
_PASSING_STATUS = frozenset({429, 500, 502, 503, 504})
_GZIP_NAMES = (".gz", ".tgz")

_MEANINGS = {
    401: "it wants a sign-in; log in there in a browser and paste a link that needs none, or upload the file",
    403: "it does not let us in; log in there in a browser and paste a link that needs none, or upload the file",
    404: "nothing is there; check the address for a typo",
    410: "it was removed for good; look for a newer address",
    429: "it is asked too often; try again later",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server says about the bytes before it sends them.

    url: where they came from after redirects; may carry a signature: for code, not for people.
    size_bytes: None where the server does not say. filename: out of Content-Disposition, its last part only.
    """

    url: str = field(repr=False)
    size_bytes: int | None = None
    etag: str | None = None
    content_type: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Transport:
    """HTTP and HTTPS to public addresses, and to the hosts that the person who runs BioDataMine allowed.

    allowed_hosts: "host" or "host:port", lower case, that may be private. The address is judged at the moment of
    connecting, after name resolution, on every redirect; proxies, netrc and cookies of the machine are not used.
    wait: how to spend the seconds between two attempts.
    """

    allowed_hosts: frozenset[str] = frozenset()
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    wait: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, settings: Settings) -> "Transport":
        """As the person who runs BioDataMine decided."""
        return cls(settings.allowed_hosts, settings.connect_timeout_s, settings.read_timeout_s)

    def head(self, url: str) -> Facts:
        """Ask what is there without fetching it. Raises as `stream` does."""
        with _session(self) as session:
            response = self._ask(session, "HEAD", url)
            if response.status_code != 200 and response.status_code not in _PASSING_STATUS:
                # Many servers refuse HEAD, and signed links are signed for GET: what GET says is the truth.
                response = self._ask(session, "GET", url)
            with response:
                return _facts(_good(response))

    @contextmanager
    def stream(self, url: str) -> Iterator[tuple[Facts, Iterator[bytes]]]:
        """The facts, and the bytes in chunks of up to 256 KiB.

        Raises AddressRefused, and DownloadFailed with the meaning of the server's answer. While the chunks are read:
        BrokenOff, where the connection ends early, stays silent too long or sends less than it announced.
        """
        with _session(self) as session, self._ask(session, "GET", url) as response:
            yield _facts(_good(response)), _chunks(response)

    def _ask(self, session: "requests.Session", method: str, url: str) -> "requests.Response":
        """The answer after redirects, asked for again where that can help. Its status may be anything but 3xx."""
        from requests import exceptions

        for attempt in range(_MOST_ATTEMPTS):
            is_last = attempt == _MOST_ATTEMPTS - 1
            pause_s = min(_LONGEST_WAIT_S, 2.0**attempt)
            try:
                response = self._follow(session, method, url)
                if is_last or response.status_code not in _PASSING_STATUS:
                    return response
                asked_for = response.headers.get("Retry-After", "")
                pause_s = min(_LONGEST_WAIT_S, float(asked_for)) if asked_for.isdecimal() else pause_s
                response.close()
            except exceptions.SSLError as error:
                raise DownloadFailed(f"{shown(url)} offers no valid encryption; check the address.") from error
            except exceptions.ConnectionError as error:
                if is_last:
                    raise DownloadFailed(
                        f"{shown(url)} cannot be reached; check the address and the network."
                    ) from error
            except exceptions.Timeout as error:
                if is_last:
                    raise DownloadFailed(f"{shown(url)} did not answer in time; try again later.") from error
            except exceptions.RequestException as error:
                raise DownloadFailed(f"{shown(url)} cannot be asked for; check the address.") from error
            self.wait(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, session: "requests.Session", method: str, url: str) -> "requests.Response":
        for _ in range(_MOST_REDIRECTS + 1):
            refuse_unfit(url)
            response = session.request(
                method,
                url,
                allow_redirects=False,
                stream=True,
                timeout=(self.connect_timeout_s, self.read_timeout_s),
            )
            target = session.get_redirect_target(response)
            if not target:
                return response
            response.close()
            came_from, url = url, urljoin(url, target)
            if urlsplit(came_from).scheme == "https" and urlsplit(url).scheme == "http":
                raise AddressRefused(
                    f"{shown(came_from)} redirects to {shown(url)}, which is not encrypted; paste an https address."
                )
        raise DownloadFailed(f"{shown(url)} redirects more than {_MOST_REDIRECTS} times; paste the final address.")


def _session(transport: Transport) -> "requests.Session":
    """A session whose every connection goes through `_connect`; one per request, so that nothing is shared."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    def guarded(connection: HTTPConnection) -> socket.socket:
        try:
            return _connect(connection.host, connection.port or 0, transport)
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "timed out") from error
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error

    class GuardedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return guarded(self)

    class GuardedTLSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return guarded(self)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedTLSPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTLSConnection

    adapter = HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTLSPool}
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"User-Agent": "BioDataMine", "Accept": "*/*", "Accept-Encoding": "identity"})
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _connect(host: str, port: int, transport: Transport) -> socket.socket:
    """Resolve once, judge each address, connect to a judged one: a name that changes its mind gains nothing."""
    name = host.strip("[]").rstrip(".").lower()
    is_allowed = not transport.allowed_hosts.isdisjoint({name, f"{name}:{port}", f"[{name}]", f"[{name}]:{port}"})
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise AddressRefused(f'"{name}" is not a valid host name; check the address.') from error
    except socket.gaierror as error:
        if error.errno == socket.EAI_NONAME:
            raise DownloadFailed(f'there is no host called "{name}"; check the address for a typo.') from error
        raise
    reachable = [entry for entry in found if is_allowed or is_public(str(entry[4][0]))]
    if not reachable:
        raise AddressRefused(
            f'"{name}" is an address inside a private network, where BioDataMine does not go; '
            f"whoever runs it may allow it with BIODATAMINE_ALLOW_HOSTS={name}."
        )
    failure: OSError | None = None
    for family, kind, protocol, _, address in reachable:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(transport.connect_timeout_s)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure or OSError("no address")


def _good(response: "requests.Response") -> "requests.Response":
    """The response, if it is what was asked for; what the server means, as DownloadFailed, otherwise."""
    status = response.status_code
    if status == 200:
        return response
    meaning = _MEANINGS.get(status, "200 was expected; check the address")
    if status >= 500:
        meaning = "the server has a problem of its own; try again later"
    raise DownloadFailed(f"{shown(response.url)} answered {status}: {meaning}.")


def _facts(response: "requests.Response") -> Facts:
    headers = response.headers
    length = headers.get("Content-Length", "")
    return Facts(
        url=response.url,
        size_bytes=int(length) if length.isdecimal() and not _is_wrapped(response) else None,
        etag=headers.get("ETag"),
        content_type=headers.get("Content-Type"),
        filename=_filename(headers.get("Content-Disposition")),
    )


def _is_wrapped(response: "requests.Response") -> bool:
    """Whether the bytes of the file are wrapped once more for the way.

    Many servers mark a .gz file itself with "Content-Encoding: gzip"; then the bytes as sent are the file.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    name = _filename(response.headers.get("Content-Disposition")) or unquote(urlsplit(response.url).path)
    return encoding not in ("", "identity") and not (
        encoding in ("gzip", "x-gzip") and name.lower().endswith(_GZIP_NAMES)
    )


def _chunks(response: "requests.Response") -> Iterator[bytes]:
    from urllib3.exceptions import DecodeError, HTTPError

    is_wrapped = _is_wrapped(response)
    encoding = response.headers.get("Content-Encoding", "")
    if is_wrapped and encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise DownloadFailed(
            f'{shown(response.url)} sent its bytes encoded as "{encoding}", unasked; use another link.'
        )
    done_bytes = 0
    try:
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=is_wrapped):
            done_bytes += len(chunk)
            yield chunk
    except DecodeError as error:
        raise BrokenOff(f"{shown(response.url)} sent bytes that are not {encoding} as it says.") from error
    except (HTTPError, OSError) as error:
        raise BrokenOff(
            f"{shown(response.url)} broke off after {done_bytes:,} bytes "
            f"of {response.headers.get('Content-Length', 'an unknown number')}; try again."
        ) from error


def _filename(disposition: str | None) -> str | None:
    """The name a server suggests, without folders and control characters. Source: RFC 6266."""
    if not disposition:
        return None
    # Header bytes arrive as latin-1; servers send UTF-8.
    disposition = disposition.encode("latin-1", "replace").decode("utf-8", "replace")
    extended = re.search(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", disposition, re.IGNORECASE)
    message = Message()
    message["Content-Disposition"] = disposition
    name = unquote(extended[1]) if extended else message.get_filename() or ""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in name if character.isprintable()).strip() or None
