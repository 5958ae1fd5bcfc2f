"""A real Orthanc with DICOMweb on loopback, as Debian packs it; it asks for a sign-in."""

import json
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

USER, PASSWORD = "ana", "geheim"
READY_WITHIN_S = 30.0
_PLUGINS = Path("/usr/lib/orthanc")


@dataclass(frozen=True)
class Orthanc:
    """port: of its web pages; its DICOMweb lies at `root`."""

    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def root(self) -> str:
        return f"{self.address}/dicom-web"

    def store(self, dicom: bytes) -> dict[str, Any]:
        """Keep a DICOM file; returns Orthanc's own ids of it: ID, ParentSeries, ParentStudy."""
        return dict(json.loads(self.ask("/instances", dicom)))

    def ask(self, path: str, body: bytes | None = None) -> bytes:
        token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = Request(self.address + path, body, {"Authorization": f"Basic {token}"})
        with urlopen(request, timeout=READY_WITHIN_S) as answer:
            return bytes(answer.read())


@contextmanager
def serving_orthanc(folder: Path) -> Iterator[Orthanc]:
    """An empty Orthanc over this folder; killed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "Plugins": [str(path) for path in _PLUGINS.glob("libOrthancDicomWeb.so*")],
    }
    (folder / "orthanc.json").write_text(json.dumps(options))
    process = subprocess.Popen(
        ["/usr/sbin/Orthanc", str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = Orthanc(port)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Orthanc) -> None:
    give_up_at = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            server.ask("/dicom-web/studies")
            return
        except URLError:
            if time.monotonic() > give_up_at:
                raise
