"""Add: an address becomes a dataset under the person's eyes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_volume, zip_of
from tests.servers import Page as Answer
from tests.servers import Site

# More than one block of any download, so that a pause leaves the scan in its Download step.
LARGE = {**dicom_volume(6), "padding.bin": bytes(range(256)) * 40_000}


def test_the_sample_works_at_one_press(page: Page, app: App) -> None:
    page.goto(app.address)
    page.get_by_role("button", name="Try the sample").click()
    reading.wait_for_overview(page)
    names = {bar.name for bar in reading.bars(page, "Modality")}
    assert {"CT", "MRI", "X-ray"} <= names
    expect(page.get_by_text("Partial")).to_be_visible()


def test_an_upload_is_looked_into(page: Page, app: App, tmp_path: Path) -> None:
    (tmp_path / "ward.zip").write_bytes(zip_of(dicom_volume(6)))
    page.goto(app.address)
    page.get_by_role("button", name="Upload files").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "ward.zip")
    page.get_by_role("dialog").get_by_role("button", name="Look inside").click()
    reading.wait_for_overview(page)
    assert reading.headlines(page)["Files"] == ("6", "all read")


def test_a_page_that_links_to_several_files_lets_one_be_picked(page: Page, app: App, http_site: Site) -> None:
    http_site.serve("/files/ct.zip", zip_of(dicom_volume(6)))
    http_site.serve("/files/mr.zip", zip_of(dicom_volume(7, modality="MR")))
    links = b'<html><body><a href="/files/ct.zip">CT</a> <a href="/files/mr.zip">MR</a></body></html>'
    reading.paste(page, app, http_site.serve("/dataset", Answer(links, content_type="text/html")))
    expect(page.get_by_text("This page links to 2 files")).to_be_visible()
    expect(page.get_by_text("ct.zip", exact=True)).to_be_visible()
    page.locator(".st-key-take-1").get_by_role("button", name="Look inside").click()
    reading.wait_for_overview(page)
    expect(page.get_by_role("heading", name="mr.zip")).to_be_visible()
    assert reading.headlines(page)["Files"] == ("7", "all read")


def test_options_name_the_dataset_and_take_a_part(page: Page, app: App, http_site: Site) -> None:
    files = {f"ct/{name}": data for name, data in dicom_volume(6).items()} | {"notes/a.json": b"{}"}
    page.goto(app.address)
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Name").fill("Only <b>CT</b> & more")
    page.get_by_label("Only files that match").fill("ct/*")
    page.get_by_role("heading", name="Know your medical data").click()
    page.get_by_label("Address of the dataset").fill(http_site.serve("/part.zip", zip_of(files)))
    page.get_by_role("button", name="Look inside").click()
    reading.wait_for_overview(page)
    expect(page.get_by_role("heading", name="Only <b>CT</b> & more")).to_be_visible()
    expect(page.get_by_text("only ct/*")).to_be_visible()
    assert reading.headlines(page)["Files"] == ("6", "all read")


def test_a_reload_and_a_second_tab_show_the_same_progress(page: Page, app: App, http_site: Site) -> None:
    url = http_site.serve("/slow.zip", Answer(zip_of(LARGE, method=0), pause_after=3_000_000))
    reading.paste(page, app, url)
    expect(page).to_have_url(re.compile(r"\?job="))
    assert http_site.paused.wait(30)
    for tab in (page, page, page.context.new_page()):
        tab.goto(page.url)
        expect(tab.get_by_label("Address of the dataset")).to_be_disabled()
        expect(tab.get_by_label("Address of the dataset")).to_have_value(url)
        expect(tab.locator("[aria-current=step]")).to_have_text("Download")
        expect(tab.get_by_text(re.compile(r"of 10\.\d MB"))).to_be_visible()
    http_site.go_on.set()
    reading.wait_for_overview(page)
    assert reading.headlines(page)["Files"][0] == "7"


def test_a_running_scan_stands_in_datasets(page: Page, app: App, http_site: Site) -> None:
    url = http_site.serve("/running.zip", Answer(zip_of(LARGE, method=0), pause_after=3_000_000))
    reading.paste(page, app, url)
    expect(page).to_have_url(re.compile(r"\?job="))
    assert http_site.paused.wait(30)
    page.goto(f"{app.address}/datasets")
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    http_site.go_on.set()
    expect(page.get_by_text("Running", exact=True)).to_have_count(0)


def test_cancel_stops_the_scan_and_says_what_is_left(page: Page, app: App, http_site: Site) -> None:
    url = http_site.serve("/long.zip", Answer(zip_of(LARGE, method=0), pause_after=3_000_000))
    reading.paste(page, app, url)
    expect(page).to_have_url(re.compile(r"\?job="))
    assert http_site.paused.wait(30)
    page.get_by_role("button", name="Cancel").click()
    stopped = page.get_by_text("Nothing was published from it")
    # Within two seconds it is over: a page that reads the job once a second may never show that it is stopping.
    expect(page.get_by_role("button", name="Stopping", disabled=True).or_(stopped)).to_be_visible()
    http_site.go_on.set()
    expect(stopped).to_be_visible()
    page.locator("[data-test-script-state=notRunning]").wait_for()  # until then the field of the running scan stands
    expect(page.get_by_label("Address of the dataset")).to_be_enabled()
    page.get_by_role("button", name="Scan again").click()
    reading.wait_for_overview(page)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param("", "Paste an address first", id="nothing"),
        pytest.param("ftp://example.org/data.zip", "ftp://example.org/data.zip", id="a scheme nobody reads"),
        pytest.param("/etc/passwd", "may not read /etc/passwd", id="a path of the server"),
    ],
)
def test_what_cannot_be_added_is_answered_with_a_sentence(page: Page, app: App, typed: str, sentence: str) -> None:
    reading.paste(page, app, typed)
    expect(page.get_by_text("Not added")).to_be_visible()
    expect(page.get_by_text(sentence)).to_be_visible()


def test_a_failed_scan_says_why_and_can_be_repeated(page: Page, app: App, http_site: Site) -> None:
    html = Answer(b"<!DOCTYPE html><html><title>Log in</title></html>", content_type="text/html")
    reading.paste(page, app, http_site.serve("/behind-a-login.zip", html))
    expect(page.get_by_text("Failed", exact=True)).to_be_visible()
    expect(page.get_by_text("HTML page")).to_be_visible()
    assert "Traceback" not in page.content()
    http_site.serve("/behind-a-login.zip", zip_of(dicom_volume(6)))
    page.get_by_role("button", name="Scan again").click()
    reading.wait_for_overview(page)
