"""One person's way through every page, by its real controls."""

import re
from pathlib import Path

import duckdb
from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume, zip_of
from tests.servers import Site

WARD = {
    **{
        f"ct/{name}": data
        for name, data in dicom_volume(12, BodyPartExamined="CHEST", RescaleIntercept=-1024, RescaleSlope=1).items()
    },
    **{f"dx/{n}.dcm": dicom_slice("DX", series=f"dx {n}", patient_id=f"P{n}") for n in range(3)},
    "nothing.dcm": b"",
}
WIDTHS = (1280, 1920)


def fits(page: Page) -> None:
    """Nothing of the page is wider than a small screen or a large one."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_from_an_address_to_a_file_of_ones_own(page: Page, app: App, http_site: Site, tmp_path: Path) -> None:
    dataset_id = reading.open_overview(page, app, http_site.serve("/ward.zip", zip_of(WARD)))
    fits(page)
    page.locator(".st-key-Modality .bars .point").nth(
        [b.name for b in reading.bars(page, "Modality")].index("CT")
    ).click(force=True)
    expect(page.get_by_text("1 of 4 series")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text("4 series", exact=True)).to_be_visible()
    page.locator("[data-test-script-state=notRunning]").wait_for()  # until the rail is drawn CT is still pressed
    page.get_by_role("button", name=re.compile("^CT 1$")).click()
    tiles = page.locator(".st-key-gallery").get_by_role("button")
    expect(tiles).to_have_count(1)
    tiles.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".pane.axial .count")).to_have_text("7 / 12")
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.get_by_label("Axial slice").press("ArrowUp")
    expect(page.locator(".pane.axial .count")).to_have_text("8 / 12")
    page.get_by_role("button", name="Lung", exact=True).click()
    expect(page.get_by_role("button", name="Lung", exact=True, pressed=True)).to_be_visible()

    page.get_by_role("link", name="Findings", exact=True).click()
    expect(page.get_by_text("Why it matters")).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_text(f"{len(WARD)} of {len(WARD)} files", exact=True)).to_be_visible()
    fits(page)
    page.get_by_role("link", name="Query", exact=True).click()
    page.get_by_label("SQL").fill("SELECT path, modality FROM images WHERE modality = 'DX' ORDER BY path")
    page.get_by_label("SQL").press("Control+Enter")
    expect(page.get_by_text(re.compile("^3 rows in"))).to_be_visible()
    fits(page)
    reading.settle(page)
    page.get_by_role("button", name="Download", exact=True).click()
    reading.downloaded(page, "Parquet").save_as(tmp_path / "mine.parquet")
    held = duckdb.sql(f"SELECT * FROM '{tmp_path / 'mine.parquet'}'").fetchall()
    assert held == [(f"ward.zip!/dx/{n}.dcm", "DX") for n in range(3)]
    page.get_by_role("link", name="Datasets").click()
    expect(page.locator(f".st-key-menu-{dataset_id}")).to_be_visible()
    fits(page)
