"""The HTML report: one file that loads nothing, names no path, and tells what the tables hold."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from biodatamine_core import exporters, workspaces
from biodatamine_core.settings import Settings
from tests.builders import dicom_slice, dicom_volume, picture, zip_of


@pytest.fixture
def report(tmp_path: Path) -> str:
    files = {
        **{f"Doe^Jane/{name}": data for name, data in dicom_volume(6, PatientAge="041Y", PatientSex="F").items()},
        "Doe^Jane/us.dcm": dicom_slice("US", series="2", Manufacturer="<script>alert(1)</script>"),
        "Doe^Jane/a.png": picture(),
        "Doe^Jane/b.png": picture(),
        "Doe^Jane/cut.dcm": dicom_slice(series="3")[:300],
    }
    (tmp_path / "ward.zip").write_bytes(zip_of(files))
    settings = Settings(storage_url=str(tmp_path / "store"), state_dir=tmp_path / "state")
    dataset = workspaces.open_workspace(settings).scan(str(tmp_path / "ward.zip"))
    output = exporters.export("html", dataset.published(), dataset.parquet(), tmp_path / "report.html")
    return output.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """What a browser would load, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]


def test_it_is_one_file_without_script(report: str) -> None:
    page = Reader(report)
    assert not {"script", "link", "iframe", "object", "form"} & {*page.tags}
    assert page.loaded and all(source.startswith("data:image/") for source in page.loaded)
    assert "url(" not in report and "@import" not in report


def test_it_names_no_path(report: str) -> None:
    assert "Doe" not in report and "ward" not in report
    assert "paths are withheld" in report


def test_it_tells_numbers_charts_and_findings_with_their_base(report: str) -> None:
    text = re.sub(r"<[^>]+>", " ", report)
    assert "9 of 10 files were read" in text
    assert re.search(r"CT\s+1\s+|CT\s+2\s+", text) and "Ultrasound" in text
    assert re.search(r"Age in years\s+1 patient", text)
    assert "1 of 10 files ends too early" in text and "Download damaged files again" in text


def test_what_a_header_states_is_text_and_not_html(report: str) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in report


def test_pictures_that_may_carry_writing_are_left_out(report: str) -> None:
    shown = re.findall(r'<img [^>]*alt="([^"]*)"', report)
    assert shown and not any(alt.startswith("Ultrasound") for alt in shown)
