"""DICOMweb: a real Orthanc with its pages, searches in pages, objects in envelopes."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biodatamine_core import pipeline
from biodatamine_core.credentials import Credentials, SignIn, place_of
from biodatamine_core.errors import BrokenOff, ChoiceNeeded, DownloadFailed, NotFound, UnsupportedURL
from biodatamine_core.settings import Settings
from biodatamine_core.sources import Reach, parse
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport.multipart import boundary_of, only_part
from tests.builders import dicom_slice
from tests.orthanc_server import PASSWORD, USER, Orthanc, serving_orthanc
from tests.servers import Page, Site
from tests.sources.services import said

SLICES = [
    dicom_slice(position_mm=(0.0, 0.0, float(number)), instance=number, patient_id="P-77", PatientName="Doe^Jane")
    for number in range(3)
] + [dicom_slice(modality="MR", series="series 2", patient_id="P-77")]
FACTS = [pydicom.dcmread(BytesIO(data)) for data in SLICES]
STUDY, SERIES, INSTANCE = FACTS[0].StudyInstanceUID, FACTS[0].SeriesInstanceUID, FACTS[0].SOPInstanceUID
NAMES = {f"{one.SeriesInstanceUID}/{one.SOPInstanceUID}.dcm" for one in FACTS}


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with serving_orthanc(tmp_path_factory.mktemp("orthanc")) as server:
        yield server


@pytest.fixture(scope="module")
def kept(orthanc: Orthanc) -> list[dict[str, Any]]:
    """Orthanc's own ids of the four instances that it keeps."""
    return [orthanc.store(data) for data in SLICES]


def signed(server: Orthanc, password: str = PASSWORD) -> Credentials:
    return Credentials({place_of(server.address): SignIn.basic(USER, password, plain_http=True)})


def reach(server: Orthanc, folder: Path, password: str = PASSWORD) -> Reach:
    settings = Settings(allowed_hosts=frozenset({"127.0.0.1"}))
    return Reach.of(settings, LocalStorage(folder), signed(server, password))


@pytest.mark.usefixtures("kept")
def test_a_study_is_scanned_as_its_server_keeps_it(orthanc: Orthanc, tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "store"), tmp_path / "state", allowed_hosts=frozenset({"127.0.0.1"}), workers=1)
    store = LocalStorage(tmp_path / "store")
    url = f"{orthanc.root}/studies/{STUDY}"
    version = pipeline.run(url, store, "d/", settings=settings, credentials=signed(orthanc))
    assert (version.summary.files, version.summary.modalities) == (4, {"CT": 1, "MR": 1})
    kept_bytes = {store.read(entry.key).data for entry in store.list("objects/")}
    assert kept_bytes == set(SLICES)
    again = pipeline.run(url, store, "d/", settings=settings, credentials=signed(orthanc))
    assert again.number == version.number


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("path", "names"),
    [
        pytest.param(f"studies/{STUDY}", NAMES, id="study"),
        pytest.param(f"studies/{STUDY}/series", NAMES, id="its series"),
        pytest.param(f"studies?StudyInstanceUID={STUDY}", NAMES, id="a search for one study"),
        pytest.param(
            f"studies/{STUDY}/series/{SERIES}/metadata", {f"{one.SOPInstanceUID}.dcm" for one in FACTS[:3]}, id="series"
        ),
        pytest.param(f"studies/{STUDY}/series/{SERIES}/instances/{INSTANCE}", {f"{INSTANCE}.dcm"}, id="instance"),
    ],
)
def test_each_level_lists_its_instances(path: str, names: set[str], orthanc: Orthanc, tmp_path: Path) -> None:
    found = list(parse(f"{orthanc.root}/{path}").artifacts(reach(orthanc, tmp_path)))
    assert {artifact.name for artifact in found} == names
    assert all(artifact.url.startswith(f"{orthanc.root}/studies/{STUDY}/series/") for artifact in found)


@pytest.mark.parametrize(("level", "key", "count"), [("study", "ParentStudy", 4), ("series", "ParentSeries", 3)])
def test_the_page_of_orthanc_that_a_person_looks_at_is_read(
    level: str, key: str, count: int, orthanc: Orthanc, kept: list[dict[str, Any]], tmp_path: Path
) -> None:
    pasted = f"{orthanc.address}/app/explorer.html#{level}?uuid={kept[0][key]}"
    found = list(parse(pasted).artifacts(reach(orthanc, tmp_path)))
    assert len(found) == count
    assert f"/studies/{STUDY}/" in found[0].url


@pytest.mark.usefixtures("kept")
def test_a_server_offers_its_studies_and_names_no_patient(orthanc: Orthanc, tmp_path: Path) -> None:
    with pytest.raises(ChoiceNeeded, match=r"has 1 studies; pick one.*CT and MR, 4 files") as caught:
        list(parse(f"{orthanc.root}/").artifacts(reach(orthanc, tmp_path)))
    assert [url for _, url, _ in caught.value.candidates] == [f"{orthanc.root}/studies/{STUDY}"]
    assert "P-77" not in str(caught.value) and "Doe" not in str(caught.value)


