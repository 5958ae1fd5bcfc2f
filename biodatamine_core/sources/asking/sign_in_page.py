"""A page to sign in where data was expected: known by its address, or by what it asks for; and what to do about it.

Source: OASIS SAML 2.0, Bindings 3.4 and 3.5; OpenID Connect Core 1.0, 3.1.2.1; the paths of each program by its manual.
"""

import re
from urllib.parse import urlsplit

from biodatamine_core.addresses import shown
from biodatamine_core.sources.asking.pasted import every_value

_HOSTS = {
    "login.microsoftonline.com": "Microsoft Entra",
    "login.microsoftonline.us": "Microsoft Entra",
    "login.windows.net": "Microsoft Entra",
    "login.live.com": "Microsoft",
    "okta.com": "Okta",
    "okta-emea.com": "Okta",
    "oktapreview.com": "Okta",
    "auth0.com": "Auth0",
    "accounts.google.com": "Google",
    "auth.globus.org": "Globus",
    "cilogon.org": "CILogon",
    "proxy.aai.lifescience-ri.eu": "Life Science Login",
}
_PATHS = (
    (re.compile(r"/realms/[^/]+/(?:protocol/(?:openid-connect|saml)|login-actions)\b"), "Keycloak"),
    (re.compile(r"/idp/(?:profile/|shibboleth)|/Shibboleth\.sso/", re.IGNORECASE), "Shibboleth"),
    (re.compile(r"/simplesaml/|/module\.php/(?:core|saml)/", re.IGNORECASE), "SimpleSAMLphp"),
    (re.compile(r"/adfs/(?:ls|oauth2)\b", re.IGNORECASE), "AD FS"),
    (re.compile(r"/cas/login\b"), "CAS"),
)
_SAML, _OPENID = frozenset({"samlrequest", "samlresponse"}), frozenset({"client_id", "response_type"})


def single_sign_on(page_url: str, field_names: frozenset[str] = frozenset()) -> str | None:
    """Through what people sign in at this address, or by a form of these fields (lower case); None for no such page."""
    parts = urlsplit(page_url)
    host = parts.hostname or ""
    for known, name in _HOSTS.items():
        if host == known or host.endswith(f".{known}"):
            return name
    for pattern, name in _PATHS:
        if pattern.search(parts.path):
            return name
    asked = set(every_value(parts.query))
    if _SAML & (asked | field_names):
        return "SAML"
    return "OpenID Connect" if asked >= _OPENID else None


def instead_of_data(url: str, page_url: str, through: str | None, is_signed_in: bool = False) -> str:
    """The sentences for whoever asked for data at the url. through: as `single_sign_on` names it; None for a form."""
    host, place = urlsplit(url).netloc, urlsplit(page_url).netloc
    if through:
        return (
            f"{shown(url)} leads to a page to sign in through {through} at {place}, not to data. Single sign-on works "
            f"in a browser only: paste a link that needs none; or, if {host} gives out tokens, add one for it under "
            "Sign-ins or in BIODATAMINE_CREDENTIALS; or download the files in a browser and upload them."
        )
    kept = f"The sign-in that is kept for {host} did not open it. " * is_signed_in
    return (
        f"{shown(url)} sent a page to sign in, not data. {kept}Where {host} takes a name and a password, or a token, "
        "without a browser, add them for it under Sign-ins or in BIODATAMINE_CREDENTIALS; else download the files in a "
        "browser and upload them."
    )
