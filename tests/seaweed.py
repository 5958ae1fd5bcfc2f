"""A real S3 server for tests: SeaweedFS on loopback, which can be killed and started again over the same data."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY, SECRET_KEY = "seaweed", "geheim-under-test"
READY_WITHIN_S = 60.0
_STARTS = 5
_LISTENERS = ("master", "volume", "filer", "s3", "admin")
# Below what the kernel gives to outgoing connections, so that none of those takes a port while the server is down.
_PORTS = range(20_000, 32_000)
_WEED = Path(sys.executable).with_name("weed")


@dataclass(slots=True)
class Seaweed:
    """One server. A process with its `variables` in the environment opens `storage.connect(seaweed.address())`."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    _shared: str = ""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    @property
    def variables(self) -> dict[str, str]:
        """What a process must have in its environment to reach this server."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "BIODATAMINE_S3_ENDPOINT": self.endpoint,
        }

    def bucket(self) -> str:
        """The address of a new, empty bucket, as BIODATAMINE_STORAGE takes it. Its first write takes 0.2 s."""
        name = f"test-{uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return f"s3://{name}"

    def address(self) -> str:
        """The address of a new, empty prefix in a bucket that is there already: as fresh as a bucket, and quicker."""
        if not self._shared:
            self._shared = self.bucket()
        return f"{self._shared}/{uuid4().hex[:12]}"

    def client(self) -> "S3Client":
        """A client of its own, to look at the server past our code."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
        )

    def kill(self) -> None:
        """SIGKILL: connections break, the data stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def start(self) -> None:
        """Start over the same data, on the same ports once it has some; returns when it answers."""
        for _ in range(_STARTS):
            self.ports = self.ports or _free_ports()
            self.process = self._started()
            if self._is_ready():
                return
            self.kill()
            self.ports = {}  # somebody was faster with one of them
        raise RuntimeError(f"SeaweedFS did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def _started(self) -> subprocess.Popen[bytes]:
        options = {
            "dir": self.folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.autoCreateBucket": "false",
            "s3.localSocket": self.folder / "s3.sock",
            "filer.localSocket": self.folder / "filer.sock",
            "admin.ui": "false",
            "webdav": "false",
            "master.telemetry": "false",
            **self.ports,
        }
        (self.folder / "data").mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [_WEED, "mini", *(f"-{name}={value}" for name, value in options.items())],
                # Its sockets and scratch files stay in the folder; its memory stays small beside other tests.
                env={**os.environ, **self.variables, "TMPDIR": str(self.folder), "GOMEMLIMIT": "256MiB"},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _is_ready(self) -> bool:
        """True once a bucket is listed: the gateway answers and reaches its filer."""
        from botocore.exceptions import BotoCoreError, ClientError

        deadline = time.monotonic() + READY_WITHIN_S
        while self.process is not None and self.process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.ports["s3.port"]), timeout=1).close()
                with suppress(BotoCoreError, ClientError):
                    self.client().list_buckets()
                    return True
            time.sleep(0.02)
        return False


def _free_ports() -> dict[str, int]:
    names = [name for listener in _LISTENERS for name in (f"{listener}.port", f"{listener}.port.grpc")]
    found: dict[str, int] = {}
    while len(found) < len(names):
        port = random.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in found.values():
                found[names[len(found)]] = port
    return found


@contextmanager
def serving() -> Iterator[Seaweed]:
    """A running server without a bucket; killed at the end, and its data removed."""
    folder = Path(tempfile.mkdtemp(prefix="seaweed-"))  # short: a socket's path has a limit
    seaweed = Seaweed(folder)
    try:
        seaweed.start()
        yield seaweed
    finally:
        seaweed.kill()
        shutil.rmtree(folder, ignore_errors=True)
        for port in seaweed.ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # it asks nobody where these should lie
                left.unlink(missing_ok=True)