def test_a_wrong_password_and_a_study_that_is_not_there_are_told(orthanc: Orthanc, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="Sign-ins"):
        list(parse(f"{orthanc.root}/studies/{STUDY}").artifacts(reach(orthanc, tmp_path, "wrong")))
    with pytest.raises(NotFound, match="has no files"):
        list(parse(f"{orthanc.root}/studies/1.2.3.4.5").artifacts(reach(orthanc, tmp_path)))
    with pytest.raises(NotFound, match="check the address"):
        uuid = "-".join(["0" * 8] * 5)
        list(parse(f"{orthanc.address}/app/explorer.html#study?uuid={uuid}").artifacts(reach(orthanc, tmp_path)))


# ------------------------------------------------------------------------------------------- what other servers do


def found(instance: str) -> dict[str, object]:
    """An answer of a search. Source: DICOM PS3.18, F.2."""
    return {"0020000E": {"vr": "UI", "Value": ["1.2.3.5"]}, "00080018": {"vr": "UI", "Value": [instance]}}


def test_every_page_of_a_search_is_read_until_nothing_more_is_found(http_site: Site, services: Reach) -> None:
    path = "/rs/studies/1.2.3.4/instances"
    http_site.serve(f"{path}?limit=1000&offset=0", said([found("1.1"), found("1.2")]))
    http_site.serve(f"{path}?limit=1000&offset=2", said([found("1.3")]))
    http_site.serve(f"{path}?limit=1000&offset=3", Page(status=204))
    listed = parse(f"{http_site.address}/rs/studies/1.2.3.4").artifacts(services)
    assert [artifact.name for artifact in listed] == ["1.2.3.5/1.1.dcm", "1.2.3.5/1.2.dcm", "1.2.3.5/1.3.dcm"]


def test_an_instance_whose_name_leads_elsewhere_is_left_out(http_site: Site, services: Reach) -> None:
    of_no_series = {"00080018": {"vr": "UI", "Value": ["1.2"]}}
    path = "/rs/studies/1.2.3.4/instances"
    http_site.serve(f"{path}?limit=1000&offset=0", said([found("../../admin"), of_no_series, found("1.1")]))
    http_site.serve(f"{path}?limit=1000&offset=3", said([found("1.3")]))
    http_site.serve(f"{path}?limit=1000&offset=4", said([]))
    listed = parse(f"{http_site.address}/rs/studies/1.2.3.4").artifacts(services)
    assert [artifact.name for artifact in listed] == ["1.2.3.5/1.1.dcm", "1.2.3.5/1.3.dcm"]


@pytest.mark.parametrize("path", ["studies?PatientID=P-77", "instances?00100010=Doe*", "series?PatientName=Doe"])
def test_a_search_for_a_patient_is_refused_without_naming_one(path: str) -> None:
    with pytest.raises(UnsupportedURL, match=r"paste https://pacs\.lab/dicom-web/studies to see") as caught:
        parse(f"https://pacs.lab/dicom-web/{path}")
    assert "P-77" not in str(caught.value) and "Doe" not in str(caught.value)


def envelope(*parts: bytes, boundary: str = "b-1") -> bytes:
    """Source: RFC 2046, 5.1.1."""
    headers = b"Content-Type: application/dicom\r\n\r\n"
    return b"".join(b"\r\n--b-1\r\n" + headers + part for part in parts) + b"\r\n--b-1--\r\n"


@given(cut=st.integers(1, 200), part=st.binary(max_size=120) | st.just(b"\r\n--b-" * 9))
@settings(max_examples=50, deadline=None)
def test_an_object_comes_out_of_its_envelope_whole_wherever_the_network_cuts_it(cut: int, part: bytes) -> None:
    sent = envelope(part)
    pieces = [sent[start : start + cut] for start in range(0, len(sent), cut)]
    if b"\r\n--b-1" not in part:
        assert b"".join(only_part(iter(pieces), b"b-1", "https://x/")) == part


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        pytest.param(envelope(b"one", b"two"), DownloadFailed, id="two objects"),
        pytest.param(envelope(b"one")[:-12], BrokenOff, id="cut"),
        pytest.param(b"\r\n--b-1--\r\n", BrokenOff, id="none"),
        pytest.param(b"\0" * 200_000, BrokenOff, id="no part"),
    ],
)
def test_an_envelope_that_does_not_hold_one_object_is_told(sent: bytes, error: type[DownloadFailed]) -> None:
    with pytest.raises(error, match="https://x/"):
        list(only_part(iter([sent]), b"b-1", "https://x/?key=geheim"))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ('multipart/related; type="application/dicom"; boundary=b-1', b"b-1"),
        ('Multipart/Related; boundary="b 1"', b"b 1"),
        ("application/dicom", None),
        ("multipart/related", None),
        (None, None),
    ],
)
def test_the_boundary_is_read_as_servers_write_it(content_type: str | None, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary
