"""Draw the pictures in docs/images: `python -m tests.browser.screenshots`. Sample and made-up data only."""

import gzip
import io
import re
import tempfile
from pathlib import Path

import nibabel as nib
import pydicom
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from biodatamine_core.records import Applies
from tests.browser import reading
from tests.browser.conftest import CHROMIUM, CHROMIUM_OPTIONS, PATIENCE_MS, PROJECT, App, serving_app
from tests.builders import dicom_bytes, dicom_slice, dicom_volume, picture, uid, zip_of
from tests.servers import Page as Answer
from tests.servers import Site, serving

IMAGES = PROJECT / "docs" / "images"
SAMPLES = PROJECT / "data" / "samples"
DATASETS = {
    "head-and-chest-ct.zip": {f"{n}/{k}": v for n in "ab" for k, v in dicom_volume(9, series=n, study=n).items()},
    "knees.zip": {f"{n}.dcm": dicom_slice("DX", series=f"knee {n}", patient_id=f"K{n}") for n in range(6)},
    "notes-and-photos.zip": {"a.json": b"{}", "skin.png": picture(), "empty.dcm": b"", "odd.bin": b"\x01\x02" * 99},
}


def a_ward() -> dict[str, bytes]:
    """The sample's chest, head and radiographs many times over: each slice an image, each cut a volume of its own."""
    files: dict[str, bytes] = {}
    for number, path in enumerate(sorted((SAMPLES / "ct_chest").glob("*.dcm"))):
        dataset = pydicom.dcmread(path)
        dataset.SeriesInstanceUID, dataset.PatientID = uid(f"scout {number}"), f"P{number // 3}"
        files[f"train/ct/scout-{number:02}.dcm"] = dicom_bytes(dataset)
        files[f"train/ct/P1/{path.name}"] = path.read_bytes()
    head = nib.load(next((SAMPLES / "sub-01").rglob("*.nii.gz")))
    for number in range(1, 9):
        folder = f"{'train' if number < 6 else 'test'}/sub-{number:02}/anat/sub-{number:02}_T1w.nii.gz"
        files[folder] = gzip.compress(head.slicer[..., 5 * number :].to_bytes(), mtime=0)
    for path in sorted((SAMPLES / "xray").rglob("*.png")):
        for number, turned in enumerate((Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM)):
            stream = io.BytesIO()
            Image.open(path).transpose(turned).save(stream, "PNG")
            files[f"test/xray/{path.stem}-{path.parent.name}-{number}.png"] = stream.getvalue()
    return files


def draw_images(page: Page, app: App) -> str:
    """Returns the id of the dataset that they show."""
    dataset = app.scan("a-ward.zip", a_ward())
    for name, asked, shown in (
        ("images", "modality=CT&modality=MRI&modality=X-ray", "1–30 of"),
        ("images-empty", "modality=MRI&zone=chest&split=test", "No series match these filters"),
    ):
        page.goto(f"{app.address}/images?dataset={dataset}&{asked}")
        _save(page, name, shown)
    return dataset


def draw_questions(page: Page, app: App, dataset: str) -> None:
    """Findings, Query and Files; refused and empty, too."""
    for name, asked, shown in (
        ("findings", "findings?finding=0", "Why it matters"),
        ("query", "query?", " rows in "),
        ("query-refused", "query?sql=COPY files TO 'x.csv'", "One SELECT at a time"),
        ("files", "files?read=read", "1–"),
        ("files-empty", "files?format=PNG&path=sub-04", "No files match these filters"),
    ):
        page.goto(f"{app.address}/{asked}&dataset={dataset}")
        _save(page, name, shown)


def draw_review(page: Page, app: App) -> None:
    """Descriptions and tags that disagree, and corrections that wait for a version."""
    says = {"BodyPartExamined": "HEAD", "SeriesDescription": "Thorax nativ", "StudyDescription": "CT Chest"}
    doubtful = {f"two/{n}.dcm": dicom_slice("CT", series=f"two {n}", **says) for n in range(3)}
    dataset = app.workspace.dataset(app.scan("doubtful.zip", a_ward() | doubtful))
    for about, value, applies, key, note in (
        ("anatomy", "chest", Applies.SERIES_DESCRIPTION, "Thorax nativ", "the tag is the scanner's default"),
        ("modality", "DX", Applies.FOLDER, "doubtful.zip!/test/xray/", ""),
    ):
        app.workspace.correct(dataset, about, value, applies, key, note)
    page.goto(f"{app.address}/review?dataset={dataset.id}")
    _save(page, "review", "waits for a version")


