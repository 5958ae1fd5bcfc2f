"""A version of headers only says so, and one click brings the rest."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from biodatamine_core.records import Mode
from tests.browser import reading
from tests.browser.conftest import PATIENCE_MS, App
from tests.builders import dicom_slice, zip_of
from tests.faulty_server import faulty_server


def test_what_stayed_on_the_server_is_told_and_downloaded_at_one_click(page: Page, app: App) -> None:
    noise = np.random.default_rng(6)
    slices = {
        f"{n}.dcm": dicom_slice(
            instance=n, position_mm=(0.0, 0.0, 2.0 * n), pixels=noise.integers(0, 60_000, (300, 300), np.uint16)
        )
        for n in range(8)
    }
    with faulty_server(zip_of(slices)) as server:
        dataset = app.workspace.scan(server.url("/heads.zip"), mode=Mode.HEADERS)
        (series,) = dataset.series["series_id"]
        page.goto(f"{app.address}/preview?dataset={dataset.id}&series={series}")
        expect(page.get_by_text("stayed on its server")).to_be_visible()

        page.goto(f"{app.address}/overview?dataset={dataset.id}")
        expect(page.get_by_text(re.compile(r"of 1\.4 MB were fetched, .* stayed on the server"))).to_be_visible()
        page.get_by_role("button", name="Download all").click()
        expect(page.get_by_text(re.compile(r"full scan, \d"))).to_be_visible(timeout=2 * PATIENCE_MS)
        reading.wait_for_overview(page)
        expect(page.get_by_role("button", name="Download all")).to_have_count(0)
    assert app.workspace.dataset(dataset.id).published().mode is Mode.FULL
