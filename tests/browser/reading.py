"""What a person does on the pages and reads from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import App


@dataclass(frozen=True)
class Bar:
    name: str
    count: str
    percent: str


def paste(page: Page, app: App, url: str) -> None:
    """Open Add, paste the address, press Enter, all at once: no listing is asked for in between."""
    page.goto(app.address)
    field = page.get_by_label("Address of the dataset")
    expect(field).to_be_enabled()
    field.evaluate("(input, url) => { input.value = url; input.form.requestSubmit() }", url)


def open_overview(page: Page, app: App, url: str) -> str:
    """Add the address, wait for its Overview to be drawn; returns the dataset's id."""
    paste(page, app, url)
    return wait_for_overview(page)


def open_at(page: Page, app: App, name: str, files: Mapping[str, bytes], where: str = "overview") -> str:
    """Open a page of a dataset that lies there scanned; returns the dataset's id. where: page?query."""
    dataset_id = app.scan(name, files)
    path, _, query = where.partition("?")
    page.goto(f"{app.address}/{path}?dataset={dataset_id}{'&' if query else ''}{query}")
    if path == "overview":
        wait_for_overview(page)
    return dataset_id


def wait_for_overview(page: Page) -> str:
    expect(page).to_have_url(re.compile(r"/overview\?dataset="))
    expect(page.get_by_role("heading", name="A look inside")).to_be_visible()
    expect(page.locator(".st-key-Format .annotation-text").first).to_be_visible()
    return parse_qs(urlsplit(page.url).query)["dataset"][0]


def headlines(page: Page) -> dict[str, tuple[str, str]]:
    """Name -> (number, note), of the band over the panels."""
    items = [item.inner_text().split("\n") for item in page.get_by_role("listitem").all()]
    named = {item[0]: item for item in items if item[0] in HEADLINES}
    return {name: (item[1], item[2] if len(item) > 2 else "") for name, item in named.items()}


def settle(page: Page) -> None:
    """Wait until the page's script has ended: what is clicked before may be drawn anew between two clicks."""
    page.locator("[data-test-script-state=notRunning]").wait_for()


def downloaded(page: Page, name: str) -> Download:
    """What the button of this name gives."""
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    return download.value


HEADLINES = ("Files", "Series", "Patients", "Studies", "Size", "Findings")


def bars(page: Page, panel: str) -> list[Bar]:
    """The rows of a panel's chart, from top to bottom."""
    texts = page.locator(f".st-key-{panel.replace(' ', '-')} .annotation-text").all_text_contents()
    return [Bar(*texts[start : start + 3]) for start in range(0, len(texts), 3)]
