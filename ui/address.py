"""The field for an address: tells what stands in it at every pause of typing, and once more at Enter.

Streamlit's own field is either live or tells Enter from a pause, not both.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

# Nothing can be typed before the script listens: it would be lost.
HTML = """
<form>
  <label for="address">Address of the dataset</label>
  <div class="row">
    <input id="address" type="text" inputmode="url" autocomplete="off" autocapitalize="off" spellcheck="false"
      placeholder="https://zenodo.org/records/…  or  https://example.org/dataset.zip" disabled>
    <button type="submit" disabled>Look inside</button>
  </div>
</form>
"""
_here = Path(__file__).parent
_field = st.components.v2.component(
    "address_field", html=HTML, css=(_here / "address.css").read_text(), js=(_here / "address.js").read_text()
)


@dataclass(frozen=True, slots=True)
class Asked:
    """typed: what stands in the field. entered: the same where Enter or the button was pressed just now."""

    typed: str
    entered: str | None


def field(key: str, url: str = "", disabled: bool = False) -> Asked:
    """The field, which begins with this address; the browser keeps what is typed until another one is sent."""
    known = st.session_state.get(key) or {}
    data = {
        "url": url,
        "typed": known.get("typed", url),  # for a browser that has to draw the field anew
        "sent": hashlib.sha256(url.encode()).hexdigest()[:16],
        "disabled": disabled,
    }
    said = _field(
        key=key, data=data, default={"typed": url}, on_typed_change=lambda: None, on_entered_change=lambda: None
    )
    return Asked(str(said.typed or "").strip(), None if said.entered is None else str(said.entered).strip())
