"""Keeps the app to this machine: nobody signs in yet, so nobody else may connect."""

import ipaddress

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config

REFUSAL = (
    "BioDataMine does not start: it was asked to serve {address}, and sign-in does not exist yet, so everyone who "
    "reaches that address could read every dataset and start downloads. Serve this machine only (server.address = "
    "127.0.0.1 in .streamlit/config.toml, or --server.address 127.0.0.1) and come from elsewhere through an SSH tunnel."
)


def refuse_other_addresses() -> None:
    """End the process with a sentence and exit code 1 where Streamlit would listen beyond loopback."""
    address = config.get_option("server.address")
    if not is_loopback(address):
        raise SystemExit(REFUSAL.format(address=f"on {address}" if address else "every address of this machine"))


def is_loopback(address: str | None) -> bool:
    """127.0.0.1, ::1 and localhost are. Nothing at all is not: Streamlit then listens everywhere."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


class LoopbackOnly:
    """Turns away a connection that arrived elsewhere: `uvicorn app:app --host 0.0.0.0` never reads server.address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrived_at = scope.get("server")
        if scope["type"] == "lifespan" or (arrived_at and is_loopback(arrived_at[0])):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse("BioDataMine answers on 127.0.0.1 only.\n", 403)(scope, receive, send)
