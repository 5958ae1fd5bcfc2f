"""What the dataset's own page says: title, description, keywords. It speaks for all series alike, so it speaks last."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from biodatamine_core import vocabulary
from biodatamine_core.inference import texts
from biodatamine_core.inference.texts import AnatomySaid, ModalitySaid
from biodatamine_core.records import Clue, SeriesRecord, Strength
from biodatamine_core.vocabulary import Found

REMEMBERED_PAGES = 64


def clues_from(page: str, series: SeriesRecord) -> Iterator[Clue]:
    """One clue about anatomy and one about modality, where the page is about one part of the body, or one modality."""
    anatomy, modality = _said(page)
    if anatomy is not None:
        because = f"The dataset's title or page says {anatomy.quoted.lower()}"
        yield Clue(series.series_id, "anatomy", str(anatomy.anatomy), Strength.WEAK, because, "page")
    if modality is not None and not texts.is_derived(series):
        because = f"The dataset's title or page says {modality.quoted.lower()}"
        yield Clue(series.series_id, "modality", modality.modality, Strength.WEAK, because, "page")


@lru_cache(maxsize=REMEMBERED_PAGES)
def _said(page: str) -> tuple[AnatomySaid | None, ModalitySaid | None]:
    """The title answers first; then all of the page; then the one of its texts that names the fewest parts."""
    words = [_words(text) for text in _TEXTS.split(page)]
    anatomies = [
        anatomy for anatomy in map(texts.anatomy_of, words) if anatomy is not None and _is_of_few_parts(anatomy)
    ]
    of_title, of_page = texts.anatomy_of(words[0]), texts.anatomy_of(_words(page))
    by_rank = [of_title, of_page, *sorted(anatomies, key=lambda said: len(said.anatomy.zones))]
    anatomy = next((said for said in by_rank if said is not None and _is_of_few_parts(said)), None)
    return anatomy, texts.modality_of(words[0]) or texts.modality_of(_words(page))


_TEXTS = re.compile(r"[;\n]")
"""Between the title, the description and the keywords."""


def _words(text: str) -> list[Found]:
    """The words that count: two letters only behind a part of the body or beside a modality ("Pancreas-CT", "PET-CT").

    Before a part they do not: "US breast cancer" is a country's.
    """
    words = vocabulary.find_words(text)
    counted = [word for word in words if word.where == "anywhere"]
    short = [word for word in words if word.where == "beside"]
    while found := [word for word in short if _is_led_to(word, counted)]:
        counted += found
        short = [word for word in short if word not in found]
    return sorted(counted, key=lambda word: word.start)


def _is_led_to(word: Found, counted: Iterable[Found]) -> bool:
    return any(
        word.start == other.end or (word.end == other.start and other.about == "modality")
        for other in counted
        if other.about in ("anatomy", "modality")
    )


def _is_of_few_parts(said: AnatomySaid) -> bool:
    """A page that names parts from head to foot is about none of them, unless it says whole body in so many words."""
    return said.anatomy.zones != ("whole_body",) or any("body" in phrase for phrase in said.phrases)
