"""S3 servers that misbehave: one that ignores conditions, and one in front of a real one that loses an answer."""

import hashlib
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit


class _Forgetful(BaseHTTPRequestHandler):
    """Takes If-None-Match and If-Match, and writes all the same."""

    protocol_version = "HTTP/1.1"
    values: ClassVar[dict[str, bytes]]

    def do_PUT(self) -> None:
        self.values[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, self.values[self.path])

    def do_DELETE(self) -> None:
        self.values.pop(self.path, None)
        self._answer(204, b"")

    def _answer(self, status: int, value: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", f'"{hashlib.md5(value).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _LosesAnAnswer(BaseHTTPRequestHandler):
    """Passes everything on; the answer to the first write it keeps to itself, and hangs up."""

    protocol_version = "HTTP/1.1"
    behind: str
    lost: ClassVar[list[str]]

    def _pass_on(self) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.behind).netloc)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection.request(self.command, self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if self.command == "PUT" and not self.lost:
            self.lost.append(self.path)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("date", "server", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length", str(len(data))))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_DELETE = _pass_on  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def forgetful() -> Iterator[str]:
    """The endpoint of a server that ignores conditions."""
    with _listening(type("Forgetful", (_Forgetful,), {"values": {}})) as endpoint:
        yield endpoint


@contextmanager
def losing_an_answer(behind: str) -> Iterator[str]:
    """The endpoint of a server that does what the one behind it does, but loses the answer to the first write."""
    with _listening(type("LosesAnAnswer", (_LosesAnAnswer,), {"behind": behind, "lost": []})) as endpoint:
        yield endpoint


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
