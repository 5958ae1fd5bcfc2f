"""The left rail of Images: path search, and the facets with their counts. Each change goes into the address."""

from collections.abc import Mapping, Sequence

import streamlit as st

from biodatamine_core import wording
from biodatamine_core.catalog.filters import SeriesFilter
from biodatamine_core.catalog.gallery import Choice
from ui import selection
from ui.pieces import escaped_label

MOST_PILLS = 14
"""More values than these stand in a list that can be searched."""
ANY_FINDING = "Any or none"


def draw(facets: Mapping[str, Sequence[Choice]], wanted: SeriesFilter) -> None:
    """All that Images can be filtered by; what the address asks for is chosen."""
    _path(wanted.path)
    for name, choices in facets.items():
        asked: tuple[str, ...] = getattr(wanted, name)
        if len(choices) > 1 or asked or (choices and name == "finding"):
            (_finding if name == "finding" else _facet)(name, choices, asked)


def _path(asked: str) -> None:
    key = _key("path")
    selection.hold(key, asked)

    def changed() -> None:
        text = st.session_state[key].strip()
        selection.change("path", *([text] if text else []))

    st.text_input(
        "Path contains",
        key=key,
        type="search",
        icon=":material/search:",
        placeholder="for example sub-04",
        max_chars=200,
        on_change=changed,
    )


def _facet(name: str, choices: Sequence[Choice], asked: Sequence[str]) -> None:
    key, counts = _key(name), {choice.value: choice.series for choice in choices}
    # What the address asks for and the dataset does not have is a choice too: it can be taken back.
    counts |= {value: 0 for value in asked if value not in counts}
    selection.hold(key, list(asked))

    def changed() -> None:
        selection.change(name, *st.session_state[key])

    def label(value: str) -> str:
        return f"{escaped_label(selection.shown(name, value))} :gray[{wording.count(counts[value])}]"

    if len(counts) <= MOST_PILLS:
        st.pills(
            selection.NAMES[name],
            list(counts),
            selection_mode="multi",
            format_func=label,
            key=key,
            on_change=changed,
            wrap=True,
        )
    else:
        st.multiselect(
            selection.NAMES[name],
            list(counts),
            format_func=lambda value: f"{selection.shown(name, value)} ({wording.count(counts[value])})",
            key=key,
            on_change=changed,
            placeholder=f"{wording.count(len(counts))} to choose from",
        )


def _finding(name: str, choices: Sequence[Choice], asked: Sequence[str]) -> None:
    key, counts = _key(name), {choice.value: choice.series for choice in choices}
    counts |= {value: 0 for value in asked if value not in counts}
    selection.hold(key, asked[0] if asked else None)

    def changed() -> None:
        code = st.session_state[key]
        selection.change(name, *([code] if code else []))

    st.selectbox(
        selection.NAMES[name],
        list(counts),
        format_func=lambda code: f"{selection.finding_name(code)} ({wording.count(counts[code])})",
        key=key,
        on_change=changed,
        placeholder=ANY_FINDING,
    )


def _key(name: str) -> str:
    return f"images-{name}"
