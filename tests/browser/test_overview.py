"""Overview shows what the tables hold, and nothing else."""

import re
import zipfile
from pathlib import Path

import duckdb
from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.browser.reading import Bar
from tests.builders import dicom_slice, dicom_volume, nifti, picture, zip_of
from tests.servers import Site

A_LITTLE_OF_EVERYTHING = {
    **{f"p1/ct/{name}": data for name, data in dicom_volume(8, modality="CT", BodyPartExamined="CHEST").items()},
    **{
        f"p2/mr/{name}": data
        for name, data in dicom_volume(
            9, without=[4], modality="MR", series="series 2", study="study 2", patient_id="P2"
        ).items()
    },
    "p3/dx.dcm": dicom_slice("DX", series="series 3", study="study 3", patient_id="P3", BodyPartExamined="CHEST"),
    "p1/dx.dcm": dicom_slice("DX", series="series 4", study="study 4", patient_id="P1", BodyPartExamined="CHEST"),
    "sub-04/anat/sub-04_T1w.nii.gz": nifti(compressed=True),
    "photos/a.png": picture(shade=1),
    "photos/b.jpg": picture(format="JPEG", mode="RGB"),
    "photos/b again.jpg": picture(format="JPEG", mode="RGB"),
    "about.json": b'{"name": "made for a test"}',
    "short.dcm": dicom_slice("CT", series="series 5")[:400],
    "nothing.dcm": b"",
    "strange.bin": bytes(range(1, 200)),
}


def downloaded_tables(page: Page, folder: Path) -> duckdb.DuckDBPyConnection:
    """The tables as the Download button gives them, opened without any code of ours."""
    reading.settle(page)
    page.get_by_role("button", name="Download").click()
    packed = reading.downloaded(page, "Parquet").path()
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    tables = duckdb.connect()
    for path in folder.glob("*.parquet"):
        tables.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
    return tables


def test_every_number_is_in_the_parquet(page: Page, app: App, tmp_path: Path) -> None:
    archive = zip_of(A_LITTLE_OF_EVERYTHING)
    reading.open_at(page, app, "x7.zip", A_LITTLE_OF_EVERYTHING)
    tables = downloaded_tables(page, tmp_path)

    def one(sql: str) -> int:
        row = tables.execute(sql).fetchone()
        assert row is not None
        return int(row[0])

    files, read = one("SELECT count(*) FROM files"), one("SELECT count(*) FROM files WHERE readable")
    series, patients = one("SELECT count(*) FROM series"), one("SELECT count(DISTINCT patient_key) FROM files")
    studies = one("SELECT count(DISTINCT study_key) FROM files")
    volumes = one("SELECT count(*) FROM series WHERE dimensions IN ('3D', '4D')")
    images = one("SELECT count(*) FROM files WHERE role IN ('image', 'segmentation')")
    named = one("SELECT count(patient_key) FROM files WHERE role IN ('image', 'segmentation')")
    unpacked = one("SELECT sum(size_bytes) FROM files")
    findings = dict(tables.execute("SELECT severity, count(*) FROM findings GROUP BY severity").fetchall())

    assert files == len(A_LITTLE_OF_EVERYTHING)
    assert reading.headlines(page) == {
        "Files": (str(files), f"{read} read"),
        "Series": (str(series), f"{volumes} volumes"),
        "Patients": (str(patients), f"in {100 * named / images:.0f} % of images"),
        "Studies": (str(studies), f"{studies / patients:.1f} per patient"),
        "Size": (f"{len(archive) / 1000:.1f} kB", f"{unpacked / 1000:.1f} kB unpacked"),
        "Findings": (str(sum(findings.values())), said(findings)),
    }
    by_group = "SELECT modality_group, count(*) FROM series GROUP BY 1"
    assert set(reading.bars(page, "Modality")) == rows(tables, by_group, series)
    zones = "SELECT unnest(if(len(anatomy_zones) > 0, anatomy_zones, ['unknown'])) AS zone FROM series"
    assert set(reading.bars(page, "Body zone")) == rows(
        tables, f"SELECT zone, count(*) FROM ({zones}) GROUP BY 1", series
    )
    by_dimensions = "SELECT dimensions, count(*) FROM series GROUP BY 1"
    assert set(reading.bars(page, "Dimensions")) == rows(tables, by_dimensions, series)
    shown = reading.bars(page, "Format")
    assert sum(int(bar.count) for bar in shown) == files
    by_format = rows(tables, "SELECT format, count(*) FROM files GROUP BY 1", files)
    assert {bar for bar in shown if bar.name != "Other"} <= by_format

    partial = page.get_by_text(f"{read} of {files} files were read")
    expect(partial).to_contain_text(re.compile("1 is empty"))
    expect(partial).to_contain_text(re.compile("1 has no known format"))
    pictures = page.get_by_role("img", name=re.compile("unknown|chest|brain|head", re.IGNORECASE))
    assert pictures.count() >= min(series, 14)


