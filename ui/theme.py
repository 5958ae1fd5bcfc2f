"""Redraws the page when the system turns light or dark: our own colours are chosen where the page is made."""

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
_watcher = st.components.v2.component("theme_watcher", js=_WATCH)


def follow_system() -> None:
    """Mount the listener, which shows nothing; a change makes Streamlit run the page again."""
    _watcher(key="theme", on_turned_change=lambda: None)
