"""The Cancer Imaging Archive and Imaging Data Commons: what each lists, and which pages are too much or too little."""

import json

import pytest

from biodatamine_core.errors import DownloadFailed, LimitExceeded, NotFound, UnsupportedURL
from biodatamine_core.records import Artifact
from biodatamine_core.sources import Reach, parse
from tests.servers import Page, Site
from tests.sources.clouds import CT, ETAG, FOLDER, SERIES, idc, idc_row, idc_rows, s3_page, tcia
from tests.sources.services import said

COLLECTION = "https://portal.imaging.datacommons.cancer.gov/explore/filters/?collection_id=chest_ct"

# -------------------------------------------------------------------------------------------------------------- TCIA


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("https://www.cancerimagingarchive.net/collection/chest-ct/", id="collection"),
        pytest.param("https://wiki.cancerimagingarchive.net/display/Public/Chest+CT", id="wiki"),
        pytest.param(f"https://nbia.cancerimagingarchive.net/viewer/?series={SERIES}", id="series"),
    ],
)
def test_a_collection_of_tcia_is_a_zip_of_each_series(pasted: str, http_site: Site, services: Reach) -> None:
    tcia(http_site)
    (found,) = parse(pasted).artifacts(services)
    assert found == Artifact(
        f"{SERIES}.zip",
        f"{http_site.address}/nbia-api/services/v4/getImage?SeriesInstanceUID={SERIES}",
        licence="Creative Commons Attribution 3.0 Unported License",
        version=f"2020-04-01 1 {len(CT)}",
    )


def test_a_collection_without_dicom_is_told(http_site: Site, services: Reach) -> None:
    tcia(http_site)
    with pytest.raises(NotFound, match=r"no DICOM images of a collection ct-of-mice.*such as slides"):
        list(parse("https://www.cancerimagingarchive.net/collection/ct-of-mice/").artifacts(services))


def test_a_collection_of_too_many_series_is_told(http_site: Site, services: Reach) -> None:
    tcia(http_site)
    series = [{"SeriesInstanceUID": f"1.2.3.{number}"} for number in range(10_001)]
    http_site.serve("/nbia-api/services/v4/getSeries?Collection=Chest+CT&format=json", said(series))
    with pytest.raises(LimitExceeded, match="more than 10,000"):
        list(parse("https://www.cancerimagingarchive.net/collection/chest-ct/").artifacts(services))


@pytest.mark.parametrize(
    "page",
    [
        "",
        "browse-collections/",
        "analysis-result/lung-seg/",
        "viewer/?series=1.2.3%27",
        "nbia-search/?saved-cart=nbia-1",
        "nbia-search/?CollectionCriteria=A,B",
        "nbia-search/?CollectionCriteria=A&ImageModalityCriteria=CT",
    ],
)
def test_a_page_of_tcia_that_is_no_collection_is_refused(page: str) -> None:
    with pytest.raises(UnsupportedURL, match=r"is no collection, study or series"):
        parse(f"https://www.cancerimagingarchive.net/{page}")


# --------------------------------------------------------------------------------------------------------------- IDC


def test_a_collection_of_idc_is_the_files_of_its_series(http_site: Site, services: Reach) -> None:
    idc(http_site)
    (found,) = parse(COLLECTION).artifacts(services)
    url = f"{http_site.address}/idc-open-data/{FOLDER}/a1.dcm"
    assert found == Artifact(f"chest_ct/{SERIES}/a1.dcm", url, len(CT), None, "CC BY 3.0", ETAG)
    asked = json.loads(http_site.bodies[0])["sql"]
    assert "WHERE collection_id IN ('chest_ct') AND SeriesInstanceUID > ''" in asked


def test_a_series_of_idc_is_asked_for_as_such(http_site: Site, services: Reach) -> None:
    idc(http_site)
    viewer = "https://viewer.imaging.datacommons.cancer.gov/viewer/1.3.6.1.4?SeriesInstanceUID=1.3.7,1.3.6"
    assert len(list(parse(viewer).artifacts(services))) == 1
    asked = json.loads(http_site.bodies[0])["sql"]
    assert "StudyInstanceUID IN ('1.3.6.1.4') AND SeriesInstanceUID IN ('1.3.6', '1.3.7')" in asked


def test_files_keep_the_order_of_their_series(http_site: Site, services: Reach) -> None:
    rows = [idc_row(f"1.2.3.{number}", f"8e4ccba1-74f4-4ffa-93f1-2a0263c8c9c{number}") for number in range(8)]
    http_site.serve("/v3/sql", idc_rows(*rows))
    for row in rows:
        folder = str(row["series_aws_url"]).split("/")[3]
        http_site.serve(f"/idc-open-data/?list-type=2&prefix={folder}%2F", s3_page((f"{folder}/a.dcm", 9)))
    names = [artifact.name for artifact in parse(COLLECTION).artifacts(services)]
    assert names == [f"chest_ct/1.2.3.{number}/a.dcm" for number in range(8)]


def test_a_collection_of_idc_is_counted_to_its_end_before_it_is_listed(http_site: Site, services: Reach) -> None:
    first = [idc_row(f"1.2.3.{number:04}") for number in range(1000)]
    http_site.serve("/v3/sql", idc_rows(*first), idc_rows(idc_row("1.2.4.0", instance_count=9_001)))
    with pytest.raises(LimitExceeded, match="more than 10,000 files"):
        list(parse(COLLECTION).artifacts(services))
    assert "SeriesInstanceUID > '1.2.3.0999'" in json.loads(http_site.bodies[1])["sql"]
    assert http_site.asked("GET") == []


def test_a_series_without_a_folder_is_not_left_out_in_silence(http_site: Site, services: Reach) -> None:
    http_site.serve("/v3/sql", idc_rows(idc_row(folder="elsewhere")))
    with pytest.raises(DownloadFailed, match=f"no folder for the series {SERIES}"):
        list(parse(COLLECTION).artifacts(services))


def test_a_bucket_that_refuses_ends_the_listing(http_site: Site, services: Reach) -> None:
    idc(http_site)
    http_site.serve("/idc-open-data/", Page(status=403))
    with pytest.raises(DownloadFailed, match="s3://idc-open-data"):
        list(parse(COLLECTION).artifacts(services))


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        pytest.param("portal.{site}/explore/filters/?Modality_op=OR&Modality=SM", "names no collection", id="modality"),
        pytest.param("portal.{site}/explore/filters/?collection_id=TCGA", '"TCGA" is no collection_id', id="program"),
        pytest.param("portal.{site}/explore/filters/?collection_id=a%27+OR+%271", "is no collection_id", id="quote"),
        pytest.param(
            "portal.{site}/explore/filters/?collection_id=nlst&BodyPartExamined=LUNG", "cannot apply", id="filter"
        ),
        pytest.param("viewer.{site}/viewer/1.2.3'--", "is no StudyInstanceUID", id="no UID"),
        pytest.param("portal.{site}/", "names no collection", id="home"),
    ],
)
def test_a_page_of_idc_that_cannot_be_taken_whole_is_refused(page: str, sentence: str) -> None:
    with pytest.raises(UnsupportedURL, match=sentence):
        parse(f"https://{page.format(site='imaging.datacommons.cancer.gov')}")
