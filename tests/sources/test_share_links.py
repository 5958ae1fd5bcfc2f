"""Links that people share: Dropbox, Google Drive with its page about viruses, clouds that need a browser."""

import pytest

from biodatamine_core.errors import DownloadFailed, NotTheData, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach, parse
from tests.servers import Page, Site
from tests.sources.services import CT, DRIVE_ID, ZIP, dropbox, google_drive

DRIVE = f"https://drive.google.com/file/d/{DRIVE_ID}/view"
UC = f"/uc?export=download&id={DRIVE_ID}"


def about_viruses(action: str) -> Page:
    """The page that Drive sends before a large file, in its parts that matter; as of 2024."""
    fields = {"id": DRIVE_ID, "export": "download", "confirm": "t", "uuid": "3f-1"}
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return Page(
        f"""<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>
        <form action="/other"><input type="hidden" name="q" value="1"></form>
        <form id="download-form" action="{action}" method="get">
        <input type="submit" id="uc-download-link" value="Download anyway"/>{inputs}</form></body></html>""".encode(),
        content_type="text/html; charset=utf-8",
    )


def test_a_large_file_is_taken_past_the_page_about_viruses(http_site: Site, services: Reach) -> None:
    http_site.serve("/uc", about_viruses("/download"))
    named = Page(ZIP, headers={"Content-Disposition": 'attachment; filename="ct scans.zip"'})
    http_site.serve(f"/download?id={DRIVE_ID}&export=download&confirm=t&uuid=3f-1", named)
    (found,) = parse(DRIVE).artifacts(services)
    assert found == Artifact("ct scans.zip", http_site.address + UC, len(ZIP))
    assert found.link == f"{http_site.address}/download?id={DRIVE_ID}&export=download&confirm=t&uuid=3f-1"


@pytest.mark.parametrize("action", ["https://example.org/download", "http://[x/", ""])
def test_a_button_that_leads_elsewhere_is_not_pressed(action: str, http_site: Site, services: Reach) -> None:
    http_site.serve("/uc", about_viruses(action))
    with pytest.raises(NotTheData, match="Anyone with the link"):
        list(parse(DRIVE).artifacts(services))


def test_a_file_that_was_downloaded_too_often_is_told(http_site: Site, services: Reach) -> None:
    page = b"<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>"
    http_site.serve("/uc", Page(page, content_type="text/html"))
    with pytest.raises(DownloadFailed, match="downloaded too often"):
        list(parse(DRIVE).artifacts(services))


def test_a_file_is_named_as_its_cloud_names_it(http_site: Site, services: Reach) -> None:
    google_drive(http_site)
    (found,) = parse(DRIVE).artifacts(services)
    assert found == Artifact("1.dcm", http_site.address + UC, len(CT))
    dropbox(http_site)
    (found,) = parse("https://www.dropbox.com/scl/fi/a1b2c3d4e5f6g7/x.dcm?rlkey=k&st=y&dl=0").artifacts(
        given(http_site, "/scl/fi/a1b2c3d4e5f6g7/x.dcm?rlkey=k&dl=1", services)
    )
    assert (found.name, found.size_bytes) == ("1.dcm", len(CT))


def given(site: Site, path: str, services: Reach) -> Reach:
    """With the file of the Dropbox at this path and no other."""
    site.pages[path] = site.pages.pop("/scl/fi/a1b2c3d4e5f6g7/1.dcm")
    return services


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("https://drive.google.com/drive/folders/1aB2cD3eF4gH5iJ6?usp=sharing", "a folder of Google Drive"),
        ("https://drive.google.com/drive/u/0/folders/1aB2cD3eF4gH5iJ6", "a folder of Google Drive"),
        ("https://docs.google.com/spreadsheets/d/1aB2cD3eF4gH5iJ6/edit#gid=0", "a document of Google"),
        ("https://drive.google.com/drive/my-drive", "is no file; paste its link"),
        ("https://www.dropbox.com/home/ct", 'press "Share"'),
        ("https://www.dropbox.com/t/AbC", 'press "Share"'),
        ("https://1drv.ms/u/s!AbC", 'add "download=1"'),
        ("https://onedrive.live.com/?id=1&cid=2", 'add "download=1"'),
        ("https://lab.sharepoint.com/:f:/s/Team/Eabc?e=x", 'add "download=1"'),
        ("https://lab-my.sharepoint.com/:u:/g/personal/ana/Eabc", "upload them here"),
        ("https://app.box.com/s/ab12cd34ef56", "Direct link"),
        ("https://lab.app.box.com/v/ct", "Direct link"),
        ("https://mega.nz/folder/AbC#key", "MEGA gives files in a browser only"),
        ("https://we.tl/t-AbC", "WeTransfer gives files in a browser only"),
        ("https://www.icloud.com/iclouddrive/0ab#ct", "upload them here"),
    ],
)
def test_a_link_that_works_in_a_browser_only_says_what_to_do(pasted: str, sentence: str) -> None:
    with pytest.raises(UnsupportedURL, match=sentence):
        parse(pasted)
