"""An HTTP server on loopback that knows how files are served, with ranges and ETags, and gets it wrong on order."""

import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one GET. The defaults are an answer without any fault.

    cut_after: hang up after so many bytes of this answer's body. claims: what Content-Length says instead of the truth.
    status: answer with it and no body. knows_ranges: False sends everything, whatever was asked for.
    knows_conditions: False sends the part, whatever If-Range said.
    becomes: from this answer on the file is another. holds: stop after so many bytes until `go_on` is set.
    drips: send byte after byte, each in a packet of its own. has_length: False ends the body by closing.
    body: send this instead of the file, as it is.
    """

    cut_after: int | None = None
    claims: int | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    knows_ranges: bool = True
    knows_conditions: bool = True
    becomes: bytes | None = None
    holds_after: int | None = None
    drips: bool = False
    has_length: bool = True
    body: bytes | None = None


@dataclass
class FaultyServer:
    """One file under every path. Its ETag is a count that goes up when the file changes. etag: before it ever did.

    faults: one for each GET in their order; without one left `always` holds. requests: (method, path, headers).
    body_bytes: all that was sent of bodies, in all answers.
    """

    port: int
    data: bytes = b""
    version: int = 1
    has_validator: bool = True
    etag: str | None = None
    always: Fault = field(default_factory=Fault)
    faults: deque[Fault] = field(default_factory=deque)
    requests: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    body_bytes: int = 0
    holding: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str = "/data.zip") -> str:
        return self.address + path

    def will(self, *faults: Fault) -> None:
        """Get the next requests wrong in these ways, one after the other."""
        self.faults.extend(faults)

    def asked_ranges(self) -> list[str | None]:
        """The Range header of every GET."""
        return [headers.get("Range") for method, _, headers in self.requests if method == "GET"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: FaultyServer

    def do_HEAD(self) -> None:
        self.server_of.requests.append(("HEAD", self.path, dict(self.headers.items())))
        self._head(200, len(self.server_of.data), Fault())

    def do_GET(self) -> None:
        server = self.server_of
        with server.lock:
            server.requests.append(("GET", self.path, dict(self.headers.items())))
            fault = server.faults.popleft() if server.faults else server.always
            if fault.becomes is not None:
                server.data, server.version = fault.becomes, server.version + 1
        if fault.status is not None:
            self._head(fault.status, 0, fault)
            return
        if fault.body is not None:
            self._head(200, len(fault.body), fault)
            self._body(fault.body, fault)
            return
        start, stop = self._asked(len(server.data)) if fault.knows_ranges else (0, len(server.data))
        is_part = fault.knows_ranges and "Range" in self.headers and (self._is_same() or not fault.knows_conditions)
        start, stop = (start, stop) if is_part else (0, len(server.data))
        headers = {"Content-Range": f"bytes {start}-{stop - 1}/{len(server.data)}"} if is_part else {}
        self._head(206 if is_part else 200, stop - start, fault, headers)
        self._body(server.data[start:stop], fault)

    def _asked(self, size_bytes: int) -> tuple[int, int]:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-"))
        assert asked is not None
        return int(asked[1]), min(size_bytes, int(asked[2]) + 1) if asked[2] else size_bytes

    def _is_same(self) -> bool:
        condition = self.headers.get("If-Range")
        return condition is None or condition == self._etag

    @property
    def _etag(self) -> str:
        server = self.server_of
        return server.etag if server.etag and server.version == 1 else f'"{server.version}"'

    def _head(self, status: int, length: int, fault: Fault, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        if fault.has_length:
            self.send_header("Content-Length", str(length if fault.claims is None else fault.claims))
        if self.server_of.has_validator:
            self.send_header("ETag", self._etag)
        for name, value in {**(headers or {}), **fault.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, body: bytes, fault: Fault) -> None:
        cut = body if fault.cut_after is None else body[: fault.cut_after]
        if fault.drips:
            for at in range(len(cut)):
                self._send(cut[at : at + 1])
        elif fault.holds_after is not None:
            self._send(cut[: fault.holds_after])
            self.server_of.holding.set()
            self.server_of.go_on.wait()
            self._send(cut[fault.holds_after :])
        else:
            self._send(cut)
        if fault.cut_after is not None or fault.claims is not None or not fault.has_length:
            self.close_connection = True

    def _send(self, piece: bytes) -> None:
        self.wfile.write(piece)
        with self.server_of.lock:
            self.server_of.body_bytes += len(piece)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test reads `requests`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up in the middle is what the tests are about."""


@contextmanager
def faulty_server(data: bytes) -> Iterator[FaultyServer]:
    """A server of this file on a free port of 127.0.0.1, gone at the end."""
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {})) as server:
        described = FaultyServer(server.server_address[1], data)
        server.RequestHandlerClass.server_of = described  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield described
        finally:
            described.go_on.set()
            server.shutdown()
            thread.join()
