"""The one place where a page's error becomes a panel: a sentence, what to do, details to copy, no traceback."""

import threading
import traceback
from contextlib import nullcontext
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core.errors import BioDataMineError
from ui import panels

PROJECT = Path(__file__).parent.parent


_run = threading.local()
"""Streamlit runs a page in a thread of its own; its error handler has no other way to know the page."""


def draw_in(body: DeltaGenerator, trouble: DeltaGenerator) -> None:
    """An error of this run empties body, where the page may be half drawn, and is shown in trouble.

    Two places, because one is not enough: Streamlit folds messages about one place that are sent close together, and
    emptying it and filling it again would leave what the page had drawn.
    """
    _run.body, _run.trouble = body, trouble


def show(error: Exception) -> bool:
    """Draw what stopped the page. Streamlit calls it for every uncaught error; True: it need not draw its own."""
    trouble: DeltaGenerator | None = getattr(_run, "trouble", None)
    if trouble:
        _run.body.empty()
    with trouble.container() if trouble else nullcontext():
        if isinstance(error, BioDataMineError):
            panels.failed(str(error))
        else:
            panels.failed(
                "This page stopped on an error of its own. Nothing in your datasets was changed.",
                "Load the page again. If it stops again, report the details.",
            )
            with st.popover("Copy the details", type="tertiary"):
                st.code(details(error), language=None)
    return True


def details(error: Exception) -> str:
    """Which error, and where in this project it was met: enough for a report. Its message may quote data: left out."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(PROJECT)]
    ours = [f for f in frames if ".venv" not in Path(f.filename).parts]
    places = [f"{Path(f.filename).relative_to(PROJECT)}:{f.lineno} {f.name}" for f in ours]
    return "\n".join([type(error).__name__, *places])
