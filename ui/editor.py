"""A field for SQL: fixed width, Ctrl+Enter runs it. Streamlit's own text area is proportional."""

import hashlib
from pathlib import Path

import streamlit as st

HTML = """
<div class="editor">
  <pre aria-hidden="true"></pre>
  <textarea aria-label="SQL" spellcheck="false" autocapitalize="off" autocomplete="off" rows="4"></textarea>
</div>
<div class="row">
  <button type="button">Run <kbd>Ctrl + Enter</kbd></button>
  <span class="said" role="status"></span>
</div>
"""
_here = Path(__file__).parent
_editor = st.components.v2.component(
    "sql_editor", html=HTML, css=(_here / "editor.css").read_text(), js=(_here / "editor.js").read_text()
)


def sql_editor(sql: str, said: str) -> str | None:
    """The field with this query in it and a line beside its button; what was run just now, else None."""
    # The browser keeps what is typed until another query is sent.
    data = {"sql": sql, "sent": hashlib.sha256(sql.encode()).hexdigest()[:16], "said": said}
    run = _editor(key="sql-editor", data=data, on_run_change=lambda: None).run
    return str(run) if run is not None else None
