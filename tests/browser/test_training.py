"""The lower half of Overview, and what can be taken away of a dataset."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.browser.reading import Bar
from tests.builders import dicom_slice, dicom_volume, picture

FILES = {
    **dicom_volume(
        6, gap_mm=2.0, PatientAge="041Y", PatientSex="F", Manufacturer="SIEMENS", AcquisitionDate="20190203"
    ),
    "x.dcm": dicom_slice("DX", series="2", patient_id="P2", Manufacturer="Philips Medical Systems"),
    "a.png": picture(),
    "nothing.dcm": b"",
}


def test_what_a_training_needs_is_said_with_its_base(page: Page, app: App) -> None:
    reading.open_at(page, app, "known.zip", FILES)
    expect(page.get_by_text("median 2 mm")).to_be_visible()
    expect(page.get_by_text("1 of 2 patients")).to_have_count(2)  # age and sex
    expect(page.locator(".st-key-training-vendor .annotation-text").first).to_be_visible()
    assert set(reading.bars(page, "training vendor")) == {Bar("Siemens", "1", "50.0 %"), Bar("Philips", "1", "50.0 %")}
    expect(page.get_by_text("No folder is called train, validation or test.")).to_be_visible()


def test_everything_can_be_taken_away(page: Page, app: App, tmp_path: Path) -> None:
    reading.open_at(page, app, "known.zip", FILES)
    reading.settle(page)
    page.get_by_role("button", name="Download", exact=True).click()
    for word in ("JSON", "HTML report", "CSV", "Parquet"):
        reading.downloaded(page, word).save_as(tmp_path / word)
    assert json.loads((tmp_path / "JSON").read_text(encoding="utf-8"))["summary"]["files"] == len(FILES)
    assert (tmp_path / "HTML report").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert all((tmp_path / word).read_bytes().startswith(b"PK") for word in ("CSV", "Parquet"))


def test_the_partial_line_leads_to_the_files_that_were_not_read(page: Page, app: App) -> None:
    reading.open_at(page, app, "known.zip", FILES)
    page.get_by_role("link", name="Show the file").click()
    expect(page).to_have_url(re.compile("/files"))
    expect(page.get_by_text(f"1 of {len(FILES)} files", exact=True)).to_be_visible()


def test_a_bar_of_what_a_training_needs_opens_its_images(page: Page, app: App) -> None:
    reading.open_at(page, app, "known.zip", FILES)
    expect(page.locator(".st-key-training-vendor .annotation-text").first).to_be_visible()
    first = reading.bars(page, "training vendor")[0].name
    page.locator(".st-key-training-vendor .nsewdrag").click(position={"x": 4, "y": 10})
    expect(page).to_have_url(re.compile(f"/images.*vendor={first}"))
    expect(page.get_by_text(re.compile(r"^1 of \d+ series$"))).to_be_visible()
