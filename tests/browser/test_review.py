"""Review: what is contradicted comes first; what a person sets right is in the next version, with who and why."""

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, picture

SAYS_TWO_THINGS = {"BodyPartExamined": "HEAD", "SeriesDescription": "Thorax nativ"}
FILES = {
    **{f"two/{n}.dcm": dicom_slice("CT", series=f"two {n}", **SAYS_TWO_THINGS) for n in range(3)},
    "plain.dcm": dicom_slice("DX", series="plain", BodyPartExamined="CHEST"),
    "a.png": picture(),
}


def choose(page: Page, name: str, option: str | re.Pattern[str]) -> None:
    page.get_by_role("combobox", name=name, exact=True).click()
    page.get_by_role("option", name=option).first.click()


def test_a_correction_for_all_that_share_a_description_enters_the_next_version(
    page: Page, app: App, tmp_path: Path
) -> None:
    dataset_id = reading.open_at(page, app, "doubtful.zip", FILES, "review")
    expect(page.get_by_text(re.compile("3 contradicted, 1 unknown of 5 image series"))).to_be_visible()
    expect(page.get_by_role("heading", name="Speaks against it")).to_be_visible()
    expect(page.get_by_text(re.compile("BodyPartExamined .* is HEAD"))).to_be_visible()
    expect(page.get_by_text("No corrections yet")).to_be_visible()

    choose(page, "Body part", "Abdomen")
    choose(page, "For", re.compile("all 3 of series description"))
    page.get_by_label("Note").fill("liver protocol")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("1 correction waits for a new version.")).to_be_visible()
    expect(page.get_by_text(re.compile("liver protocol.*waits for a version"))).to_be_visible()
    reading.downloaded(page, "CSV").save_as(tmp_path / "corrections.csv")
    (line,) = csv.DictReader(io.StringIO((tmp_path / "corrections.csv").read_text(encoding="utf-8")))
    assert (line["value"], line["key"], line["note"]) == ("abdomen", "Thorax nativ", "liver protocol")

    page.get_by_role("button", name="Make a new version").click()
    expect(page.get_by_text("Version 2 holds 1 correction; none waits.")).to_be_visible()
    expect(page.get_by_text(re.compile("· *1 unknown of 5 image series"))).to_be_visible()
    corrected = app.workspace.dataset(dataset_id).sql("SELECT anatomy FROM series WHERE modality = 'CT'")
    assert corrected["anatomy"].tolist() == ["abdomen"] * 3

    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("1 correction waits for a new version.")).to_be_visible()
    expect(page.get_by_text(re.compile("withdrawn by"))).to_be_visible()


def test_nothing_is_set_where_nothing_was_chosen(page: Page, app: App) -> None:
    reading.open_at(page, app, "doubtful too.zip", {**FILES, "b.png": picture(shade=3)}, "review")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("Nothing was set: choose a modality or a body part.")).to_be_visible()
    expect(page.get_by_text("No corrections yet")).to_be_visible()


def test_a_dataset_without_images_has_nothing_to_review(page: Page, app: App) -> None:
    reading.open_at(page, app, "clean.zip", {"about.json": b"{}"}, "review")
    expect(page.get_by_text("No images in this dataset")).to_be_visible()
