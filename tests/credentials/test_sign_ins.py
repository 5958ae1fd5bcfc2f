"""A sign-in belongs to one host: what goes where, what is refused, and where no secret is ever seen."""

import json
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from biodatamine_core.credentials import Credentials, KeptSignIns, Kind, Place, SignIn, of_user, place_of, read_file
from biodatamine_core.errors import InvalidSetting
from biodatamine_core.settings import Settings
from biodatamine_core.storage import LocalStorage
from biodatamine_core.transport import Transport

SECRET = "geheim"
HOST = Place("data.example.org")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("kept", "scheme", "host", "port", "goes"),
    [
        ("data.example.org", "https", "data.example.org", None, True),
        ("data.example.org", "https", "DATA.example.org.", 443, True),
        ("https://data.example.org/some/page", "https", "data.example.org", None, True),
        ("data.example.org:8443", "https", "data.example.org", 8443, True),
        ("[2606:4700::1]:8443", "https", "[2606:4700::1]", 8443, True),
        pytest.param("data.example.org", "https", "data.example.org", 8443, False, id="another port"),
        pytest.param("data.example.org:8443", "https", "data.example.org", None, False, id="the usual port"),
        pytest.param("data.example.org", "http", "data.example.org", None, False, id="not encrypted"),
        pytest.param("data.example.org:80", "http", "data.example.org", 80, False, id="not encrypted, port named"),
        pytest.param("data.example.org", "https", "evil.data.example.org", None, False, id="below the host"),
        pytest.param("data.example.org", "https", "example.org", None, False, id="above the host"),
        pytest.param("data.example.org", "https", "data.example.org.evil.org", None, False, id="a longer name"),
    ],
)
def test_a_sign_in_goes_to_its_own_place_only(kept: str, scheme: str, host: str, port: int | None, goes: bool) -> None:
    credentials = Credentials({place_of(kept): SignIn.bearer(SECRET)})
    assert (credentials.sign_in_for(scheme, host, port) is not None) == goes


@pytest.mark.parametrize("text", ["", "a b", "ana:geheim@host.org", "straße.de", "host:x", "https://", "-x.org"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting, match="is no host"):
        place_of(text)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Key": "a\r\nHost: evil.org"},
        {"Host": "evil.org"},
        {"a b": "c"},
        {"X-Key": "clé"},
        {"Range": "bytes=0-1"},
        {},
    ],
)
def test_a_header_that_could_smuggle_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSetting):
        SignIn.with_headers(headers)


def test_no_secret_is_in_a_repr(settings: Settings) -> None:
    credentials = Credentials({HOST: SignIn.basic("ana", SECRET)})
    shown = [credentials, *credentials.by_place.values(), Transport.of(settings, credentials)]
    shown.append(replace(settings, secret_key=SECRET))  # type: ignore[arg-type]
    assert SECRET not in repr(shown) and "Basic" not in repr(shown)


# ------------------------------------------------------------------------------------------------------- the file


def test_the_file_says_what_each_host_is_shown(tmp_path: Path) -> None:
    path = written(
        tmp_path / "credentials.toml",
        """
        ["physionet.org"]
        basic = { user = "ana", password = "pässword" }
        ["data.example.org:8443"]
        bearer = "token"
        ["dataverse.lab"]
        headers = { X-Dataverse-key = "key" }
        plain_http = true
        """,
    )
    read = read_file(path).by_place
    assert read[Place("physionet.org")].headers == {"Authorization": "Basic YW5hOnDDpHNzd29yZA=="}
    assert read[Place("data.example.org", 8443)].headers == {"Authorization": "Bearer token"}
    assert read[Place("dataverse.lab")].headers == {"X-Dataverse-key": "key"}
    assert read_file(path).sign_in_for("http", "dataverse.lab", 80) is not None
    assert read_file(path).sign_in_for("http", "physionet.org", 80) is None


def test_the_file_that_the_docs_show_is_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "downloads.md"
    (shown,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    read = read_file(written(tmp_path / "credentials.toml", shown)).by_place
    assert {one.kind for one in read.values()} == set(Kind)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "credentials.toml", '["a.org"]\nbearer = "geheim"', mode)
    with pytest.raises(InvalidSetting, match=f"chmod 600 {path}") as caught:
        read_file(path)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('["a.org"\nbearer = "geheim"', id="no TOML"),
        pytest.param('["a.org"]\npassword = "geheim"', id="no kind"),
        pytest.param('["a.org"]\nbasic = "geheim"', id="basic without a name"),
        pytest.param('["a.org"]\nheaders = { Host = "geheim" }', id="a header that may not be set"),
        pytest.param('[a.org]\nbearer = "geheim"', id="a host without quotes"),
        pytest.param('bearer = "geheim"', id="no host"),
        pytest.param('["a.org"]\nheaders = { X = 1 }\nnote = "geheim"', id="a number"),
    ],
)
def test_a_wrong_file_is_told_without_its_secrets(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        read_file(written(tmp_path / "credentials.toml", text))
    assert SECRET not in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="No such file"):
        read_file(tmp_path / "none.toml")


