"""Add, before anything is downloaded: an address is recognised as it is typed, listed, and picked from."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from biodatamine_core.records import Mode
from tests.browser import reading
from tests.browser.conftest import PATIENCE_MS, App, serving_app
from tests.builders import dicom_slice, dicom_volume, zip_of
from tests.servers import Page as Answer
from tests.servers import Site, serving
from tests.sources import services

STARTED = re.compile(r"\?job=|/overview\?dataset=")
HEADER_PX, ROW_PX = 32, 32


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Every service, at one address, for as long as the app runs that was told it."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def services_app(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app whose services of datasets all answer at `site`."""
    names = ("GITHUB", "ZENODO", "DOI")
    with serving_app(tmp_path_factory.mktemp("app"), {f"BIODATAMINE_{n}_URL": site.address for n in names}) as running:
        yield running


def listing(title: str, *names: str) -> Answer:
    """A folder as Apache lists it."""
    links = "".join(f"<a href='{name}'>{name}</a>" for name in names)
    return Answer(f"<html><title>Index of {title}</title>{links}".encode(), content_type="text/html")


def type_in(page: Page, url: str) -> None:
    field = page.get_by_label("Address of the dataset")
    field.fill(url)
    expect(field).to_have_value(url)


def mark(page: Page, name: str, number: int) -> None:
    """Tick the row with this name, the number-th from 0."""
    table = page.get_by_role("region", name="What can be picked")
    table.locator("td", has_text=re.compile(f"^{re.escape(name)}$")).first.wait_for(state="attached")
    page.locator(
        "[data-test-script-state=notRunning]"
    ).wait_for()  # a table that is still being drawn forgets its marks
    table.click(position={"x": 16, "y": HEADER_PX + (number + 0.5) * ROW_PX})


def test_a_file_a_record_a_repository_and_a_doi_are_recognised_listed_and_become_datasets(
    page: Page, services_app: App, site: Site
) -> None:
    for serve in (services.zenodo, services.github, services.doi):
        serve(site)
    pasted = {
        site.serve("/plain.zip", zip_of(dicom_volume(3))): ("Web address: plain.zip", "1 file, "),
        "https://zenodo.org/records/42": ("Zenodo 42", "Licence CC-BY-4.0, version 42"),
        "https://github.com/lab/chest": ("GitHub: ", "Licence CC-BY-4.0, version 5f2c0de"),
        "https://doi.org/10.1234/chest": ("DOI: ", "No licence is stated"),
    }
    for url, (service, fact) in pasted.items():
        page.goto(services_app.address)
        type_in(page, url)
        expect(page.get_by_text(service)).to_be_visible()
        expect(page.get_by_text(fact)).to_be_visible()
        expect(page.get_by_text("free here")).to_be_visible()
        page.get_by_label("Address of the dataset").press("Enter")
        expect(page).to_have_url(STARTED)
    page.goto(f"{services_app.address}/datasets")
    everything = services_app.workspace.datasets()
    assert {dataset.source_kind for dataset in everything} >= {"http", "zenodo", "github", "doi"}
    expect(page.get_by_text("Ready", exact=True)).to_have_count(len(everything), timeout=4 * PATIENCE_MS)


def test_a_folder_is_picked_and_only_its_files_become_the_dataset(page: Page, services_app: App, site: Site) -> None:
    site.serve("/study/", listing("/study/", "ct/", "mr/", "note.txt"))
    for name, modality in (("ct", "CT"), ("mr", "MR")):
        site.serve(f"/study/{name}/", listing(f"/study/{name}/", "1.dcm", "2.dcm"))
        for number in (1, 2):
            site.serve(f"/study/{name}/{number}.dcm", dicom_slice(modality, instance=number))
    page.goto(services_app.address)
    type_in(page, site.serve("/study/note.txt", b"note").removesuffix("note.txt"))
    expect(page.get_by_text("5 files, ")).to_be_visible()
    page.get_by_text("Folders", exact=True).click()
    mark(page, "mr/", 1)
    expect(page.get_by_text("Picked: 2 files")).to_be_visible()
    page.get_by_role("button", name="Look inside").click()
    reading.wait_for_overview(page)
    assert reading.headlines(page)["Files"] == ("2", "all read")
    assert [bar.name for bar in reading.bars(page, "Modality")] == ["MRI"]
    assert not [path for path in site.asked() if path.startswith("/study/ct/1")]


def test_one_of_the_files_that_a_page_links_to_is_picked_before_the_scan(
    page: Page, services_app: App, site: Site
) -> None:
    site.serve("/files/ct.zip", zip_of(dicom_volume(6)))
    site.serve("/files/mr.zip", zip_of(dicom_volume(7, modality="MR")))
    links = b'<html><body><a href="/files/ct.zip">CT</a> <a href="/files/mr.zip">MR</a></body></html>'
    page.goto(services_app.address)
    type_in(page, site.serve("/choice", Answer(links, content_type="text/html")))
    expect(page.get_by_text("pick one")).to_be_visible()
    page.get_by_role("button", name="Look inside").click()
    expect(page.get_by_text("mark the one to look into")).to_be_visible()
    mark(page, "mr.zip", 1)
    expect(page.get_by_text("Picked: 1 file")).to_be_visible()
    page.get_by_role("button", name="Look inside").click()
    expect(page).to_have_url(STARTED)
    assert f"{site.address}/files/mr.zip" in {job.url for job in services_app.workspace.jobs()}


def test_headers_alone_are_offered_and_taken_where_the_server_sends_parts(
    page: Page, services_app: App, site: Site
) -> None:
    url = site.serve("/parts.zip", Answer(zip_of(dicom_volume(4)), headers={"ETag": '"1"'}))
    page.goto(services_app.address)
    type_in(page, url)
    page.get_by_role("button", name="Headers only").click()
    expect(page).to_have_url(STARTED)
    assert {job.url: job.mode for job in services_app.workspace.jobs()}[url] is Mode.HEADERS


def test_what_is_typed_is_answered_at_every_pause_and_a_refusal_in_words(
    page: Page, services_app: App, site: Site
) -> None:
    page.goto(services_app.address)
    type_in(page, "https://www.kaggle.com/docs/api")
    expect(page.get_by_text("is no dataset, competition or notebook")).to_be_visible()
    type_in(page, f"{site.address}/nothing-here.zip")
    expect(page.get_by_text("Not listed")).to_be_visible()
    expect(page.get_by_text("check the address for a typo")).to_be_visible()
    site.serve("/nothing-here.zip", zip_of(dicom_volume(3)))
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("1 file, ")).to_be_visible()
    slow = Answer(b"<a href='ct.zip'>" + b" " * 100_000, content_type="text/html", pause_after=10)
    type_in(page, site.serve("/slow", slow))
    expect(page.get_by_text("Asks what lies there")).to_be_visible()
    type_in(page, "")
    expect(page.get_by_text("Reads zip")).to_be_visible()
    site.go_on.set()
