"""Files: every file, filtered, paged, and reopened by a link."""

import re

from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_volume, picture

MANY = {
    **dicom_volume(6),
    **{f"photos/{number:03}.png": picture(width=8, height=8, shade=number) for number in range(130)},
    "nothing.dcm": b"",
    "strange.bin": bytes(range(1, 200)),
}


def open_files(page: Page, app: App) -> None:
    reading.open_at(page, app, "many.zip", MANY, "files")
    expect(page.get_by_text(f"{len(MANY)} of {len(MANY)} files", exact=True)).to_be_visible()


def count(page: Page, number: int) -> None:
    expect(page.get_by_text(f"{number} of {len(MANY)} files", exact=True)).to_be_visible()


def test_facets_narrow_and_a_link_reopens_them(page: Page, app: App) -> None:
    open_files(page, app)
    page.get_by_role("button", name="PNG 130").click()
    count(page, 130)
    page.get_by_label("Path contains").fill("/00")
    page.get_by_label("Path contains").press("Enter")
    count(page, 10)
    expect(page).to_have_url(re.compile("format=PNG"))
    tab = page.context.new_page()
    tab.goto(page.url)
    count(tab, 10)
    tab.get_by_role("button", name="Clear filters").click()
    count(tab, len(MANY))
    expect(tab).not_to_have_url(re.compile("format="))


def test_pages_follow_each_other_and_a_filter_begins_at_the_start(page: Page, app: App) -> None:
    open_files(page, app)
    expect(page.get_by_text("1–100 of 138")).to_be_visible()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("101–138 of 138")).to_be_visible()
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("1–100 of 138")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("101–138 of 138")).to_be_visible()
    page.get_by_role("button", name="PNG 130").click()
    expect(page.get_by_text("1–100 of 130")).to_be_visible()


def test_an_empty_list_says_which_filter_empties_it(page: Page, app: App) -> None:
    open_files(page, app)
    page.get_by_role("button", name="PNG 130").click()
    count(page, 130)
    page.get_by_label("Path contains").fill("no such path")
    page.get_by_label("Path contains").press("Enter")
    expect(page.get_by_role("heading", name="No files match these filters")).to_be_visible()
    expect(page.get_by_text("PNG, no such path leave nothing. 130 files without the path.")).to_be_visible()
    page.get_by_role("button", name="Drop the path").click()
    count(page, 130)