def rows(tables: duckdb.DuckDBPyConnection, sql: str, base: int) -> set[Bar]:
    """What the bars of a question should say."""
    return {
        Bar(spelled(name), str(count), f"{100 * count / base:.1f} %") for name, count in tables.execute(sql).fetchall()
    }


def spelled(name: str) -> str:
    """Zones are words of a table; on the page they are written as a person writes them."""
    return name.replace("_", " ").capitalize() if name.islower() and name not in ("text",) else name


def said(findings: dict[str, int]) -> str:
    parts = [(findings.get("error", 0), "error"), (findings.get("warning", 0), "warning")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count)


def test_bars_wear_the_colours_of_the_theme_that_is_switched_to(page: Page, app: App) -> None:
    reading.open_at(page, app, "ct.zip", dicom_volume(6))
    bar = page.locator(".st-key-Modality .bars path").first
    expect(bar).to_have_css("fill", "rgb(23, 73, 180)")
    page.emulate_media(color_scheme="dark")
    expect(bar).to_have_css("fill", "rgb(73, 122, 236)")


def test_pictures_say_what_they_show_and_never_where_they_lie(page: Page, app: App) -> None:
    files = {f"Doe^Jane/{name}": data for name, data in dicom_volume(6, BodyPartExamined="CHEST").items()}
    reading.open_at(page, app, "jane.zip", files)
    expect(page.get_by_role("img", name="CT, chest")).to_be_visible()
    assert "Doe" not in page.content()


def test_a_dataset_without_images_says_so(page: Page, app: App) -> None:
    dataset_id = app.scan("notes.zip", {"a.json": b"{}", "b.csv": b"x,y\n1,2\n"})
    page.goto(f"{app.address}/overview?dataset={dataset_id}")
    expect(page.get_by_role("heading", name="No images in this dataset")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Patients")).to_contain_text("–")


def test_scanning_an_unchanged_source_again_adds_no_version(page: Page, app: App, http_site: Site) -> None:
    reading.open_overview(page, app, http_site.serve("/same.zip", zip_of(dicom_volume(6))))
    with page.expect_navigation(url=re.compile("job=")):  # it stands for a moment only: there is nothing to scan
        page.get_by_role("button", name="Scan again").click()
    reading.wait_for_overview(page)
    expect(page.get_by_text("full scan")).to_be_visible()
    expect(page.get_by_text("version 2")).to_have_count(0)


def test_a_page_that_cannot_be_drawn_says_a_sentence_instead(page: Page, app: App) -> None:
    dataset_id = app.scan("lost.zip", dicom_volume(7))
    store = Path(app.variables["BIODATAMINE_STORAGE"])
    for table in store.glob(f"workspaces/default/datasets/{dataset_id}/versions/1/*/*.parquet"):
        table.write_bytes(b"not a table any more")
    page.goto(f"{app.address}/overview?dataset={dataset_id}")
    expect(page.get_by_text("This page stopped on an error of its own")).to_be_visible()
    for drawn_before_the_error in ("lost.zip", "Modality", "A look inside"):
        expect(page.get_by_role("heading", name=drawn_before_the_error)).to_have_count(0)
    page.get_by_role("button", name="Copy the details").click()
    expect(page.get_by_text("pages/overview.py")).to_be_visible()
    assert "Traceback" not in page.content()


def test_a_dataset_that_is_not_here_is_told_with_a_way_on(page: Page, app: App) -> None:
    page.goto(f"{app.address}/overview?dataset=nobody-knows-it")
    expect(page.get_by_text("This dataset is not here")).to_be_visible()
    page.get_by_role("link", name="All datasets").click()
    expect(page.get_by_role("heading", name="Datasets")).to_be_visible()
