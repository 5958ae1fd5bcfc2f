"""A real HTTP server on loopback that serves what a test gives it, well or badly."""

import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Page:
    """One answer. The defaults are a well behaved file server with ranges.

    length: what Content-Length claims where it is not the truth. has_length: False ends the body by closing.
    cut_after: close the connection after that many body bytes. pause_after: wait there until `site.go_on` is set.
    """

    data: bytes = b""
    status: int = 200
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    has_length: bool = True
    chunked: bool = False
    cut_after: int | None = None
    pause_after: int | None = None


@dataclass
class Site:
    """What is served where, and what was asked for.

    pages: path -> answers, one per GET in their order; the last one stays. HEAD is answered by the next one as well.
    A path with its query goes before the path alone. bodies: what was posted, in order.
    requests: (method, path with query, headers) in order of arrival.
    expects_authorization: who shows another Authorization header, or none, is answered 401.
    """

    port: int
    scheme: str = "http"
    pages: dict[str, list[Page]] = field(default_factory=dict)
    requests: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    paused: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    answers_head: bool = True
    expects_authorization: str | None = None

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def serve(self, path: str, *answers: Page | bytes) -> str:
        """Answer a path (with or without a query) with these, in turn; returns its URL."""
        self.pages[path] = [answer if isinstance(answer, Page) else Page(answer) for answer in answers]
        return self.address + path

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        """Send whoever asks for the path elsewhere; returns the path's URL."""
        return self.serve(path, Page(status=status, headers={"Location": to}))

    def asked(self, method: str = "GET") -> list[str]:
        """The paths asked for with this method."""
        return [path for used, path, _ in self.requests if used == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def do_PROPFIND(self) -> None:
        self._answer(has_body=True)

    def do_POST(self) -> None:
        self.site.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        self._answer(has_body=True)

    def _answer(self, has_body: bool) -> None:
        self.close_connection = True
        self.site.requests.append((self.command, self.path, dict(self.headers.items())))
        known = self.site.pages
        answers = known.get(self.path) or known.get(self.path.partition("?")[0], [Page(status=404)])
        page = answers.pop(0) if has_body and len(answers) > 1 else answers[0]
        if not has_body and not self.site.answers_head:
            page = Page(status=405)
        if self.site.expects_authorization not in (None, self.headers.get("Authorization")):
            page = Page(status=401)
        start, stop = self._range(page)
        is_part = (start, stop) != (0, len(page.data))
        self.send_response(206 if is_part else page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Connection", "close")
        self.send_header("Accept-Ranges", "bytes")
        for name, value in page.headers.items():
            self.send_header(name, value)
        if is_part:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(page.data)}")
        if page.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif page.has_length:
            self.send_header("Content-Length", str(stop - start if page.length is None else page.length))
        self.end_headers()
        if has_body:
            self._send_body(page, page.data[start:stop])

    def _range(self, page: Page) -> tuple[int, int]:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked or page.status != 200:
            return 0, len(page.data)
        return int(asked[1]), min(len(page.data), int(asked[2]) + 1 if asked[2] else len(page.data))

    def _send_body(self, page: Page, body: bytes) -> None:
        parts = [body if page.cut_after is None else body[: page.cut_after]]
        if page.pause_after is not None:
            parts = [parts[0][: page.pause_after], parts[0][page.pause_after :]]
        for number, part in enumerate(parts):
            if number:
                self.wfile.flush()
                self.site.paused.set()
                self.site.go_on.wait()
            if page.chunked and part:
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            else:
                self.wfile.write(part)
        if page.chunked and page.cut_after is None:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test reads `site.requests`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is what many tests are about."""


def certificate(path: Path) -> Path:
    """Write a self-signed certificate of 127.0.0.1, good for a day, with its key into one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()) + signed.public_bytes(pem))
    return path


@contextmanager
def serving(tls: Path | None = None) -> Iterator[Site]:
    """An empty site on a free port of 127.0.0.1, gone at the end. tls: a certificate with key; then it is https."""
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {})) as server:
        site = Site(server.server_address[1], "https" if tls else "http")
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.RequestHandlerClass.site = site  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            site.go_on.set()
            server.shutdown()
            thread.join()