# ------------------------------------------------------------------------------------------------- a person's own


def test_kept_sign_ins_come_back_and_go(store: LocalStorage, settings: Settings) -> None:
    kept = KeptSignIns(store, settings, "ana")
    assert kept.listed() == []
    kept.keep(HOST, SignIn.basic("ana", "first"))
    kept.keep(Place("b.org", 8443), SignIn.bearer("token"))
    kept.keep(HOST, SignIn.basic("ana", SECRET))
    assert [(str(place), one.kind, one.user) for place, one in kept.listed()] == [
        ("b.org:8443", Kind.BEARER, None),
        ("data.example.org", Kind.BASIC, "ana"),
    ]
    assert kept.credentials().by_place[HOST] == SignIn.basic("ana", SECRET)
    kept.remove(HOST)
    assert [place for place, _ in kept.listed()] == [Place("b.org", 8443)]


def test_the_store_holds_ciphertext_and_no_name(store: LocalStorage, settings: Settings) -> None:
    KeptSignIns(store, settings, "ana").keep(HOST, SignIn.basic("ana-at-the-host", SECRET))
    (entry,) = store.list("users/")
    data = store.read(entry.key).data
    for word in (SECRET, "ana", HOST.host, "Basic"):
        assert word.encode() not in data and word not in entry.key
    assert list(json.loads(data)) == ["ciphertext"]
    key = settings.state_dir / "keys" / "sign-ins"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not [path for path in store.root.rglob("*") if path.is_file() and key.read_bytes() in path.read_bytes()]


def test_nobody_reads_anothers(store: LocalStorage, settings: Settings) -> None:
    KeptSignIns(store, settings, "ana").keep(HOST, SignIn.bearer(SECRET))
    assert KeptSignIns(store, settings, "ben").listed() == []
    (entry,) = store.list("users/")
    KeptSignIns(store, settings, "ben").keep(Place("b.org"), SignIn.bearer("other"))
    (bens,) = (other.key for other in store.list("users/") if other.key != entry.key)
    store.put(bens, store.read(entry.key).data)  # whoever can write the store moves ana's document to ben's place
    with pytest.raises(InvalidSetting, match="somebody else's"):
        KeptSignIns(store, settings, "ben").listed()


def test_machines_that_share_a_store_share_a_key(store: LocalStorage, settings: Settings, tmp_path: Path) -> None:
    first = replace(settings, secret_key=Fernet.generate_key().decode())
    KeptSignIns(store, first, "ana").keep(HOST, SignIn.bearer(SECRET))
    second = replace(first, state_dir=tmp_path / "another machine")
    assert KeptSignIns(store, second, "ana").listed()
    with pytest.raises(InvalidSetting, match="BIODATAMINE_SECRET_KEY"):
        KeptSignIns(store, settings, "ana").listed()
    with pytest.raises(InvalidSetting, match=r"Fernet\.generate_key"):
        KeptSignIns(store, replace(settings, secret_key="too short"), "ana").listed()


def test_a_persons_own_goes_before_the_file(store: LocalStorage, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", '["data.example.org"]\nbearer = "everybody"\n["b.org"]\nbearer = "everybody"')
    settings = replace(settings, credentials_file=path)
    KeptSignIns(store, settings, "ana").keep(HOST, SignIn.bearer("hers"))
    hers, bens = of_user(store, settings, "ana"), of_user(store, settings, "ben")
    assert hers.by_place == {HOST: SignIn.bearer("hers"), Place("b.org"): SignIn.bearer("everybody")}
    assert list(bens.by_place.values()) == [SignIn.bearer("everybody")] * 2


def test_a_kept_sign_in_never_goes_unencrypted(store: LocalStorage, settings: Settings) -> None:
    kept = KeptSignIns(store, settings, "ana")
    kept.keep(HOST, SignIn.bearer(SECRET, plain_http=True))
    assert kept.credentials().sign_in_for("http", HOST.host, 80) is None


def test_the_first_two_processes_agree_on_the_key(store: LocalStorage, settings: Settings) -> None:
    from concurrent.futures import ThreadPoolExecutor

    users = [f"user-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda user: KeptSignIns(store, settings, user).keep(HOST, SignIn.bearer(user)), users))
    for user in users:
        assert KeptSignIns(store, settings, user).credentials().by_place == {HOST: SignIn.bearer(user)}
    assert [path.name for path in (settings.state_dir / "keys").iterdir()] == ["sign-ins"]
