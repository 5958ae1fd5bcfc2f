"""Settings come from the environment, and a wrong one is named."""

from pathlib import Path

import pytest

from biodatamine_core.errors import InvalidSetting
from biodatamine_core.settings import Settings, environment

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"
SOURCE = Path(__file__).parents[1] / "biodatamine_core" / "settings.py"


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = environment({})
    assert settings.storage_url == "data/store"
    assert settings.limits == Settings().limits
    assert settings.allowed_hosts == frozenset() and settings.local_roots == ()


def test_every_variable_is_read() -> None:
    settings = environment(
        {
            "BIODATAMINE_STORAGE": "/data/x",
            "BIODATAMINE_STATE": "/scratch",
            "BIODATAMINE_MAX_DOWNLOAD_GB": "1.5",
            "BIODATAMINE_MAX_UNPACKED_GB": "12",
            "BIODATAMINE_MAX_FILES": "10",
            "BIODATAMINE_ALLOW_HOSTS": "Data.Example.org, 127.0.0.1:80",
            "BIODATAMINE_LOCAL_ROOTS": "/mnt/a:/mnt/b",
            "BIODATAMINE_WORKERS": "3",
            "BIODATAMINE_MEMORY_MB": "100",
            "BIODATAMINE_SCAN_MEMORY_MB": "70",
        }
    )
    assert settings.limits.download_bytes == 1_500_000_000
    assert settings.limits.unpacked_bytes == 12_000_000_000
    assert settings.limits.files == 10
    assert settings.allowed_hosts == {"data.example.org", "127.0.0.1:80"}
    assert settings.local_roots == (Path("/mnt/a").resolve(), Path("/mnt/b").resolve())
    assert (settings.memory_limit_mb, settings.scan_memory_mb) == (100, 70)
    assert (settings.storage_url, settings.state_dir, settings.workers) == ("/data/x", Path("/scratch"), 3)


@pytest.mark.parametrize("text", ["much", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_no_positive_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidSetting, match="BIODATAMINE_MAX_FILES"):
        environment({"BIODATAMINE_MAX_FILES": text})


def test_the_page_about_settings_names_every_variable_that_the_code_reads() -> None:
    import re

    read = set(re.findall(r'"(BIODATAMINE_[A-Z0-9_]+)"', SOURCE.read_text(encoding="utf-8")))
    documented = set(re.findall(r"`(BIODATAMINE_[A-Z0-9_]+)`", DOCS.read_text(encoding="utf-8")))
    assert read == documented


def test_the_services_have_addresses_and_keys() -> None:
    services = environment({"BIODATAMINE_GITHUB_URL": "http://git.lab/", "BIODATAMINE_GITHUB_TOKEN": "geheim"}).services
    assert (services.github.url, services.github.token) == ("http://git.lab", "geheim")
    assert (services.zenodo.url, services.zenodo.token) == ("https://zenodo.org", None)
    assert "geheim" not in repr(services)
    with pytest.raises(InvalidSetting, match=r"BIODATAMINE_ZENODO_URL.*BIODATAMINE_ZENODO_TOKEN"):
        environment({"BIODATAMINE_ZENODO_URL": "https://ana:geheim@zenodo.org"})


def test_kaggle_keeps_the_names_that_it_uses_itself() -> None:
    user = environment({"KAGGLE_USERNAME": "ana", "KAGGLE_KEY": "k"}).services
    assert (user.kaggle_user, user.kaggle.token) == ("ana", "k")
    both = environment({"KAGGLE_USERNAME": "ana", "KAGGLE_KEY": "k", "KAGGLE_API_TOKEN": "t"}).services
    assert (both.kaggle_user, both.kaggle.token) == (None, "t")


KEY = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "geheim", "AWS_DEFAULT_REGION": "eu-west-1"}


def test_the_key_and_the_endpoint_beside_a_storage_in_a_folder_are_for_datasets() -> None:
    services = environment({**KEY, "BIODATAMINE_S3_ENDPOINT": "http://minio.lab:9000/"}).services
    assert services.s3.url == "http://minio.lab:9000"
    assert services.aws.url == "https://s3.amazonaws.com"
    assert services.s3_key is not None and services.s3_key.opens("any") and services.s3_key.region == "eu-west-1"
    assert "geheim" not in repr(services)
    assert environment({"AWS_ACCESS_KEY_ID": "AKIA"}).services.s3_key is None


def test_the_key_and_the_endpoint_of_a_storage_on_s3_are_not_for_datasets() -> None:
    stored = {**KEY, "BIODATAMINE_STORAGE": "s3://store", "BIODATAMINE_S3_ENDPOINT": "http://minio.lab:9000"}
    services = environment(stored).services
    assert services.s3.url == "https://s3.amazonaws.com"
    assert services.s3_key is not None and not services.s3_key.opens("store")
    named = environment({**stored, "BIODATAMINE_S3_BUCKETS": "a, b", "BIODATAMINE_S3_URL": "http://s3.lab"}).services
    assert named.s3.url == "http://s3.lab"
    assert named.s3_key is not None and [named.s3_key.opens(name) for name in "abc"] == [True, True, False]
