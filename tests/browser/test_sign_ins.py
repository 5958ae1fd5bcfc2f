"""Sign-ins: kept, listed without the secret, tested, removed."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import App
from tests.servers import Site

SECRET = "geheim-4711"


def test_a_sign_in_is_kept_tested_and_removed_and_never_shown(page: Page, app: App, http_site: Site) -> None:
    page.goto(app.address)
    page.get_by_role("button", name="Sign-ins").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("None yet.")).to_be_visible()

    dialog.get_by_label("Host").fill("not a host")
    dialog.get_by_label("Name", exact=True).fill("ana")
    dialog.get_by_label("Password", exact=True).fill(SECRET)
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog.get_by_text("is no host")).to_be_visible()

    host = f"127.0.0.1:{http_site.port}"
    dialog.get_by_label("Host").fill(host)
    dialog.get_by_label("Password", exact=True).fill(SECRET)
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog.get_by_text(f"{host}, as ana")).to_be_visible()
    expect(dialog.get_by_label("Password", exact=True)).to_have_value("")

    dialog.get_by_role("button", name="Test").click()
    expect(dialog.get_by_text("offers no valid encryption")).to_be_visible()
    assert http_site.requests == [], "nothing is shown to a host that does not encrypt"

    page.reload()
    page.get_by_role("button", name="Sign-ins").click()
    expect(dialog.get_by_text(f"{host}, as ana")).to_be_visible()
    assert SECRET not in page.content()
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog.get_by_text("None yet.")).to_be_visible()
