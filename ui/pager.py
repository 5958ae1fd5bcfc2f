"""Previous, which of how many, Next: below every list that is read a page at a time, by key."""

from collections.abc import Callable
from typing import Protocol

import streamlit as st

from biodatamine_core import wording
from ui import panels, pieces


class Paged(Protocol):
    """Where a page stands in its list. before: rows in front of it; the keys: where its neighbours begin, or None."""

    @property
    def before(self) -> int: ...

    @property
    def total(self) -> int: ...

    @property
    def previous_at(self) -> str | None: ...

    @property
    def next_at(self) -> str | None: ...


def draw(page: Paged, shown: int, most: int, turn_to: Callable[[str | None], None]) -> None:
    """Nothing where one page holds all. most: rows of a full page; turn_to(None) asks for the first one."""
    if page.previous_at is None and page.next_at is None:
        return
    first = None if page.before <= most else page.previous_at
    place = f"{wording.count(page.before + 1)}–{wording.count(page.before + shown)}"
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", gap="small"):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            type="tertiary",
            disabled=page.previous_at is None,
            on_click=turn_to,
            args=(first,),
        )
        said = f"{place} of {wording.count(page.total)}"
        st.html(pieces.text(said, panels.palette(), muted=True), width="content")
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            type="tertiary",
            disabled=page.next_at is None,
            on_click=turn_to,
            args=(page.next_at,),
        )
