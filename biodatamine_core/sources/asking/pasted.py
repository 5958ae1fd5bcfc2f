"""An address as people paste it, taken apart for the sources that know its host."""

import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_MOST_FIELDS = 100
_FRONTS = re.compile(r"^(?:www|m|mobile)\.")


@dataclass(frozen=True, slots=True)
class Pasted:
    """host: lower case, without "www." and "m."; "" for what names no host. parts: of the path, unescaped, none empty.

    query: the last value of each name, names in lower case. origin: "https://host:port", as it was pasted.
    """

    host: str
    parts: tuple[str, ...]
    query: dict[str, str]
    origin: str = ""

    @classmethod
    def read(cls, text: str) -> "Pasted":
        """Also "github.com/owner/name" without https. Never raises; what is no address has no host."""
        try:
            url = urlsplit(text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text}")
            host = _FRONTS.sub("", (url.hostname or "").rstrip("."))
        except ValueError:
            return cls("", (), {})
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
            return cls("", (), {})
        parts = tuple(part for part in map(unquote, url.path.split("/")) if part and part.isprintable())
        query = {name: values[-1] for name, values in every_value(url.query).items()}
        return cls(host, parts, query, f"{url.scheme}://{url.netloc.rpartition('@')[2].lower()}")


def every_value(query: str) -> dict[str, list[str]]:
    """The values of each name in the query of an address, names in lower case; none where there are too many."""
    found: dict[str, list[str]] = {}
    with suppress(ValueError):
        for name, value in parse_qsl(query, max_num_fields=_MOST_FIELDS):
            found.setdefault(name.lower(), []).append(value)
    return found


def doi_in(text: str) -> str | None:
    """The DOI that a text is: bare, with "doi:", or as an address of doi.org. Lower case, as DOIs are compared."""
    found = re.fullmatch(
        r"(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/|(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s?#]+)[?#]?.*",
        text.strip(),
        re.IGNORECASE,
    )
    return unquote(found[1]).rstrip("/.,;").lower() if found else None
