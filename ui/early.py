"""Tells the browser with the page's own answer which scripts the page will need: what it draws then never jumps."""

from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"
DRAWERS = ("Html", "purify.es", "BidiComponent", "Button", "ButtonGroup", "PageLink", "DataFrame")
"""Streamlit fetches what draws an element when the first one comes, and holds 35 px for it until then."""


@cache
def link() -> str:
    """The Link header; empty for a Streamlit that names its scripts otherwise."""
    found = [path.name for name in DRAWERS for path in sorted(SCRIPTS.glob(f"{name}.*.js"))]
    return ", ".join(f'<./static/js/{name}>; rel="modulepreload"; crossorigin' for name in found)


class EarlyScripts:
    """Adds the header to answers that are a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_link(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if link() and headers.get("content-type", "").startswith("text/html"):
                    headers["link"] = link()
            await send(message)

        await self.app(scope, receive, send_with_link if scope["type"] == "http" else send)
