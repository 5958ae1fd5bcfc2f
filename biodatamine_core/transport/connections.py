"""Connections to judged addresses: kept open between requests, in turns per host, cut all at once when it is over."""

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakSet

from biodatamine_core.addresses import is_public
from biodatamine_core.errors import AddressRefused, DownloadFailed

if TYPE_CHECKING:
    from requests import Session
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection

_LOOK_AGAIN_S = 0.1
Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""What a look-up gives for one address: family, kind, protocol, canonical name, address."""


class _WithoutQueries(logging.Filter):
    """urllib3 logs whole addresses where somebody turned its log on; queries of signed ones are secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


_WITHOUT_QUERIES = _WithoutQueries()


@dataclass(slots=True)
class Connections:
    """The connections of one scan. Threads share it."""

    allowed_hosts: frozenset[str]
    connect_timeout_s: float
    answer_timeout_s: float
    per_host: int
    hung_up: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: dict[str, threading.Semaphore] = field(default_factory=dict)
    _open: "WeakSet[HTTPConnection]" = field(default_factory=WeakSet)
    _adapter: "HTTPAdapter | None" = None

    def session(self) -> "Session":
        """A fresh session, so that no cookie outlives its request, over the shared connections. Not to be closed."""
        import requests

        with self._lock:
            if self._adapter is None:
                self._adapter = self._guarded_adapter()
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"User-Agent": "BioDataMine", "Accept": "*/*", "Accept-Encoding": "identity"})
        session.mount("http://", self._adapter)
        session.mount("https://", self._adapter)
        return session

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Wait until fewer than `per_host` requests to this host are under way."""
        host = urlsplit(url).netloc.lower()
        with self._lock:
            turns = self._turns.setdefault(host, threading.Semaphore(self.per_host))
        while not turns.acquire(timeout=_LOOK_AGAIN_S):
            self.check()
        try:
            self.check()
            yield
        finally:
            turns.release()

    def check(self) -> None:
        if self.hung_up.is_set():
            raise DownloadFailed("The download was stopped.")

    def hang_up(self) -> None:
        """Cut every connection: whoever waits for bytes on one stops waiting, and nobody begins anew."""
        self.hung_up.set()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _cut(connection)

    def _guarded_adapter(self) -> "HTTPAdapter":
        from requests.adapters import HTTPAdapter
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
        from urllib3.response import HTTPResponse

        connections = self
        logging.getLogger("urllib3.connectionpool").addFilter(_WITHOUT_QUERIES)  # once, however often it is added

        class GuardedConnection(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connections._connected(self)

            def getresponse(self) -> HTTPResponse:  # type: ignore[override]
                with connections._hurried(self):
                    return super().getresponse()

        class GuardedTLSConnection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connections._connected(self)

            def getresponse(self) -> HTTPResponse:  # type: ignore[override]
                with connections._hurried(self):
                    return super().getresponse()

        class GuardedPool(HTTPConnectionPool):
            ConnectionCls = GuardedConnection

        class GuardedTLSPool(HTTPSConnectionPool):
            ConnectionCls = GuardedTLSConnection

        adapter = HTTPAdapter(pool_maxsize=self.per_host)
        adapter.poolmanager.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTLSPool}
        return adapter

    def _connected(self, connection: "HTTPConnection") -> socket.socket:
        from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

        self.check()
        with self._lock:
            self._open.add(connection)
        try:
            return self._connect(connection, _judged(connection.host, connection.port or 0, self.allowed_hosts))
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "timed out") from error
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error

    def _connect(self, connection: "HTTPConnection", reachable: "Sequence[Found]") -> socket.socket:
        """Connected to the first of the addresses that answers. Can be cut while it waits for that."""
        failure: OSError | DownloadFailed | None = None
        for family, kind, protocol, _, address in reachable:
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(self.connect_timeout_s)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sock = made
                self.check()  # whoever hangs up from here on finds the socket
                made.connect(address)
            except (OSError, DownloadFailed) as error:
                connection.sock = None
                made.close()
                failure = error
            else:
                return made
        raise failure or OSError("no address")

    @contextmanager
    def _hurried(self, connection: "HTTPConnection") -> Iterator[None]:
        """The whole head of an answer within the time that one silence may last: headers can drip for ever."""
        is_late = threading.Event()

        def cut() -> None:
            is_late.set()
            _cut(connection)

        timer = threading.Timer(self.answer_timeout_s, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except OSError as error:
            if not is_late.is_set():
                raise
            raise TimeoutError("the head of the answer took too long") from error
        finally:
            timer.cancel()
        if is_late.is_set():  # a head that is cut in the middle passes for a whole one
            raise TimeoutError("the head of the answer took too long")


def _cut(connection: "HTTPConnection") -> None:
    taken = connection.sock
    if taken is not None:
        with suppress(OSError):  # it ended by itself in the meantime
            taken.shutdown(socket.SHUT_RDWR)


def _judged(host: str, port: int, allowed_hosts: frozenset[str]) -> Sequence[Found]:
    """Resolved once, and each address judged: a name that changes its mind gains nothing."""
    name = host.strip("[]").rstrip(".").lower()
    is_allowed = not allowed_hosts.isdisjoint({name, f"{name}:{port}", f"[{name}]", f"[{name}]:{port}"})
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
    return reachable
