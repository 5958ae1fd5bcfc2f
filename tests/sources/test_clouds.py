"""Buckets of S3, Google Cloud and Azure: files, folders, signatures, and what is kept out of reach."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from biodatamine_core import cli
from biodatamine_core.errors import DownloadFailed, LimitExceeded, PermissionDenied, UnsupportedURL
from biodatamine_core.records import Artifact, Validator
from biodatamine_core.settings import S3Key, Settings, environment
from biodatamine_core.sources import Reach, parse
from biodatamine_core.storage import LocalStorage
from tests.seaweed import SECRET_KEY, Seaweed
from tests.servers import Page, Site
from tests.sources.clouds import CT, ETAG, SECOND, azure, azure_page, gcs, gcs_object, s3, s3_page
from tests.sources.services import said

MD5 = hashlib.md5(CT, usedforsecurity=False).hexdigest()

# ---------------------------------------------------------------------------------------------------------------- S3


def test_a_bucket_of_s3_is_all_its_objects(http_site: Site, services: Reach) -> None:
    s3(http_site)
    first, second = parse("s3://chest-ct/").artifacts(services)
    assert first == Artifact("ct/1 a.dcm", f"{http_site.address}/chest-ct/ct/1%20a.dcm", len(CT), version=ETAG)
    assert first.validator == Validator(ETAG, None, len(CT))
    assert (second.name, second.signed_url) == ("ct/2.dcm", None)


def test_a_folder_of_s3_is_named_from_there(http_site: Site, services: Reach) -> None:
    http_site.serve("/chest-ct/?list-type=2&prefix=ct%2F", s3_page(("ct/1.dcm", 9), ("ct/../2.dcm", 9)))
    assert [one.name for one in parse("s3://chest-ct/ct").artifacts(services)] == ["1.dcm"]


@pytest.mark.parametrize("pasted", ["s3://chest-ct/ct/2.dcm", "https://chest-ct.s3.eu-west-1.amazonaws.com/ct/2.dcm"])
def test_an_object_of_s3_is_taken_alone(pasted: str, http_site: Site, services: Reach) -> None:
    s3(http_site)
    (found,) = parse(pasted).artifacts(services)
    assert (found.name, found.size_bytes, found.version) == ("2.dcm", len(SECOND), ETAG)
    assert found.url == f"{http_site.address}/chest-ct/ct/2.dcm"


def test_a_folder_that_refuses_to_be_a_file_is_listed(http_site: Site, services: Reach) -> None:
    http_site.serve("/chest-ct/ct", Page(status=403))
    http_site.serve("/chest-ct/", s3_page(("ct/1.dcm", 9)))
    assert [one.name for one in parse("s3://chest-ct/ct").artifacts(services)] == ["1.dcm"]


def test_a_bucket_with_too_many_objects_is_told(http_site: Site, services: Reach) -> None:
    page = s3_page(*((f"{number}.dcm", 9) for number in range(1000)), more="next")
    http_site.serve("/chest-ct/", page)
    with pytest.raises(LimitExceeded, match=r"s3://chest-ct at S3 lists more than 10,000 files"):
        list(parse("s3://chest-ct").artifacts(services))


@pytest.mark.parametrize("status", [301, 400])
def test_a_bucket_of_another_region_is_told(status: int, http_site: Site, services: Reach) -> None:
    http_site.serve("/chest-ct/", Page(status=status))
    with pytest.raises(DownloadFailed, match=r"another region .*AWS_DEFAULT_REGION"):
        list(parse("s3://chest-ct").artifacts(services))


def test_a_listing_that_bombs_is_no_listing(http_site: Site, services: Reach) -> None:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))
    http_site.serve(
        "/chest-ct/", f"<!DOCTYPE ListBucketResult [{names}]><ListBucketResult>&e8;</ListBucketResult>".encode()
    )
    with pytest.raises(DownloadFailed):
        list(parse("s3://chest-ct").artifacts(services))


def seaweed_settings(seaweed: Seaweed, tmp_path: Path, **variables: str) -> Settings:
    return environment(
        {
            **seaweed.variables,
            "BIODATAMINE_STORAGE": str(tmp_path / "store"),
            "BIODATAMINE_ALLOW_HOSTS": "127.0.0.1",
            **variables,
        }
    )


def test_a_public_bucket_is_not_shown_the_key(http_site: Site, services: Reach) -> None:
    s3(http_site)
    key = S3Key("AKIA", "geheim")
    found = list(parse("s3://chest-ct").artifacts(replace(services, services=replace(services.services, s3_key=key))))
    assert [one.signed_url for one in found] == [None, None]
    assert not any("AKIA" in path for _, path, _ in http_site.requests)


@pytest.fixture
def bucket(seaweed: Seaweed) -> str:
    """A private bucket with two objects, one of them with a name that must be escaped."""
    address = seaweed.address()
    place = urlsplit(address)
    for name, data in {"ct/1 ä+b.dcm": CT, "2.dcm": SECOND}.items():
        seaweed.client().put_object(Bucket=place.netloc, Key=f"{place.path.lstrip('/')}/{name}", Body=data)
    return address


def test_a_private_bucket_is_read_with_the_key_of_whoever_runs_this(
    bucket: str, seaweed: Seaweed, tmp_path: Path
) -> None:
    reach = Reach.of(seaweed_settings(seaweed, tmp_path), LocalStorage(tmp_path / "store"))
    found = {one.name: one for one in parse(bucket).artifacts(reach)}
    assert {name: one.size_bytes for name, one in found.items()} == {"ct/1 ä+b.dcm": len(CT), "2.dcm": len(SECOND)}
    for name, data in {"ct/1 ä+b.dcm": CT, "2.dcm": SECOND}.items():
        assert SECRET_KEY not in found[name].link and "Signature" not in found[name].url
        with reach.transport.stream(found[name].link, 0, 4) as (facts, chunks):
            assert (b"".join(chunks), facts.is_part) == (data[:4], True)
            assert found[name].validator == facts.validator
    (one,) = parse(f"{bucket}/2.dcm").artifacts(reach)
    assert (one.name, one.size_bytes, one.version) == ("2.dcm", len(SECOND), found["2.dcm"].version)


@pytest.mark.long
def test_pages_of_a_real_listing_are_read_to_the_end(seaweed: Seaweed, tmp_path: Path) -> None:
    address = seaweed.address()
    place = urlsplit(address)
    client = seaweed.client()
    names = [f"{number:04}.dcm" for number in range(1001)]  # a page holds a thousand
    for name in names:
        client.put_object(Bucket=place.netloc, Key=f"{place.path.lstrip('/')}/{name}", Body=b"x")
    reach = Reach.of(seaweed_settings(seaweed, tmp_path), LocalStorage(tmp_path / "store"))
    assert [one.name for one in parse(f"{address}/").artifacts(reach)] == names


def test_a_wrong_key_of_s3_is_told(bucket: str, seaweed: Seaweed, tmp_path: Path) -> None:
    settings = seaweed_settings(seaweed, tmp_path, AWS_SECRET_ACCESS_KEY="wrong-and-geheim")
    with pytest.raises(DownloadFailed, match="AWS_SECRET_ACCESS_KEY") as caught:
        list(parse(bucket).artifacts(Reach.of(settings, LocalStorage(tmp_path / "store"))))
    assert "geheim" not in str(caught.value)


def test_the_key_of_the_storage_opens_only_buckets_that_are_named(
    bucket: str, seaweed: Seaweed, tmp_path: Path
) -> None:
    stored_on_s3 = {"BIODATAMINE_STORAGE": "s3://store", "BIODATAMINE_S3_URL": seaweed.endpoint}
    store = LocalStorage(tmp_path / "store")
    unnamed = Reach.of(seaweed_settings(seaweed, tmp_path, **stored_on_s3), store)
    with pytest.raises(DownloadFailed, match="BIODATAMINE_S3_BUCKETS"):
        list(parse(bucket).artifacts(unnamed))
    named = {**stored_on_s3, "BIODATAMINE_S3_BUCKETS": f"other, {urlsplit(bucket).netloc}"}
    assert list(parse(bucket).artifacts(Reach.of(seaweed_settings(seaweed, tmp_path, **named), store)))


def test_our_own_storage_is_no_dataset(seaweed: Seaweed, tmp_path: Path) -> None:
    from biodatamine_core import storage

    address = seaweed.address()
    store = storage.connect(address, tmp_path)
    reach = Reach.of(seaweed_settings(seaweed, tmp_path), store)
    above = address.rpartition("/")[0]
    for pasted in (address, f"{address}/workspaces", f"{address}/users/ana.json", above):
        with pytest.raises(PermissionDenied, match="BioDataMine's own storage"):
            list(parse(pasted).artifacts(reach))


@pytest.mark.parametrize(
    "mode",
    [pytest.param(["--copy"], marks=pytest.mark.long, id="copy"), pytest.param(["--headers-only"], id="headers")],
)
def test_the_command_line_scans_a_private_bucket(
    mode: list[str],
    bucket: str,
    seaweed: Seaweed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"STORAGE": "store", "STATE": "state"}.items():
        monkeypatch.setenv(f"BIODATAMINE_{name}", str(tmp_path / value))
    monkeypatch.setenv("BIODATAMINE_WORKERS", "1")
    monkeypatch.setenv("BIODATAMINE_ALLOW_HOSTS", "127.0.0.1")
    assert cli.main(["scan", bucket, "--json", *mode]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["modalities"], summary["readable_files"]) == ({"CT": 1}, 2)
    assert any((tmp_path / "store" / "objects").rglob("*")) == (mode == ["--copy"])


# -------------------------------------------------------------------------------------------------------------- GCS


def test_a_bucket_of_google_is_all_its_objects(http_site: Site, services: Reach) -> None:
    gcs(http_site)
    (found,) = parse("gs://chest-ct").artifacts(services)
    url = f"{http_site.address}/chest-ct/ct/1%20a.dcm"
    assert found == Artifact("ct/1 a.dcm", url, len(CT), f"md5:{MD5}", None, "17")
    assert found.validator == Validator(f'"{MD5}"', None, len(CT))


def test_an_object_of_google_is_taken_alone(http_site: Site, services: Reach) -> None:
    http_site.serve("/storage/v1/b/chest-ct/o/ct%2F1.dcm", said(gcs_object("ct/1.dcm", CT)))
    (found,) = parse("https://storage.cloud.google.com/chest-ct/ct/1.dcm?authuser=0").artifacts(services)
    assert (found.name, found.checksum) == ("1.dcm", f"md5:{MD5}")


def test_a_folder_of_google_is_named_from_there(http_site: Site, services: Reach) -> None:
    item = gcs_object("ct/1.dcm", CT)
    composed = {name: value for name, value in item.items() if name != "md5Hash"}
    http_site.serve("/storage/v1/b/chest-ct/o", said({"items": [composed, gcs_object("ct/", b"")]}))
    (found,) = parse("https://console.cloud.google.com/storage/browser/chest-ct/ct").artifacts(services)
    assert (found.name, found.checksum) == ("1.dcm", None)


# ------------------------------------------------------------------------------------------------------------ Azure


def test_a_container_of_azure_is_all_its_blobs(http_site: Site, services: Reach) -> None:
    azure(http_site)
    first, second = parse("https://lab.blob.core.windows.net/chest-ct").artifacts(services)
    url = f"{http_site.address}/lab/chest-ct/ct/1%20a.dcm"
    assert first == Artifact("ct/1 a.dcm", url, len(CT), f"md5:{MD5}", None, "0x8DC")
    assert second.name == "ct/2.dcm"


def test_a_blob_and_a_folder_of_azure_are_told_apart(http_site: Site, services: Reach) -> None:
    http_site.serve("/lab/chest-ct", azure_page(("ct/1.dcm", CT)))
    http_site.serve("/lab/chest-ct/ct/1.dcm", Page(CT, headers={"ETag": '"0x8DC"'}))
    for path in ("ct", "ct/1.dcm"):
        (found,) = parse(f"abfss://chest-ct@lab.dfs.core.windows.net/{path}").artifacts(services)
        assert (found.name, found.size_bytes, found.version) == ("1.dcm", len(CT), "0x8DC")


@pytest.mark.parametrize("path", ["", "/ct"])
def test_an_account_of_azure_without_public_containers_is_told(path: str, http_site: Site, services: Reach) -> None:
    for place in ("", "/ct"):
        http_site.serve(f"/lab/chest-ct{place}", Page(status=409))
    with pytest.raises(DownloadFailed, match=r"the account lab .* no public containers.*out of reach"):
        list(parse(f"https://lab.blob.core.windows.net/chest-ct{path}").artifacts(services))


def test_a_signature_for_a_whole_container_is_not_kept() -> None:
    for pasted in ("chest-ct?sv=1&sig=geheim", "chest-ct/ct?restype=container&comp=list&sig=geheim"):
        with pytest.raises(UnsupportedURL, match="signature for a whole container") as caught:
            parse(f"https://lab.blob.core.windows.net/{pasted}")
        assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "pasted",
    ["s3://", "s3:///a", "https://s3.amazonaws.com/", "gs://", "https://storage.googleapis.com/",
     "https://lab.blob.core.windows.net/", "https://console.cloud.google.com/storage/browser"],
)  # fmt: skip
def test_an_address_without_a_bucket_is_refused(pasted: str) -> None:
    with pytest.raises(UnsupportedURL, match=r"names no (bucket|container)"):
        parse(pasted)


@pytest.mark.parametrize("pasted", ["s3://chest-ct/a\0b", "gs://chest-ct/a\0b"])
def test_a_key_that_cannot_be_shown_is_refused(pasted: str) -> None:
    with pytest.raises(UnsupportedURL):
        parse(pasted)


@pytest.mark.parametrize("pasted", ["abfss://[x", "s3://chest-ct/a\n[b", "ftp://ana:geheim@[x"])
def test_what_cannot_be_taken_apart_is_refused_without_quoting_it(pasted: str) -> None:
    with pytest.raises(UnsupportedURL, match="no source reads") as caught:
        parse(pasted)
    assert "geheim" not in str(caught.value)
