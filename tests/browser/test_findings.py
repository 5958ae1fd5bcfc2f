"""Findings: what, how many of how many, why, and the files themselves."""

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from biodatamine_core import checks
from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume, picture

MORE_THAN_EXAMPLES = 12
"""A finding shows ten of what it counts."""
BROKEN = {
    **dicom_volume(8, without=[3]),
    "cut.dcm": dicom_slice(series="2")[:300],
    "cut too.dcm": dicom_slice(series="3")[:300],
    "a.png": picture(),
    "same as a.png": picture(),
    "strange.bin": bytes(range(1, 200)),
}


def open_findings(page: Page, app: App) -> None:
    reading.open_at(page, app, "broken.zip", BROKEN, "findings")
    expect(page.get_by_role("heading", name="Findings")).to_be_visible()
    expect(page.get_by_role("button", name="CSV", exact=True)).to_be_visible()


def listed(page: Page, folder: Path) -> list[dict[str, str]]:
    """The findings as the CSV button gives them."""
    reading.downloaded(page, "CSV").save_as(folder / "findings.csv")
    return list(csv.DictReader(io.StringIO((folder / "findings.csv").read_text(encoding="utf-8"))))


def test_the_switch_counts_and_the_csv_holds_every_finding(page: Page, app: App, tmp_path: Path) -> None:
    open_findings(page, app)
    found = listed(page, tmp_path)
    severities = [finding["severity"] for finding in found]
    expect(page.get_by_role("radio", name=f"All {len(found)}")).to_be_checked()
    expect(page.get_by_role("radio", name=f"Warnings {severities.count('warning')}")).to_be_visible()
    expect(page.get_by_role("radio", name=f"Notes {severities.count('note')}")).to_be_visible()
    clean = len(checks.CHECKS) - len({finding["code"] for finding in found})
    expect(page.get_by_text(f"{len(checks.CHECKS)} checks ran, {clean} found nothing")).to_be_visible()
    assert {"unreadable-file", "duplicate-file", "missing-slices"} <= {finding["code"] for finding in found}


def test_a_finding_says_why_it_matters_and_shows_its_files(page: Page, app: App) -> None:
    open_findings(page, app)
    expect(page.get_by_role("heading", name="2 of 12 files end too early")).to_be_visible()
    expect(page.get_by_text("Why it matters")).to_be_visible()
    expect(page.get_by_text(checks.explanation("unreadable-file").why)).to_be_visible()
    expect(page.get_by_text("2 of 12 files are affected.")).to_be_visible()
    expect(page.get_by_text("broken.zip!/cut too.dcm", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show 2 files").click()
    expect(page).to_have_url(re.compile("/files.*finding=unreadable-file"))
    expect(page.get_by_text("2 of 12 files", exact=True)).to_be_visible()


def test_a_link_reopens_one_severity_and_one_finding(page: Page, app: App) -> None:
    open_findings(page, app)
    page.get_by_role("radio", name=re.compile("Warnings")).click()
    expect(page).to_have_url(re.compile("severity=warning"))
    expect(page.get_by_text("unreadable-file", exact=True)).to_have_count(0)
    heading = page.get_by_role("heading", level=2)
    said = heading.inner_text()
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.get_by_role("heading", name=said)).to_be_visible()
    expect(tab.get_by_role("radio", name=re.compile("Warnings"))).to_be_checked()


def test_overview_leads_to_a_finding_and_on_to_everything_that_it_counts(page: Page, app: App) -> None:
    many = {f"{n:02}.dcm": dicom_slice("DX", series=f"{n}", spacing_mm=None) for n in range(MORE_THAN_EXAMPLES)}
    reading.open_at(page, app, "many.zip", {**many, "a.png": picture()})
    said = f"{MORE_THAN_EXAMPLES} of {MORE_THAN_EXAMPLES} series do not say the spacing"
    page.get_by_role("link", name=re.compile(said)).click()
    expect(page.get_by_role("heading", name=said)).to_be_visible()
    expect(page).to_have_url(re.compile("/findings.*finding=missing-spacing"))
    page.get_by_role("button", name=f"Show {MORE_THAN_EXAMPLES} series").click()
    expect(page).to_have_url(re.compile("/images.*finding=missing-spacing"))
    expect(page.get_by_text(f"{MORE_THAN_EXAMPLES} of {MORE_THAN_EXAMPLES + 1} series", exact=True)).to_be_visible()
    expect(page.get_by_text("Findings name", exact=False)).to_have_count(0)


def test_query_them_asks_for_what_the_finding_names(page: Page, app: App) -> None:
    open_findings(page, app)
    page.get_by_role("link", name="Query them").click()
    expect(page.get_by_text(re.compile(r"^2 rows in"))).to_be_visible()


def test_no_finding_is_not_told_as_a_proof(page: Page, app: App) -> None:
    reading.open_at(page, app, "clean.zip", {"about.json": b"{}"}, "findings")
    expect(page.get_by_text("That is not a proof")).to_be_visible()
    expect(page.get_by_text("Files that could not be read")).to_be_visible()
