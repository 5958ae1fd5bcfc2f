"""What the browser is told with the page itself, before any element: so that nothing it draws jumps afterwards."""

from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"
DRAWERS = (
    "Html",
    "purify.es",
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "DataFrame",
    "MenuButton",
    "PageLink",
    "Pagination",
    "Selectbox",
    "TextInput",
)
"""Streamlit fetches what draws an element when the first one comes, and holds 35 px for it until then."""
STYLES = Path(__file__).resolve().parent / "shell.css"


@cache
def head() -> bytes:
    """What is added to the head of the page. A script that this Streamlit names otherwise is left out."""
    names = [path.name for name in DRAWERS for path in sorted(SCRIPTS.glob(f"{name}.*.js"))]
    links = "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}" />' for name in names)
    return f"{links}<style>{STYLES.read_text()}</style>".encode()


class EarlyHead:
    """Adds it to answers that are a page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not asks_for_page(scope):
            await self.app(scope, receive, send)
            return
        # Compressed, it could not be added to; a page is 8 kB.
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        held: list[Message] = []

        async def send_with_head(message: Message) -> None:
            if message["type"] == "http.response.start" and is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body"):
                    for changed in with_head(held):
                        await send(changed)

        await self.app(plain, receive, send_with_head)


def asks_for_page(scope: Scope) -> bool:
    """What a browser asks for when somebody opens an address."""
    return (
        scope["type"] == "http" and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    )


def is_page(start: Message) -> bool:
    """A whole HTML document."""
    return start["status"] == 200 and MutableHeaders(scope=start).get("content-type", "").startswith("text/html")


def with_head(messages: list[Message]) -> list[Message]:
    """The same answer with our part at the end of its head; its length and identity change with it."""
    start, *parts = messages
    page = b"".join(part.get("body", b"") for part in parts).replace(b"</head>", head() + b"</head>", 1)
    headers = MutableHeaders(scope=start)
    headers["content-length"] = str(len(page))
    for of_the_file in ("etag", "last-modified"):
        if of_the_file in headers:
            del headers[of_the_file]
    return [start, {"type": "http.response.body", "body": page}]
