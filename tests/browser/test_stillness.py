"""Nothing jumps while a page loads: places are held before what belongs in them arrives."""

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import App
from tests.builders import dicom_slice, dicom_volume

WARD = {
    **{f"ct/{name}": data for name, data in dicom_volume(6, BodyPartExamined="CHEST").items()},
    **{f"dx/{n}.dcm": dicom_slice("DX", series=f"dx {n}", patient_id=f"P{n}") for n in range(3)},
    "nothing.dcm": b"",
}
MOST_SHIFT = 0.1
"""Of the Cumulative Layout Shift of web.dev/articles/cls, below which a page counts as good."""
WATCH = """
window.shifts = 0
let begun = Infinity
new MutationObserver((_, watcher) => {
  if (!document.querySelector("h1")) return
  begun = performance.now()  // before its title a page is Streamlit's own shell, whose sidebar opens
  watcher.disconnect()
}).observe(document, { childList: true, subtree: true })
new PerformanceObserver((list) => {
  for (const { startTime, value } of list.getEntries()) if (startTime > begun) window.shifts += value
}).observe({ type: "layout-shift", buffered: true })
"""


@pytest.mark.parametrize(
    ("where", "drawn"),
    [
        pytest.param("", "Recently added", id="add"),
        pytest.param("datasets", "still.zip", id="datasets"),
        pytest.param("overview", "Vendor", id="overview"),
        pytest.param("images", "4 series", id="images"),
        pytest.param("preview", "Why we think so", id="preview"),
        pytest.param("review", "Speaks against it", id="review"),
        pytest.param("findings", "Why it matters", id="findings"),
        pytest.param("query", " rows in ", id="query"),
        pytest.param("files", "10 of 10 files", id="files"),
    ],
)
def test_nothing_jumps_while_a_page_loads(page: Page, app: App, where: str, drawn: str) -> None:
    dataset_id = app.scan("still.zip", WARD)
    query = f"?dataset={dataset_id}" if where not in ("", "datasets") else ""
    if where == "preview":
        (series_id,) = app.workspace.dataset(dataset_id).series.query("modality == 'CT'")["series_id"]
        query += f"&series={series_id}"
    page.add_init_script(WATCH)

    page.goto(f"{app.address}/{where}{query}")
    expect(page.locator("[data-testid=stMain]").get_by_text(drawn).first).to_be_visible()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-testid=stSkeleton]:visible")).to_have_count(0)

    assert page.evaluate("shifts") < MOST_SHIFT


def test_a_page_brings_its_scripts_whatever_way_it_is_packed(app: App) -> None:
    asked = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    answer = requests.get(f"{app.address}/datasets", headers=asked, timeout=30)
    assert 'rel="modulepreload" crossorigin href="./static/js/Html.' in answer.text.partition("</head>")[0]
    assert "etag" not in answer.headers  # of the file as Streamlit ships it, which this is not
