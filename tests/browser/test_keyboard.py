"""From the gallery into a slice without a mouse, and the focus is seen on the way."""

from playwright.sync_api import Page, expect

from tests.browser import reading
from tests.browser.conftest import App
from tests.builders import dicom_volume

TWO = {
    f"{place}/{name}": data
    for place in ("CHEST", "HEAD")
    for name, data in dicom_volume(9, series=place, study=place, BodyPartExamined=place).items()
}
MOST_TABS = 60
FOCUSED = """() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  const picture = element?.querySelector(".picture")
  const ring = picture ? getComputedStyle(picture, "::after").borderTopWidth : getComputedStyle(element).outlineWidth
  return [element?.getAttribute("aria-label") ?? "", parseFloat(ring)]
}"""


def tab_to(page: Page, wanted: str) -> str:
    """Press Tab until something whose label holds this has the focus, and shows it; returns its label."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        label, ring_px = page.evaluate(FOCUSED)
        if wanted in label:
            assert ring_px >= 2
            return str(label)
    raise AssertionError(f"{wanted} was not reached by {MOST_TABS} tabs")


def test_from_the_gallery_to_a_slice_by_keyboard_alone(page: Page, app: App) -> None:
    reading.open_at(page, app, "keyboard.zip", TWO, "images?order=path")
    expect(page.locator(".st-key-gallery").get_by_role("button")).to_have_count(2)
    expect(page.get_by_role("button", name="Chest 1")).to_be_visible()

    assert "CT, chest" in tab_to(page, "CT, ")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED)[0].startswith("CT, head")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="CT of the chest")).to_be_visible()
    expect(page.locator(".pane.axial .count")).to_have_text("5 / 9")
    tab_to(page, "Axial slice")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".pane.axial .count")).to_have_text("6 / 9")
    page.keyboard.press("Home")
    expect(page.locator(".pane.axial .count")).to_have_text("1 / 9")
