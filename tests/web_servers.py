"""Real web servers on loopback, as Debian packs them: Apache with its listings and WebDAV, nginx with its listings."""

import shutil
import socket
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path

from tests.builders import dicom_slice

READY_WITHIN_S = 30.0
USER, PASSWORD = "ana", "geheim"
_MODULES = Path("/usr/lib/apache2/modules")
_LOADED = ("mpm_event", "authz_core", "authn_core", "authn_file", "auth_basic", "authz_user", "autoindex", "dir", "dav")
_APACHE = """
ServerRoot {home}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {home}/pid
ErrorLog {home}/log
User www-data
Group www-data
DocumentRoot {data}
IndexOptions FancyIndexing
DavLockDB {home}/locks/dav
<Directory {data}>
  Options Indexes
  Require all granted
</Directory>
<LocationMatch "^/(dav|locked)">
  Dav On
</LocationMatch>
<Location /locked>
  AuthType Basic
  AuthName data
  AuthUserFile {home}/users
  Require valid-user
</Location>
"""
_NGINX = """
daemon off; master_process off; pid {home}/pid; error_log {home}/log;
events {{ }}
http {{
  access_log off; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen 127.0.0.1:{port}; root {data}; autoindex on; }}
}}
"""
FILES = {
    "1.dcm": dicom_slice(instance=1),
    "a b/2 ä&#.dcm": dicom_slice(instance=2, position_mm=(0.0, 0.0, 1.0)),
    "a b/a file whose name is longer than what listings show of names, by far.dcm": dicom_slice(instance=3),
    "deep/er/4.dcm": dicom_slice(instance=4, position_mm=(0.0, 0.0, 3.0)),
}
"""What both serve under /data/, and Apache under /dav/ as well."""


@contextmanager
def serving_apache() -> Iterator[str]:
    """Its address. /dav/empty/ is an empty folder; /locked/ lets USER in."""
    with _folder() as home:
        data = _with_data(home, "dav/")
        (data / "dav/empty").mkdir()
        (data / "locked").mkdir()
        (data / "locked/1.dcm").write_bytes(FILES["1.dcm"])
        (home / "locks").mkdir(mode=0o777)
        (home / "locks").chmod(0o777)
        hashed = b64encode(sha1(PASSWORD.encode(), usedforsecurity=False).digest()).decode()
        (home / "users").write_text(f"{USER}:{{SHA}}{hashed}\n")
        loaded = "".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so\n" for name in (*_LOADED, "dav_fs"))
        port = _free_port()
        (home / "conf").write_text(loaded + _APACHE.format(home=home, data=data, port=port))
        with _running(["/usr/sbin/apache2", "-X", "-f", str(home / "conf")], port) as address:
            yield address


@contextmanager
def serving_nginx() -> Iterator[str]:
    """Its address."""
    with _folder() as home:
        port = _free_port()
        (home / "conf").write_text(_NGINX.format(home=home, data=_with_data(home), port=port))
        with _running(["/usr/sbin/nginx", "-p", str(home), "-e", str(home / "log"), "-c", "conf"], port) as address:
            yield address


@contextmanager
def _folder() -> Iterator[Path]:
    """One that the user of a server may enter, unlike those of pytest."""
    home = Path(tempfile.mkdtemp(prefix="web-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def _with_data(home: Path, *others: str) -> Path:
    for folder in ("data/", *others):
        for name, data in FILES.items():
            path = home / "www" / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return home / "www"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    give_up_at = time.monotonic() + READY_WITHIN_S
    try:
        while not _answers(port):
            if time.monotonic() > give_up_at or process.poll() is not None:
                raise RuntimeError(f"{command[0]} did not start; is its package installed?")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False
