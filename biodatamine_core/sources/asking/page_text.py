"""What a dataset's own page says of it, as one bounded text: title, description, keywords, a line each."""

import html
import re
from collections.abc import Iterable

_MARKUP = re.compile(r"<[/!a-zA-Z][^<>]{0,2000}>")
_MOST_CHARACTERS = 4_000
"""Of a description: the first paragraphs say what it is about, what follows is methods and references."""
_MOST_KEYWORDS = 50


def page_text(title: str | None, description: str | None = None, keywords: Iterable[str | None] = ()) -> str | None:
    """A line each for what there is; None where there is nothing. description: plain, or HTML."""
    named = [keyword for keyword in keywords if keyword][:_MOST_KEYWORDS]
    lines = (_plain(text) for text in (title, description, ", ".join(named)))
    return "\n".join(line for line in lines if line) or None


def _plain(text: str | None) -> str:
    """Without markup and line breaks."""
    shown = html.unescape(_MARKUP.sub(" ", (text or "")[: 2 * _MOST_CHARACTERS]))
    return " ".join(shown.split())[:_MOST_CHARACTERS]
