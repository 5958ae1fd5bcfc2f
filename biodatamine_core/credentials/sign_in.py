"""A sign-in, the place that it belongs to, and which of them goes with a request."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from biodatamine_core.errors import InvalidSetting

_DEFAULT_PORTS = {"https": 443, "http": 80}
# Only ASCII: two libraries that encode "straße.de" differently would send its token to another host.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2: a token
_NOT_A_CREDENTIAL = frozenset(
    {"host", "range", "if-range", "content-length", "transfer-encoding", "connection", "accept-encoding"}
)


class Kind(StrEnum):
    """How a host wants to be shown who asks."""

    BASIC = "basic"
    BEARER = "bearer"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A host, and one port of it; without a port the usual one. Lower case, IPv6 without brackets."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def place_of(text: str) -> Place:
    """The place of "host", "host:port" or an https address. Raises InvalidSetting."""
    stripped = text.strip()
    try:
        parts = urlsplit(stripped if "://" in stripped else f"//{stripped}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        host, port = "", None
    if not _HOST.fullmatch(host) or "@" in parts.netloc:
        raise InvalidSetting(
            f'"{text[:100]}" is no host; a sign-in belongs to one as in "data.example.org" or "data.example.org:8443" '
            "(a name outside ASCII in its xn-- form)."
        )
    return Place(host, None if port == _DEFAULT_PORTS["https"] else port)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What one host is shown. Its secret is in no repr.

    user: whose password it is, fit to be shown; None for a token or headers. plain_http: may go over http as well.
    """

    kind: Kind
    headers: Mapping[str, str] = field(repr=False)
    user: str | None = None
    plain_http: bool = False

    @classmethod
    def basic(cls, user: str, password: str, plain_http: bool = False) -> "SignIn":
        """A name and a password. Source: RFC 7617, with UTF-8."""
        if not user or ":" in user:
            raise InvalidSetting("a user name must not be empty and must not hold a colon; check the sign-in.")
        token = b64encode(f"{user}:{password}".encode()).decode()
        return cls(Kind.BASIC, _checked({"Authorization": f"Basic {token}"}), user, plain_http)

    @classmethod
    def bearer(cls, token: str, plain_http: bool = False) -> "SignIn":
        """A token. Source: RFC 6750."""
        if not token.strip():
            raise InvalidSetting("the token is empty; paste it again.")
        return cls(Kind.BEARER, _checked({"Authorization": f"Bearer {token.strip()}"}), None, plain_http)

    @classmethod
    def with_headers(cls, headers: Mapping[str, str], plain_http: bool = False) -> "SignIn":
        """Headers of the host's own, such as X-Dataverse-key."""
        if not headers:
            raise InvalidSetting("there is no header in this sign-in; give a name and a value.")
        return cls(Kind.HEADERS, _checked(headers), None, plain_http)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The sign-ins of one person, each for its place."""

    by_place: Mapping[Place, SignIn] = field(default_factory=dict, repr=False)

    def sign_in_for(self, scheme: str, host: str, port: int | None) -> SignIn | None:
        """The one that may go to this origin; None where there is none. host: as the connection will be made to."""
        name, usual = host.strip("[]").rstrip(".").lower(), _DEFAULT_PORTS.get(scheme)
        port = port or usual
        found = self.by_place.get(Place(name, None if port == usual else port))
        return found if found and (scheme == "https" or (scheme == "http" and found.plain_http)) else None

    def and_then(self, others: "Credentials") -> "Credentials":
        """Both; where both know a place, the others' sign-in."""
        return Credentials({**self.by_place, **others.by_place})


NONE = Credentials(MappingProxyType({}))


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, if they can be sent: a line break in one would smuggle in others."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _NOT_A_CREDENTIAL:
            raise InvalidSetting(f'"{name[:60]}" is no header that a sign-in may set; check its name.')
        if not value.isascii() or not value.isprintable():
            raise InvalidSetting(
                f'the value of "{name}" holds a character that no header may carry, such as a line break; '
                "paste it again."
            )
    return dict(headers)
