"""A file behind an http or https address; or what the web page there links to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from biodatamine_core.errors import UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import webpage
from biodatamine_core.sources.interface import Reach

_DEFAULT_PORTS = {"http": 80, "https": 443}
_KEPT = "/%:@!$&'()*+,;=~?-._[]"  # RFC 3986: what may stand in a path or a query as it is


@dataclass(frozen=True, slots=True)
class HTTPSource:
    """One file; its canonical address has no user, password, fragment or default port."""

    kind: ClassVar[str] = "http"
    reads: ClassVar[str] = "an http or https URL"
    url: str
    title: str

    @classmethod
    def parse(cls, text: str) -> "HTTPSource | None":
        if not re.match(r"https?:", text, re.IGNORECASE):
            return None
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host:
            raise UnsupportedURL(
                "this web address is not complete; paste it whole, as in https://example.org/data.zip."
            )
        host = f"[{host}]" if ":" in host else host
        place = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
        path, query = quote(parts.path or "/", safe=_KEPT), quote(parts.query, safe=_KEPT)
        last = unquote(path.rstrip("/").rsplit("/", 1)[-1])
        return cls(urlunsplit((parts.scheme, place, path, query, "")), last if last.isprintable() and last else host)

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        facts = reach.transport.head(self.url)
        linked = webpage.artifacts(self.url, facts, reach.transport) if webpage.is_page(facts) else []
        if linked:
            yield from linked
            return
        yield Artifact(facts.filename or self.title, self.url, facts.size_bytes, validator=facts.validator)
