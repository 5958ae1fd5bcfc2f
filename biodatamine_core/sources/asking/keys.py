"""The keys of whoever runs BioDataMine, each for the hosts of its own service and in the form that they want."""

import json
from contextlib import suppress
from pathlib import Path

from biodatamine_core.credentials import Credentials, Place, SignIn, place_of
from biodatamine_core.settings import Service, Services
from biodatamine_core.sources.asking.kaggle_package import access_token

GITHUB = "https://github.com"
GITHUB_API, GITHUB_RAW = "https://api.github.com", "https://raw.githubusercontent.com"
OSF_API, OSF_SITE, OSF_FILES = "https://api.osf.io", "https://osf.io", "https://files.osf.io"
_KAGGLE_FILE = Path("~/.kaggle/kaggle.json")


def sign_ins_for(services: Services) -> Credentials:
    """Raises InvalidSetting where a key cannot be sent."""
    found: dict[Place, SignIn] = {}
    for service in (services.zenodo, services.huggingface):
        if service.token:
            found[place_of(service.url)] = SignIn.bearer(service.token, _is_plain(service.url))
    if services.figshare.token:
        headers = {"Authorization": f"token {services.figshare.token}"}
        found[place_of(services.figshare.url)] = SignIn.with_headers(headers, _is_plain(services.figshare.url))
    if services.osf.token:
        files = (OSF_SITE, OSF_FILES) if services.osf.url == OSF_API else ()
        for url in (services.osf.url, *files):
            found[place_of(url)] = SignIn.bearer(services.osf.token, _is_plain(url))
    if services.github.token:
        found |= _github(services.github, services.github.token)
    if kaggle := _kaggle(services):
        found[place_of(services.kaggle.url)] = kaggle
    return Credentials(found)


def _github(service: Service, token: str) -> dict[Place, SignIn]:
    """git and LFS want a name and a password; the API, and an Enterprise server that is all three, take a token."""
    bearer = SignIn.bearer(token, _is_plain(service.url))
    if service.url != GITHUB:
        return {place_of(service.url): bearer}
    git = SignIn.basic("x-access-token", token)
    return {place_of(GITHUB): git, place_of(GITHUB_API): bearer, place_of(GITHUB_RAW): bearer}


def _kaggle(services: Services) -> SignIn | None:
    """A token, a user with a key, or what Kaggle's own programs and its settings page leave in ~/.kaggle."""
    is_plain, token, user = _is_plain(services.kaggle.url), services.kaggle.token, services.kaggle_user
    if token:
        return SignIn.basic(user, token, is_plain) if user else SignIn.bearer(token, is_plain)
    if kept := access_token():
        return SignIn.bearer(kept, is_plain)
    with suppress(OSError, ValueError, RuntimeError):  # none, or none that Kaggle's own program could read
        match json.loads(_KAGGLE_FILE.expanduser().read_bytes()):
            case {"username": str(name), "key": str(key)} if name and key:
                return SignIn.basic(name, key, is_plain)
    return None


def _is_plain(url: str) -> bool:
    """Whoever sets an address without encryption, for a mirror in the lab, wants the key to go there."""
    return url.startswith("http://")
