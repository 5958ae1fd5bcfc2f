"""The two things that only the browser can do: tell that the system turned dark, and leave for another page safely."""

from urllib.parse import urlencode

import streamlit as st

# Streamlit repaints its own parts at once, without asking the server; the pause lets it tell the server the new theme.
_WATCH = """
export default function({ setTriggerValue }) {
  const system = matchMedia("(prefers-color-scheme: dark)")
  const redraw = () => setTimeout(() => setTriggerValue("turned", system.matches ? "dark" : "light"), 150)
  system.addEventListener("change", redraw)
  return () => system.removeEventListener("change", redraw)
}
"""
_LEAVE = """
export default function({ data }) {
  if (data.may_come_back) location.assign(data.address)
  else location.replace(data.address)
}
"""
_theme_watcher = st.components.v2.component("theme_watcher", js=_WATCH)
_leaver = st.components.v2.component("leaver", js=_LEAVE)


def follow_system_theme() -> None:
    """Run the page again when the system turns light or dark: our own colours are chosen where the page is made."""
    _theme_watcher(key="theme", on_turned_change=lambda: None)


def leave_for_overview(dataset_id: str) -> None:
    """Load the dataset's Overview, as if its address had been typed.

    Not st.switch_page: a fragment's timer may have asked for one more run. Streamlit does that run after the switch but
    under the old page's name, and the new page is emptied, or never comes.
    """
    _leaver(key="leave", data={"address": f"overview?{urlencode({'dataset': dataset_id})}", "may_come_back": False})


def leave_for_progress(job_id: str) -> None:
    """Load the progress of a scan, from a page that may hold a fragment with a timer."""
    _leaver(key="leave", data={"address": f"./?{urlencode({'job': job_id})}", "may_come_back": True})
