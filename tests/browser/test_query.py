"""Query: SQL of one's own, its answer as table, chart and file, and what is refused."""

import re
from pathlib import Path

import duckdb
from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume

MIXED = {**dicom_volume(6), "x.dcm": dicom_slice("DX", series="2"), "y.dcm": dicom_slice("DX", series="3")}


def open_query(page: Page, app: App) -> None:
    reading.open_at(page, app, "asked.zip", MIXED, "query")
    expect(page.get_by_label("SQL")).to_be_visible()


def ask(page: Page, sql: str) -> None:
    page.get_by_label("SQL").fill(sql)
    page.get_by_label("SQL").press("Control+Enter")


def test_an_example_is_answered_at_one_press(page: Page, app: App) -> None:
    open_query(page, app)
    expect(page.get_by_text(re.compile(r"^2 rows in \d+\.\d\d s\. One SELECT; at most 10,000 rows"))).to_be_visible()
    page.get_by_role("button", name="Files not read").click()
    expect(page.get_by_label("SQL")).to_have_value(re.compile("WHERE NOT readable"))
    expect(page.get_by_text(re.compile(r"^0 rows in"))).to_be_visible()
    expect(page.get_by_role("heading", name="No rows")).to_be_visible()


def test_an_answer_is_taken_away_as_parquet_and_csv(page: Page, app: App, tmp_path: Path) -> None:
    open_query(page, app)
    ask(page, "SELECT path, modality FROM images ORDER BY path")
    expect(page.get_by_text(re.compile("^8 rows in"))).to_be_visible()
    reading.settle(page)
    page.get_by_role("button", name="Download", exact=True).click()
    for word in ("Parquet", "CSV"):
        path = tmp_path / f"answer.{word.lower()}"
        reading.downloaded(page, word).save_as(path)
        rows = duckdb.sql(f"SELECT * FROM '{path}'").fetchall()
        assert (len(rows), rows[0], rows[-1]) == (8, ("asked.zip!/000.dcm", "CT"), ("asked.zip!/y.dcm", "DX"))


def test_a_link_reopens_the_query_and_a_chart_shows_it(page: Page, app: App) -> None:
    open_query(page, app)
    page.get_by_label("SQL").fill("SELECT modality, sum(size_bytes) AS bytes FROM images GROUP BY ALL")
    page.get_by_role("button", name="Run").click()
    expect(page).to_have_url(re.compile("sql=SELECT"))
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.get_by_label("SQL")).to_have_value(re.compile("sum"))
    tab.get_by_role("radio", name="Chart").click()
    expect(tab.get_by_text("DX", exact=True)).to_be_visible()
    expect(tab.locator(".ytitle")).to_have_text("bytes")


def test_what_is_not_allowed_is_refused_in_words(page: Page, app: App) -> None:
    open_query(page, app)
    ask(page, "COPY files TO '/tmp/stolen.csv'")
    expect(page.get_by_text("One SELECT at a time is answered here")).to_be_visible()
    ask(page, "SELECT <b>no</b> FROM files")
    expect(page.get_by_text(re.compile("The query failed: Parser Error"))).to_be_visible()
    ask(page, "SELECT 1 AS one")
    expect(page.get_by_text(re.compile("^1 row in"))).to_be_visible()


def test_the_columns_of_a_view_are_listed_with_their_meaning(page: Page, app: App) -> None:
    open_query(page, app)
    expect(page.get_by_text("slice_spacing_mm", exact=True).first).to_be_visible()
    page.get_by_label("Columns of").click()
    page.get_by_role("option", name="clues").click()
    expect(page.get_by_title("The reason, as a sentence.")).to_be_visible()
