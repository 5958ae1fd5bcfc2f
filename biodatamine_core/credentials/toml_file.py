"""The file of whoever runs BioDataMine: which host is shown what."""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from biodatamine_core.credentials.sign_in import Credentials, SignIn, place_of
from biodatamine_core.errors import InvalidSetting

_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_file(path: Path) -> Credentials:
    """The sign-ins of a TOML file: one table per host. docs/downloads.md shows one.

    Raises InvalidSetting, which never quotes a value of the file, where it is missing, wrong, or open to others.
    """
    try:
        with path.open("rb") as stream:
            if os.name == "posix" and os.fstat(stream.fileno()).st_mode & _READABLE_BY_OTHERS:
                raise InvalidSetting(
                    f"{path} (BIODATAMINE_CREDENTIALS) can be read by other users of this machine; "
                    f"close it with: chmod 600 {path}"
                )
            tables = tomllib.load(stream)
    except OSError as error:
        raise InvalidSetting(f"{path} (BIODATAMINE_CREDENTIALS) cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSetting(
            f"{path} (BIODATAMINE_CREDENTIALS) is not TOML; docs/downloads.md shows how it looks."
        ) from error
    return Credentials({place_of(host): _sign_in(host, table, path) for host, table in tables.items()})


def _sign_in(host: str, table: object, path: Path) -> SignIn:
    plain_http = table.get("plain_http", False) if isinstance(table, Mapping) else False
    match table:
        case {"basic": {"user": str(user), "password": str(password)}}:
            return SignIn.basic(user, password, plain_http is True)
        case {"bearer": str(token)}:
            return SignIn.bearer(token, plain_http is True)
        case {"headers": {**headers}} if all(isinstance(value, str) for value in headers.values()):
            return SignIn.with_headers({str(name): str(value) for name, value in headers.items()}, plain_http is True)
    raise InvalidSetting(
        f'{path} (BIODATAMINE_CREDENTIALS) says for "{host}" neither basic = {{ user, password }}, nor bearer = "...", '
        'nor headers = { ... }; a host with dots stands in quotes: ["data.example.org"].'
    )
