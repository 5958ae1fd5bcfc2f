"""Datasets: what there is, what it is made of, and how to be rid of it."""

from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume


def test_a_deep_link_is_the_first_request_and_meets_the_router(page: Page, fresh_app: App) -> None:
    page.goto(f"{fresh_app.address}/overview")
    expect(page.get_by_text("Workspace: default")).to_be_visible()
    expect(page.get_by_text("No dataset is open")).to_be_visible()
    page.goto(f"{fresh_app.address}/datasets")
    expect(page.get_by_text("No datasets yet")).to_be_visible()
    page.get_by_role("link", name="Add the first one").click()
    expect(page.get_by_role("button", name="Try the sample")).to_be_visible()
    expect(page.get_by_text("Recently added")).to_have_count(0)


def test_a_row_says_what_a_dataset_is_made_of(page: Page, app: App) -> None:
    files = {**dicom_volume(6), "x.dcm": dicom_slice("DX", series="2"), "y.dcm": dicom_slice("DX", series="3")}
    app.scan("mixed-bag.zip", files)
    page.goto(f"{app.address}/datasets")
    expect(page.get_by_text("X-ray 67 %, CT 33 %")).to_be_visible()
    page.get_by_role("link", name="mixed-bag.zip").click()
    reading.wait_for_overview(page)
    expect(page.get_by_role("heading", name="mixed-bag.zip")).to_be_visible()


def test_find_leaves_the_datasets_whose_name_holds_the_text(page: Page, app: App) -> None:
    for name in ("haystack", "needle"):
        app.scan(f"{name}.zip", dicom_volume(6))
    page.goto(f"{app.address}/datasets")
    expect(page.get_by_role("link", name="haystack.zip")).to_be_visible()
    page.get_by_placeholder("Find a dataset").fill("NEEDLE")
    expect(page.get_by_role("link", name="haystack.zip")).to_have_count(0)
    expect(page.get_by_role("link", name="needle.zip")).to_be_visible()
    page.get_by_placeholder("Find a dataset").fill("straw")
    page.get_by_role("button", name="Show all of them").click()
    expect(page.get_by_role("link", name="haystack.zip")).to_be_visible()


def test_delete_asks_first(page: Page, app: App) -> None:
    dataset_id = app.scan("unwanted.zip", dicom_volume(6))
    page.goto(f"{app.address}/datasets")
    row = page.get_by_role("link", name="unwanted.zip")
    menu = page.locator(f".st-key-menu-{dataset_id}").get_by_role("button")

    menu.click()
    page.get_by_text("Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("every version")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row).to_be_visible()

    menu.click()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.goto(f"{app.address}/overview?dataset={dataset_id}")
    expect(page.get_by_text("This dataset is not here")).to_be_visible()


def test_nothing_on_any_page_is_an_error_of_the_browser(page: Page, app: App) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path, heading in (("/", "Know your medical data"), ("/datasets", "Datasets")):
        page.goto(app.address + path)
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    # Streamlit's page first asks for its health below the page's own path.
    assert [text for text in said if "404" not in text] == []
