"""What a job leaves behind, done, set aside or failed: no sign-in, no signed address, and nothing for other users."""

import logging
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from biodatamine_core import workspaces
from biodatamine_core.errors import DownloadFailed, PutAside
from biodatamine_core.jobs import State
from biodatamine_core.records import Stage
from biodatamine_core.settings import Settings
from biodatamine_core.workspaces import Actor
from tests.builders import dicom_volume, zip_of
from tests.jobs.watchers import AsksAt
from tests.servers import Page, Site

SECRETS = ("geheim-password", "YW5hOmdlaGVpbS1wYXNzd29yZA==", "geheim-signature")
DATA = zip_of({**dicom_volume(5), "padding.bin": bytes(range(256)) * 8000}, method=0)


@pytest.fixture
def signed_in(settings: Settings, http_site: Site, tmp_path: Path) -> Settings:
    """Settings with a sign-in for the site, which lets nobody in without it."""
    file = tmp_path / "credentials.toml"
    file.touch(0o600)
    file.write_text(
        f'["127.0.0.1:{http_site.port}"]\nbasic = {{ user = "ana", password = "{SECRETS[0]}" }}\nplain_http = true\n'
    )
    http_site.expects_authorization = f"Basic {SECRETS[1]}"
    return replace(settings, credentials_file=file)


def test_no_secret_is_left_by_jobs_that_are_done_set_aside_or_failed(
    signed_in: Settings, http_site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = workspaces.open_workspace(signed_in, Actor("cli:ana", is_admin=True))
    whole = http_site.serve("/whole.zip", DATA) + f"?X-Amz-Signature={SECRETS[2]}"
    half = Page(DATA, headers={"ETag": '"1"'}, pause_after=1_000_000)
    held = http_site.serve("/held.zip", half) + f"?X-Amz-Signature={SECRETS[2]}"

    def pause() -> None:
        (job,) = (job for job in workspace.jobs() if job.state is State.RUNNING)
        workspace.pause(job)

    with caplog.at_level(logging.DEBUG):
        done = workspace.scan(http_site.redirect("/done.zip", whole))
        for stage, url in ((Stage.DOWNLOAD, held), (Stage.GROUP, whole)):
            with pytest.raises(PutAside):
                workspace.scan(http_site.redirect(f"/{stage}.zip", url), watcher=AsksAt(stage, pause))
        http_site.expects_authorization = "Basic other"
        with pytest.raises(DownloadFailed) as refused:
            workspace.scan(http_site.redirect("/failed.zip", whole))
    assert {job.state for job in workspace.jobs()} == {State.DONE, State.PAUSED, State.FAILED}
    assert list(signed_in.state_dir.glob("staging/*/scanned.parquet"))
    assert list(signed_in.state_dir.glob("downloads/*.json"))
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path != signed_in.credentials_file]
    said = f"{refused.value} {refused.getrepr(style='long')} {caplog.text} {done!r} {workspace!r} {workspace.jobs()!r}"
    for secret in SECRETS:
        assert secret not in said
        assert [path for path in left if secret.encode() in path.read_bytes()] == []


def test_the_state_of_this_machine_is_its_owners_only(settings: Settings) -> None:
    workspaces.open_workspace(settings, Actor("cli:ana", is_admin=True))
    assert stat.S_IMODE(settings.state_dir.stat().st_mode) == 0o700
