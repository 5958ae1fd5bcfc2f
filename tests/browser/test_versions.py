"""Versions: a person chooses one, every page obeys, and a link reopens it."""

import re

import pytest
from playwright.sync_api import Page, expect

from biodatamine_core.workspaces import Dataset
from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume, zip_of

FIRST = {**dicom_volume(6), "x.dcm": dicom_slice("DX", series="2")}
SECOND = FIRST | {f"{n}.dcm": dicom_slice("DX", series=f"new {n}") for n in range(3)}


@pytest.fixture(scope="module")
def dataset(app: App, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset whose source grew between two scans."""
    archive = tmp_path_factory.mktemp("grown") / "grown.zip"
    archive.write_bytes(zip_of(FIRST))
    app.workspace.scan(str(archive))
    archive.write_bytes(zip_of(SECOND))
    return app.workspace.scan(str(archive))


def files(page: Page) -> str:
    return reading.headlines(page)["Files"][0]


def test_every_page_shows_the_version_that_was_chosen(page: Page, app: App, dataset: Dataset) -> None:
    page.goto(f"{app.address}/overview?dataset={dataset.id}")
    reading.wait_for_overview(page)
    assert files(page) == str(len(SECOND))
    expect(page.get_by_text("Older version")).to_have_count(0)
    page.get_by_role("combobox", name="Version").click()
    expect(page.get_by_role("option", name="2, the newest")).to_be_visible()
    page.get_by_role("option", name=re.compile(r"^1 of \d+ \w+ \d{4}")).click()
    expect(page.get_by_text(re.compile(r"^This is version 1, of .* Version 2 is the newest\.$"))).to_be_visible()
    expect(page).to_have_url(re.compile("version=1"))
    expect(page.get_by_role("listitem").filter(has_text=re.compile(rf"^Files\s*{len(FIRST)}"))).to_be_visible()

    for title, said in (
        ("Images", "2 series"),
        ("Files", f"{len(FIRST)} of {len(FIRST)} files"),
        ("Query", "2 rows in"),
    ):
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_text(re.compile(f"^{said}")).first).to_be_visible()
        expect(page.get_by_text("Older version")).to_be_visible()
        expect(page).to_have_url(re.compile("version=1"))
    page.get_by_label("SQL").fill("SELECT count(*) AS n FROM files")
    page.get_by_label("SQL").press("Control+Enter")
    expect(page.get_by_text(re.compile("^1 row in"))).to_be_visible()

    page.get_by_role("button", name="Open the newest").click()
    expect(page.get_by_text("Older version")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("version="))
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_text(f"{len(SECOND)} of {len(SECOND)} files", exact=True)).to_be_visible()


def test_a_copied_link_reopens_dataset_version_and_filter(page: Page, app: App, dataset: Dataset) -> None:
    page.goto(f"{app.address}/images?dataset={dataset.id}&version=1&modality=X-ray")
    expect(page.get_by_text("1 of 2 series")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    tab = page.context.new_page()
    tab.goto(copied)
    expect(tab.get_by_text("1 of 2 series")).to_be_visible()
    expect(tab.get_by_text("Older version")).to_be_visible()


def test_the_menu_of_datasets_gives_a_link_to_the_newest(page: Page, app: App, dataset: Dataset) -> None:
    page.goto(f"{app.address}/datasets")
    page.locator(f".st-key-menu-{dataset.id}").get_by_role("button").click()
    page.get_by_text("Copy link", exact=True).click()
    shown = page.get_by_role("dialog").get_by_label("Link")
    expect(shown).to_have_value(f"{app.address}/overview?dataset={dataset.id}&version=2")


@pytest.mark.parametrize("number", ["7", "0", "two"])
def test_a_version_that_is_not_here_is_told_with_a_way_on(page: Page, app: App, dataset: Dataset, number: str) -> None:
    page.goto(f"{app.address}/files?dataset={dataset.id}&version={number}")
    expect(page.get_by_role("heading", name="This version is not here")).to_be_visible()
    expect(page.get_by_text("there is: 1, 2")).to_be_visible()
    page.get_by_role("button", name="Open the newest").click()
    expect(page.get_by_text(f"{len(SECOND)} of {len(SECOND)} files", exact=True)).to_be_visible()
