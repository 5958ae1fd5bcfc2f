"""A page to sign in instead of data: a form, a way through single sign-on, and what is no such page."""

from pathlib import Path

import pytest

from biodatamine_core import pipeline
from biodatamine_core.credentials import Credentials, SignIn, place_of
from biodatamine_core.errors import NotTheData
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse
from biodatamine_core.sources.asking.sign_in_page import single_sign_on
from biodatamine_core.storage import LocalStorage
from tests.servers import Page, Site, serving
from tests.sources.services import ZIP

SETTINGS = Settings(allowed_hosts=frozenset({"127.0.0.1"}))
FORM = b'<!doctype html><title>Welcome</title><form><input name=user><input TYPE="Password" name=p></form>'


def html(body: bytes) -> Page:
    return Page(body, content_type="text/html; charset=utf-8")


def signed(site: Site, folder: Path) -> Reach:
    kept = Credentials({place_of(site.address): SignIn.bearer("geheim", plain_http=True)})
    return Reach.of(SETTINGS, LocalStorage(folder), kept)


def test_a_form_says_where_a_name_and_a_password_are_kept(http_site: Site, services: Reach) -> None:
    url = http_site.serve("/ct.zip", html(FORM))
    with pytest.raises(NotTheData, match=r"ct\.zip sent a page to sign in, not data\. Where .*BIODATAMINE_CREDENTIALS"):
        list(parse(f"{url}?token=geheim").artifacts(services))


def test_a_form_that_comes_in_spite_of_a_sign_in_says_so(http_site: Site, tmp_path: Path) -> None:
    url = http_site.serve("/ct.zip", html(FORM))
    with pytest.raises(NotTheData, match=r"The sign-in that is kept for .* did not open it") as caught:
        list(parse(url).artifacts(signed(http_site, tmp_path)))
    assert "geheim" not in str(caught.value)


def test_single_sign_on_is_told_as_out_of_reach_and_shown_no_key(http_site: Site, tmp_path: Path) -> None:
    with serving() as identity_provider:
        path = "/auth/realms/lab/protocol/openid-connect/auth"
        identity_provider.serve(path, html(FORM))
        url = http_site.redirect("/ct.zip", f"{identity_provider.address}{path}?client_id=x&state=geheim")
        with pytest.raises(NotTheData, match=r"through Keycloak at .*works in a browser only.*upload them") as caught:
            list(parse(url).artifacts(signed(http_site, tmp_path)))
        assert {headers.get("Authorization") for _, _, headers in identity_provider.requests} == {None}
    assert "geheim" not in str(caught.value)


def test_a_form_that_sends_itself_to_an_identity_provider_is_single_sign_on(http_site: Site, services: Reach) -> None:
    page = b'<html><body onload="document.forms[0].submit()"><form method=post action="https://idp.example.org/sso">'
    url = http_site.serve("/ct.zip", html(page + b'<input type=hidden name="SAMLRequest" value="fVLL"></form>'))
    with pytest.raises(NotTheData, match="through SAML"):
        list(parse(url).artifacts(services))


def test_a_file_that_leads_to_single_sign_on_once_it_is_fetched_is_told(http_site: Site, tmp_path: Path) -> None:
    http_site.serve("/idp/profile/SAML2/Redirect/SSO", html(b"<!doctype html><p>Sign in"))
    http_site.serve("/data/", html(b'<title>Index of /data</title><a href="ct.zip">'))
    http_site.redirect("/data/ct.zip", f"{http_site.address}/idp/profile/SAML2/Redirect/SSO?SAMLRequest=x")
    settings = Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=SETTINGS.allowed_hosts, workers=1)
    with pytest.raises(NotTheData, match=r"/data/ct\.zip leads to a page to sign in through Shibboleth"):
        pipeline.run(f"{http_site.address}/data/", LocalStorage(tmp_path / "store"), "d/", settings=settings)


def test_a_page_with_a_form_in_its_corner_and_a_file_is_its_file(http_site: Site, services: Reach) -> None:
    http_site.serve("/ct.zip", ZIP)
    url = http_site.serve("/page", html(FORM + b'<a href="ct.zip">Download</a>'))
    assert [artifact.name for artifact in parse(url).artifacts(services)] == ["ct.zip"]


@pytest.mark.parametrize(
    ("address", "through"),
    [
        ("https://login.microsoftonline.com/1a2b/oauth2/v2.0/authorize?client_id=x", "Microsoft Entra"),
        ("https://lab.okta.com/login/login.htm?fromURI=x", "Okta"),
        ("https://lab.eu.auth0.com/login?state=x", "Auth0"),
        ("https://accounts.google.com/v3/signin/identifier?continue=x", "Google"),
        ("https://sso.example.org/realms/lab/login-actions/authenticate", "Keycloak"),
        ("https://idp.example.org/idp/profile/SAML2/Redirect/SSO?execution=e1s1", "Shibboleth"),
        ("https://data.example.org/Shibboleth.sso/Login?target=x", "Shibboleth"),
        ("https://idp.example.org/simplesaml/module.php/core/loginuserpass.php", "SimpleSAMLphp"),
        ("https://fs.example.org/adfs/ls/?wa=wsignin1.0", "AD FS"),
        ("https://example.org/cas/login?service=x", "CAS"),
        ("https://idp.example.org/sso?SAMLRequest=x&RelayState=y", "SAML"),
        ("https://id.example.org/authorize?response_type=code&client_id=x", "OpenID Connect"),
        ("https://example.org/ct.zip?client_id=x", None),
        ("https://notokta.com/ct.zip", None),
        ("https://example.org/okta.com/ct.zip", None),
        ("https://example.org/cascade/login", None),
        (f"https://example.org/?{'&'.join('a=1' for _ in range(1000))}", None),
    ],
)
def test_single_sign_on_is_known_by_its_address(address: str, through: str | None) -> None:
    assert single_sign_on(address) == through
