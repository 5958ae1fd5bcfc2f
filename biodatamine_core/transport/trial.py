"""Whether a host accepts a sign-in, found out by asking with it and without it."""

from dataclasses import dataclass

from biodatamine_core.addresses import shown
from biodatamine_core.credentials import Credentials
from biodatamine_core.errors import BioDataMineError
from biodatamine_core.settings import Settings
from biodatamine_core.transport.client import Transport


@dataclass(frozen=True, slots=True)
class Trial:
    """is_accepted: None where the address tells nothing, since it lets everybody in. sentence: for a person."""

    is_accepted: bool | None
    sentence: str


def try_sign_in(url: str, settings: Settings, credentials: Credentials) -> Trial:
    """Ask for the head of this address twice; nothing is downloaded."""
    try:
        Transport.of(settings, credentials).head(url)
    except BioDataMineError as error:
        return Trial(False, str(error))
    try:
        Transport.of(settings).head(url)
    except BioDataMineError:
        return Trial(True, f"{shown(url)} lets us in with this sign-in, and not without it.")
    return Trial(None, f"{shown(url)} lets everybody in; try an address there that needs the sign-in.")
