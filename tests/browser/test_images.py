"""Images by its real controls: filter, turn pages, reopen a link, come from a bar, find out why nothing is left."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume, nifti, picture

MIXED = {
    **{
        f"train/ct/{n}.dcm": dicom_slice("CT", series=f"ct {n}", instance=n, BodyPartExamined="CHEST") for n in range(9)
    },
    **{
        f"test/xr/{n}.dcm": dicom_slice("DX", series=f"dx {n}", instance=n, patient_id="P2", BodyPartExamined="KNEE")
        for n in range(4)
    },
    **{
        f"test/vol/{name}": data
        for name, data in dicom_volume(
            8, without=[3], rows=20, series="v", patient_id="P2", BodyPartExamined="CHEST"
        ).items()
    },
    **{f"sub-{n:02}/anat/sub-{n:02}_T1w.nii.gz": nifti((8, 9, 10 + n), compressed=True) for n in range(1, 3)},
    **{f"photos/{n}.png": picture(shade=5 * n) for n in range(25)},
    "Doe^Jane/short.dcm": dicom_slice("CT", series="cut", BodyPartExamined="HEAD")[:-40],
}


@pytest.fixture(scope="module")
def dataset_id(app: App) -> str:
    """A dataset of several modalities in two splits, on more than one page, with a file that ends early."""
    return app.scan("mixed.zip", MIXED)


def open_overview(page: Page, app: App, dataset_id: str) -> None:
    page.goto(f"{app.address}/overview?dataset={dataset_id}")
    reading.wait_for_overview(page)


def open_images(page: Page, app: App, dataset_id: str) -> None:
    open_overview(page, app, dataset_id)
    page.get_by_role("link", name="Images", exact=True).click()
    expect(tiles(page).first).to_be_visible()


def tiles(page: Page) -> Locator:
    return page.locator(".st-key-gallery").get_by_role("button")


def count(page: Page) -> str:
    return page.get_by_text(re.compile(r"^[\d,]+( of [\d,]+)? series$")).inner_text()


def tables(app: App, dataset_id: str) -> duckdb.DuckDBPyConnection:
    """The published tables, opened without any code of ours."""
    folder = Path(app.variables["BIODATAMINE_STORAGE"], "workspaces/default/datasets", dataset_id, "versions/1")
    connection = duckdb.connect()
    for table in ("files", "series", "thumbnails"):
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{folder}/{table}/*.parquet'")
    return connection


def sentence(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return str(row[0])


def number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def test_filters_narrow_to_what_the_tables_hold_and_a_link_reopens_them(page: Page, app: App, dataset_id: str) -> None:
    held = tables(app, dataset_id)
    every = number(held, "SELECT count(*) FROM series")
    xrays = number(held, "SELECT count(*) FROM series WHERE modality_group = 'X-ray'")
    both = number(held, "SELECT count(*) FROM series WHERE modality_group IN ('X-ray', 'CT')")
    tested = "SELECT count(*) FROM series WHERE modality_group IN ('X-ray', 'CT') AND split = 'test'"
    open_images(page, app, dataset_id)
    assert count(page) == f"{every} series"

    page.get_by_role("button", name=f"X-ray {xrays}", exact=True).click()
    expect(page.get_by_text(f"{xrays} of {every} series")).to_be_visible()
    expect(tiles(page)).to_have_count(xrays)
    page.get_by_role("button", name=re.compile(r"^CT \d+$")).click()
    expect(page.get_by_text(f"{both} of {every} series")).to_be_visible()
    page.locator("[data-test-script-state=notRunning]").wait_for()  # the facets are drawn last, with other counts
    page.get_by_role("button", name=re.compile(r"^test \d+$")).click()
    expect(page.get_by_text(f"{number(held, tested)} of {every} series")).to_be_visible()
    expect(page).to_have_url(re.compile("modality=X-ray&modality=CT.*split=test"))

    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_text(f"{number(held, tested)} of {every} series")).to_be_visible()
    expect(tiles(page)).to_have_count(number(held, tested))

    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text(f"{every} series", exact=True)).to_be_visible()
    expect(page).not_to_have_url(re.compile("modality|split"))


def test_pages_turn_forth_and_back_and_show_every_series_once(page: Page, app: App, dataset_id: str) -> None:
    every = number(tables(app, dataset_id), "SELECT count(*) FROM series")
    assert every > 30
    open_images(page, app, dataset_id)
    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="By path").click()
    expect(page).to_have_url(re.compile("order=path"))
    expect(page.get_by_text(f"1–30 of {every}")).to_be_visible()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    shown = tables(app, dataset_id).execute("SELECT path FROM series ORDER BY path, series_id").fetchall()
    expect(tiles(page).first).to_have_attribute("title", shown[0][0])
    first = [tile.get_attribute("title") for tile in tiles(page).all()]
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(f"31–{every} of {every}")).to_be_visible()
    expect(tiles(page)).to_have_count(every - 30)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    second = [tile.get_attribute("title") for tile in tiles(page).all()]
    assert [(path,) for path in first + second] == shown
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text(f"1–30 of {every}")).to_be_visible()
    expect(tiles(page).first).to_have_attribute("title", first[0] or "")
    expect(page).not_to_have_url(re.compile("at="))


def test_a_bar_of_overview_opens_its_series(page: Page, app: App, dataset_id: str) -> None:
    xrays = number(tables(app, dataset_id), "SELECT count(*) FROM series WHERE modality_group = 'X-ray'")
    open_overview(page, app, dataset_id)
    click_bar(page, "Modality", "X-ray")
    expect(page.get_by_text(re.compile(f"^{xrays} of"))).to_be_visible()
    expect(page).to_have_url(re.compile("modality=X-ray$"))
    page.get_by_role("link", name="Overview").click()
    reading.wait_for_overview(page)
    click_bar(page, "Body zone", "Chest")
    expect(page).to_have_url(re.compile("zone=chest"))


def click_bar(page: Page, panel: str, name: str) -> None:
    """Click the bar of this name, as a person does: on the row, right of its name."""
    chart = page.locator(f".st-key-{panel.replace(' ', '-')}")
    row = [bar.name for bar in reading.bars(page, panel)].index(name)
    chart.locator(".bars .point").nth(row).click(force=True)


def test_nothing_left_names_the_filters_and_the_button_that_helps(page: Page, app: App, dataset_id: str) -> None:
    page.goto(f"{app.address}/images?dataset={dataset_id}&modality=MRI&split=test")
    expect(page.get_by_role("heading", name="No series match these filters")).to_be_visible()
    mri = number(tables(app, dataset_id), "SELECT count(*) FROM series WHERE modality_group = 'MRI'")
    test = number(tables(app, dataset_id), "SELECT count(*) FROM series WHERE split = 'test'")
    part, freed = ("split", mri) if mri > test else ("modality", test)
    expect(
        page.get_by_text(f"MRI and test leave nothing. {freed} series are there without the {part}.")
    ).to_be_visible()
    page.get_by_role("button", name=f"Drop the {part} filter").click()
    expect(tiles(page)).to_have_count(freed)


def test_a_series_without_a_picture_says_why(page: Page, app: App, dataset_id: str) -> None:
    page.goto(f"{app.address}/images?dataset={dataset_id}&path=doe")
    tile = tiles(page)
    expect(tile).to_have_count(1)
    why = sentence(tables(app, dataset_id), "SELECT problem FROM thumbnails WHERE image IS NULL")
    expect(tile).to_contain_text(why)


def test_search_finds_a_path_and_shows_findings_on_the_picture(page: Page, app: App, dataset_id: str) -> None:
    open_images(page, app, dataset_id)
    search = page.get_by_label("Path contains")
    search.fill("TEST/vol")
    search.press("Enter")
    expect(tiles(page)).to_have_count(1)
    expect(tiles(page)).to_have_accessible_name(re.compile("^CT, chest, 16 × 20 × 7, Missing slices"))
    expect(page).to_have_url(re.compile("path=TEST%2Fvol"))


def test_enter_on_a_tile_opens_it_with_the_filter(page: Page, app: App, dataset_id: str) -> None:
    page.goto(f"{app.address}/images?dataset={dataset_id}&modality=X-ray&split=test")
    expect(tiles(page)).to_have_count(4)
    tiles(page).nth(1).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/preview\?.*series="))
    asked = parse_qs(urlsplit(page.url).query)
    found = f"SELECT count(*) FROM series WHERE series_id = '{asked['series'][0]}' AND modality_group = 'X-ray'"
    assert number(tables(app, dataset_id), found) == 1
    assert (asked["dataset"], asked["modality"], asked["split"]) == ([dataset_id], ["X-ray"], ["test"])


def test_a_picture_of_overview_opens_it(page: Page, app: App, dataset_id: str) -> None:
    open_overview(page, app, dataset_id)
    page.locator(".st-key-strip").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile(r"/preview\?.*series="))


def test_alternative_texts_never_hold_a_path(page: Page, app: App, dataset_id: str) -> None:
    page.goto(f"{app.address}/images?dataset={dataset_id}")
    expect(tiles(page).first).to_be_visible()
    for tile in tiles(page).all():
        said = [
            tile.get_attribute("aria-label") or "",
            *(i.get_attribute("alt") or "" for i in tile.locator("img").all()),
        ]
        assert not [text for text in said if "/" in text.replace("PET/NM", "") or ".dcm" in text or ".png" in text]


def test_a_filter_from_nowhere_is_taken_back_by_one_click(page: Page, app: App, dataset_id: str) -> None:
    page.goto(f"{app.address}/images?dataset={dataset_id}&modality=<b>Nothing</b>&order=upside-down&size=XXL&at=gone")
    expect(page.get_by_text("<b>Nothing</b> leaves nothing.")).to_be_visible()
    page.get_by_role("button", name="Clear all filters").click()
    expect(tiles(page)).to_have_count(30)
