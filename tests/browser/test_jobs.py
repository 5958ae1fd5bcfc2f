"""Jobs: every scan in one list that reload, another browser and a new server show alike."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from biodatamine_core.jobs import leases, presence
from biodatamine_core.storage import connect
from tests.browser import reading
from tests.browser.conftest import App, serving_app
from tests.builders import dicom_volume, zip_of
from tests.redis_server import serving_redis
from tests.seaweed import Seaweed
from tests.servers import Page as Answer
from tests.servers import Site

HOW_FAR = re.compile(r"of 10\.\d MB")
LARGE = {**dicom_volume(6), "padding.bin": bytes(range(256)) * 40_000}


def test_a_scan_is_paused_resumed_and_opened_from_its_row(page: Page, fresh_app: App, http_site: Site) -> None:
    page.goto(f"{fresh_app.address}/jobs")
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    url = http_site.serve("/ward.zip", Answer(zip_of(LARGE, method=0), pause_after=3_000_000))
    reading.paste(page, fresh_app, url)
    assert http_site.paused.wait(60)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{fresh_app.address}/jobs")
        expect(tab.get_by_text("ward.zip", exact=True)).to_be_visible()
        expect(tab.get_by_text("Running", exact=True)).to_be_visible()
        expect(tab.get_by_text(re.compile(r"Download, .* of 10\.\d MB"))).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    for tab in (page, other):
        expect(tab.get_by_text("Paused", exact=True)).to_be_visible()
    http_site.go_on.set()
    other.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_text("7 files, version 1")).to_be_visible()
    page.get_by_role("button", name="Log").click()
    expect(page.get_by_text("Resumed; waits for a worker.")).to_be_visible()
    expect(page.get_by_text("Done: version 1.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Open").click()
    reading.wait_for_overview(page)


def test_a_failed_scan_says_why_in_its_row_and_is_retried(page: Page, app: App, http_site: Site) -> None:
    reading.paste(page, app, http_site.serve("/locked.zip", Answer(b"<html>Log in</html>", content_type="text/html")))
    expect(page.get_by_text("Failed", exact=True)).to_be_visible()
    page.goto(f"{app.address}/jobs")
    expect(page.get_by_text("HTML page").first).to_be_visible()
    http_site.serve("/locked.zip", zip_of(dicom_volume(6)))
    page.get_by_role("button", name="Retry").first.click()
    expect(page.get_by_text("6 files, version 1").first).to_be_visible()


def test_progress_survives_a_reload_another_browser_and_a_killed_server(
    page: Page, chromium: Browser, tmp_path: Path, http_site: Site
) -> None:
    url = http_site.serve("/ward.zip", Answer(zip_of(LARGE, method=0), pause_after=3_000_000))
    with ExitStack() as stack:
        first = stack.enter_context(serving_app(tmp_path))
        reading.paste(page, first, url)
        assert http_site.paused.wait(60)
        expect(page.get_by_text(HOW_FAR)).to_be_visible()
        page.reload()
        expect(page.get_by_text(HOW_FAR)).to_be_visible()
        colleague = stack.enter_context(chromium.new_context()).new_page()
        colleague.goto(page.url)
        expect(colleague.get_by_text(HOW_FAR)).to_be_visible()
        os.kill(first.pid, signal.SIGKILL)
        (worker,) = presence.alive(connect(first.variables["BIODATAMINE_STORAGE"]))
        second = stack.enter_context(serving_app(tmp_path))
        page.goto(page.url.replace(first.address, second.address))
        expect(page.get_by_text(HOW_FAR)).to_be_visible()
        page.goto(f"{second.address}/jobs")
        expect(page.get_by_text("Running", exact=True)).to_be_visible()
        http_site.go_on.set()
        expect(page.get_by_text("7 files, version 1")).to_be_visible()
        assert not leases.is_gone(worker.owner)


def test_two_servers_on_one_bucket_and_two_workers_on_redis_do_the_main_job(
    page: Page, tmp_path: Path, http_site: Site, seaweed: Seaweed
) -> None:
    with serving_redis() as redis_url, ExitStack() as stack:
        shared = {"BIODATAMINE_STORAGE": seaweed.address(), "BIODATAMINE_REDIS_URL": redis_url}
        folders = [tmp_path / name for name in ("one", "two")]
        for folder in folders:
            folder.mkdir()
        apps = [stack.enter_context(serving_app(folder, shared)) for folder in folders]
        command = [sys.executable, "-m", "biodatamine_core", "work", "--processes", "2"]
        workers = subprocess.Popen(command, env=apps[0].variables)
        stack.callback(workers.wait)
        stack.callback(workers.terminate)
        store = connect(shared["BIODATAMINE_STORAGE"], tmp_path / "state")
        give_up_at = time.monotonic() + 60
        while len(presence.alive(store)) < 2:
            assert time.monotonic() < give_up_at
        tabs = [page, page.context.new_page()]
        for number, (tab, app) in enumerate(zip(tabs, apps, strict=True)):
            reading.paste(tab, app, http_site.serve(f"/ward{number}.zip", zip_of(dicom_volume(5 + number))))
        for number, tab in enumerate(tabs):
            reading.wait_for_overview(tab)
            assert reading.headlines(tab)["Files"][0] == str(5 + number)
        for tab, app in zip(tabs, apps, strict=True):
            tab.goto(f"{app.address}/jobs")
            expect(tab.get_by_text("Done", exact=True)).to_have_count(2)
            tab.goto(f"{app.address}/datasets")
            for number in range(2):
                expect(tab.get_by_role("main").get_by_text(f"ward{number}.zip")).to_be_visible()
        assert len(presence.alive(store)) == 2  # neither server started one of its own
