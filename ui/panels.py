"""The frames that every page uses: header, panel, and the states that are not a result."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import charts
from ui import pieces


def palette() -> charts.Palette:
    """The colours of the theme that the browser shows."""
    return charts.DARK if st.context.theme.type == "dark" else charts.LIGHT


@contextmanager
def header(title: str, muted: str) -> Iterator[None]:
    """Title and muted line left; what the caller draws inside stands right, as the page's actions."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="bottom", gap="small", key="header"):
        st.html(pieces.title(title, muted, palette()), width="stretch")
        yield


def panel(title: str, base: str, height_px: int | None = None, why: str = "") -> DeltaGenerator:
    """A frame with its title and what its numbers count, why as a tooltip; returns where the content goes."""
    frame = st.container(border=True, height=height_px or "content", gap="xsmall")
    frame.html(pieces.panel_title(title, base, palette(), why))
    return frame


def badge(word: str, icon: str | None, color: str) -> None:
    st.badge(word, icon=f":material/{icon}:" if icon else None, color=color)  # type: ignore[arg-type]


@contextmanager
def empty(title: str, text: str) -> Iterator[None]:
    """What is missing, and what to do; what the caller draws inside stands under it: the one way on."""
    colours = palette()
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.html(
            f'<div style="text-align:center"><h2 style="margin:0;padding:0;font-size:16px;line-height:22px;'
            f'font-weight:600;color:{colours.text}">{escape(title)}</h2>'
            f"{pieces.text(text, colours, muted=True)}</div>"
        )
        yield


def failed(sentence: str, after: str = "") -> None:
    """A red badge, the sentence, what is still there; the caller adds the one action."""
    stopped("Failed", "error", "red", sentence, after)


def stopped(word: str, icon: str, color: str, sentence: str, after: str = "") -> None:
    """How something ended without a result, in one look for all such ends."""
    with st.container(gap="xsmall"):
        badge(word, icon, color)
        st.html(pieces.text(sentence, palette(), size_px=16, weight=600))
        if after.strip():
            st.html(pieces.text(after, palette(), muted=True))


@contextmanager
def partial(sentence: str) -> Iterator[None]:
    """Stands above the charts as long as not everything was read; what the caller draws inside leads on.

    One line, cut where it is too long: its height is known before its words are.
    """
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall", key="partial"):
        badge("Partial", "clock_loader_60", "orange")
        st.html(pieces.one_line(sentence, palette()), width="content")
        yield
