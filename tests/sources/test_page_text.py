"""What a dataset's page says of it comes with its files: title, description, keywords."""

from collections.abc import Callable
from pathlib import Path

import pytest

from biodatamine_core import database, pipeline, versions
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse
from biodatamine_core.sources.asking.page_text import page_text
from biodatamine_core.storage import LocalStorage
from tests.builders import picture, zip_of
from tests.servers import Page, Site
from tests.sources.services import dataverse, figshare, github, huggingface, kaggle, osf, zenodo

LINES = "Chest CT\nScans of the lung.\nnodules"


@pytest.mark.parametrize(
    ("title", "description", "keywords", "text"),
    [
        pytest.param("Scans", "Of the liver.", ["CT", "cancer"], "Scans\nOf the liver.\nCT, cancer", id="all"),
        pytest.param("Scans", None, [], "Scans", id="a title alone"),
        pytest.param(None, "<p>Knee&nbsp;<b>MRI</b></p>\n<ul><li>3 T", [], "Knee MRI 3 T", id="HTML"),
        pytest.param("a\nb", None, [None, "c"], "a b\nc", id="a line break in a title"),
        pytest.param(
            None,
            "TR < 20 ms and TE > 5 ms of the knee",
            [],
            "TR < 20 ms and TE > 5 ms of the knee",
            id="less and greater",
        ),
        pytest.param(None, None, [], None, id="nothing"),
    ],
)
def test_a_page_is_told_in_lines_without_markup(title, description, keywords, text):
    assert page_text(title, description, keywords) == text


def test_a_long_page_is_cut():
    assert len(page_text("t" * 9_000, "<" * 100_000 + "d" * 9_000, ["k"] * 9_000) or "") <= 8_300


@pytest.mark.parametrize(
    ("serve", "pasted", "about"),
    [
        pytest.param(
            zenodo, "https://zenodo.org/records/42", "Chest CT\nScans of the lung .\nCT, nodules", id="Zenodo"
        ),
        pytest.param(
            figshare,
            "https://figshare.com/articles/dataset/_/42",
            "Chest CT\nScans of the lung.\nCT, nodules",
            id="figshare",
        ),
        pytest.param(huggingface, "https://huggingface.co/datasets/lab/ct", LINES, id="Hugging Face"),
        pytest.param(osf, "https://osf.io/ab3de", LINES, id="OSF"),
        pytest.param(
            kaggle,
            "https://www.kaggle.com/datasets/lab/chest-ct",
            "Chest CT\nScans. of the lung.\nnodules",
            id="Kaggle",
        ),
        pytest.param(github, "https://github.com/lab/chest", "chest\nScans of the lung\nct, nodules", id="GitHub"),
    ],
)
def test_what_a_service_says_of_a_dataset_comes_with_its_files(
    serve: Callable[[Site], None], pasted: str, about: str, http_site: Site, services: Reach
) -> None:
    serve(http_site)
    assert {artifact.about for artifact in parse(pasted).artifacts(services)} == {about}


def test_what_a_dataverse_says_of_a_dataset_comes_with_its_files(http_site: Site, services: Reach) -> None:
    dataverse(http_site)
    pasted = f"{http_site.address}/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC"
    assert {artifact.about for artifact in parse(pasted).artifacts(services)} == {LINES}


PAGE = """<html><head><title>Our data</title><meta name="Description" content="Echocardiography">
<meta name="keywords" content="heart, ultrasound"></head><body><a href="d.zip">get it</a>"""


def test_the_page_that_links_to_a_file_speaks_for_pictures_without_words(http_site: Site, tmp_path: Path) -> None:
    http_site.serve("/d.zip", zip_of({"0001.png": picture()}))
    url = http_site.serve("/page", Page(PAGE.encode(), content_type="text/html"))
    store = LocalStorage(tmp_path / "store")
    settings = Settings(state_dir=tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}), workers=1)
    version = pipeline.run(url, store, "d/", settings=settings)
    with database.open_version(versions.parquet_paths(store, version)) as connection:
        found = connection.execute("SELECT modality, list_contains(anatomy_zones, 'chest') FROM series").fetchall()
        because = connection.execute("SELECT DISTINCT source, strength FROM clues").fetchall()
    assert (found, because) == ([("US", True)], [("page", "weak")])