def draw_preview(page: Page, app: App) -> None:
    """The sample's CT. The sample is open."""
    dataset_id = page.url.split("dataset=")[1]
    (series_id,) = app.workspace.dataset(dataset_id).series.query("path == 'ct_chest/'")["series_id"]
    page.goto(f"{app.address}/preview?dataset={dataset_id}&series={series_id}")
    expect(page.locator(".pane.axial .count")).to_have_text("13 / 24")
    _save(page, "preview", "Why we think so")


def draw(page: Page, app: App, site: Site) -> None:
    page.goto(f"{app.address}/datasets")
    _save(page, "datasets-empty", "Add the first one")
    for name, files in DATASETS.items():
        app.scan(name, files)
    reading.paste(
        page, app, site.serve("/login.zip", Answer(b"<!DOCTYPE html><html></html>", content_type="text/html"))
    )
    _save(page, "add-failed", "Copy the details")

    page.goto(app.address)
    page.get_by_role("button", name="Try the sample").click()
    reading.wait_for_overview(page)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.reload()
        reading.wait_for_overview(page)
        _save(page, "overview" if theme == "light" else "overview-dark", "A look inside")
    page.emulate_media(color_scheme="light")

    draw_preview(page, app)
    draw_review(page, app)
    draw_questions(page, app, draw_images(page, app))
    draw_ends(page, app, site)
    page.goto(f"{app.address}/datasets")
    _save(page, "datasets", "Sample dataset")
    page.goto(app.address)
    _save(page, "add", "Recently added")
    draw_listing(page, app, site)
    large = zip_of({**dicom_volume(6), "padding.bin": bytes(range(256)) * 40_000}, method=0)
    reading.paste(page, app, site.serve("/large.zip", Answer(large, pause_after=6_000_000)))
    expect(page.get_by_text("per second")).to_be_visible()
    _save(page, "add-running", "Seen so far")


def draw_listing(page: Page, app: App, site: Site) -> None:
    """What lies at an address, before anything is downloaded."""
    folders = {"ct-baseline": 9, "ct-follow-up": 7, "mr": 12}
    links = "".join(f"<a href='{folder}/'>{folder}</a>" for folder in folders)
    url = site.serve("/trial/", _listing("/trial/", links))
    for folder, files in folders.items():
        links = "".join(f"<a href='{number}.dcm'>{number}</a>" for number in range(files))
        site.serve(f"/trial/{folder}/", _listing(f"/trial/{folder}/", links))
        for number in range(files):
            part = Answer(dicom_slice(instance=number), headers={"ETag": '"1"'})
            site.serve(f"/trial/{folder}/{number}.dcm", part)
    page.goto(app.address)
    page.get_by_label("Address of the dataset").fill(url)
    page.get_by_text("Folders", exact=True).click()
    table = page.get_by_role("region", name="What can be picked")
    table.locator("td", has_text=re.compile("^ct-follow-up/$")).first.wait_for(state="attached")
    table.click(position={"x": 16, "y": 80})
    page.mouse.move(0, 0)
    _save(page, "add-listing", "Picked: 7 files")


def _listing(title: str, links: str) -> Answer:
    return Answer(f"<html><title>Index of {title}</title>{links}".encode(), content_type="text/html")


def draw_ends(page: Page, app: App, site: Site) -> None:
    """What the pages say where there is nothing to show, or nothing that can be drawn."""
    reading.paste(page, app, site.serve("/notes.zip", zip_of({"about.json": b"{}"})))
    expect(page).to_have_url(re.compile("/overview"))
    notes = page.url.split("dataset=")[1]
    cut = app.scan("cut.zip", {"cut.dcm": dicom_slice("DX")[:-100]})
    (series_id,) = app.workspace.dataset(cut).series["series_id"]
    for name, asked, shown in (
        ("overview-empty", f"overview?dataset={notes}", "No images in this dataset"),
        ("findings-empty", f"findings?dataset={notes}", "That is not a proof"),
        ("preview-failed", f"preview?dataset={cut}&series={series_id}", "Not drawn"),
        ("dataset-gone", "overview?dataset=nobody", "This dataset is not here"),
        ("version-gone", f"files?dataset={notes}&version=9", "This version is not here"),
    ):
        page.goto(f"{app.address}/{asked}")
        _save(page, name, shown)


def _save(page: Page, name: str, shown: str) -> None:
    expect(page.get_by_text(shown).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.locator("[data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-testid=stSkeleton]:visible")).to_have_count(0)
    with Image.open(io.BytesIO(page.screenshot())) as drawn:
        drawn.convert("RGB").save(IMAGES / f"{name}.png", optimize=True)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_app(Path(folder)) as app,
        serving() as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        draw(context.new_page(), app, site)
        browser.close()


if __name__ == "__main__":
    main()
