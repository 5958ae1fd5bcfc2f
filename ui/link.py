"""Copy link: a button that puts a link to what is on the page into the clipboard, without asking the server."""

from collections.abc import Mapping

import streamlit as st

HTML = """
<div class="link">
  <input readonly aria-label="Link" hidden>
  <button type="button"></button>
</div>
"""
CSS = """
.link { display: flex; gap: 8px; font-family: var(--st-font); font-size: 13px; line-height: 20px; }
input { flex: 1; min-width: 0; padding: 4px 8px; border: 1px solid var(--st-border-color); border-radius: 6px;
  background: var(--st-secondary-background-color); color: var(--st-text-color); font: inherit; }
button { padding: 4px 8px; border: 0; border-radius: 6px; background: none; color: var(--st-gray-text-color);
  font: inherit; cursor: pointer; white-space: nowrap; }
button:hover { color: var(--st-text-color); background: var(--st-secondary-background-color); }
button:focus-visible, input:focus-visible { outline: 2px solid #3F8CFF; outline-offset: 1px; }
"""
# Over plain http from another machine a browser has no clipboard to offer: the link is then shown, selected.
JS = """
const SAID_MS = 2000
export default function({ parentElement, data }) {
  const field = parentElement.querySelector("input"), button = parentElement.querySelector("button")
  const link = () => {
    const made = new URL(data.address || location.href, location.href)
    for (const [name, value] of Object.entries(data.query)) made.searchParams.set(name, value)
    return made.href
  }
  const show = () => { field.hidden = false; field.value = link() }
  const say = (text) => {
    button.textContent = text
    setTimeout(() => { button.textContent = data.says }, SAID_MS)
  }
  button.textContent = data.says
  if (data.is_shown) show()
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(link())
      say("Copied")
    } catch {
      show()
      field.select()
      say("Press Ctrl+C")
    }
  }
}
"""
_link = st.components.v2.component("link", html=HTML, css=CSS, js=JS)


def button(query: Mapping[str, str], address: str = "", is_shown: bool = False) -> None:
    """Copies the page's own address with this query added, or another address of this app.

    is_shown: the link stands beside the button. A link carries the filter as the address does.
    """
    data = {"says": "Copy link", "query": dict(query), "address": address, "is_shown": is_shown}
    _link(key=f"link-{address}", data=data)
