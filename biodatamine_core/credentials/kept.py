"""A person's own sign-ins, encrypted in the store; the key to them lies beside no store."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biodatamine_core.credentials.sign_in import NONE, Credentials, Kind, Place, SignIn, place_of
from biodatamine_core.credentials.toml_file import read_file
from biodatamine_core.errors import InvalidSetting, NotFound, StorageConflict
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage, create_document, read_document, update_document

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

Entries = dict[str, dict[str, Any]]
"""Place -> the fields of its SignIn, as they are encrypted."""


def of_user(store: Storage, settings: Settings, user: str) -> Credentials:
    """What this user's jobs may show: the file of whoever runs BioDataMine, and above it the user's own sign-ins.

    user: an actor's name, as a job keeps it in `created_by`. Raises InvalidSetting for a file or key that is wrong.
    """
    everybody = read_file(settings.credentials_file) if settings.credentials_file else NONE
    return everybody.and_then(KeptSignIns(store, settings, user).credentials())


@dataclass(frozen=True, slots=True)
class KeptSignIns:
    """The sign-ins that one user keeps in the store: a document of ciphertext, bound to the user's name.

    Fernet (AES-128-CBC with HMAC-SHA256) under BIODATAMINE_SECRET_KEY, or else under a key of this machine's state
    folder, made at first use and readable by its owner only.
    """

    store: Storage
    settings: Settings
    user: str

    def credentials(self) -> Credentials:
        return Credentials({place_of(place): _sign_in(fields) for place, fields in self._entries().items()})

    def listed(self) -> list[tuple[Place, SignIn]]:
        """By place, in its order; a SignIn shows no secret."""
        return sorted(self.credentials().by_place.items(), key=lambda pair: pair[0])

    def keep(self, place: Place, sign_in: SignIn) -> None:
        """Add it, or put it in the place of the one kept for this host. It never goes over plain http."""
        fields = {**asdict(sign_in), "headers": dict(sign_in.headers), "plain_http": False}
        self._change(lambda entries: {**entries, str(place): fields})

    def remove(self, place: Place) -> None:
        self._change(lambda entries: {kept: fields for kept, fields in entries.items() if kept != str(place)})

    @property
    def _document_key(self) -> str:
        return f"users/{hashlib.sha256(self.user.encode()).hexdigest()[:32]}/credentials.json"

    def _entries(self) -> Entries:
        try:
            document, _ = read_document(self.store, self._document_key)
        except NotFound:
            return {}
        return self._opened(document)

    def _change(self, change: Callable[[Entries], Entries]) -> None:
        with suppress(StorageConflict):  # it is there already
            create_document(self.store, self._document_key, self._sealed({}))
        update_document(self.store, self._document_key, lambda kept: self._sealed(change(self._opened(kept))))

    def _sealed(self, entries: Entries) -> dict[str, Any]:
        # The user's name stands inside: somebody else's document under this name opens to nothing.
        plain = json.dumps({"user": self.user, "sign_ins": entries}).encode()
        return {"ciphertext": _lock(self.settings).encrypt(plain).decode()}

    def _opened(self, document: dict[str, Any]) -> Entries:
        from cryptography.fernet import InvalidToken

        try:
            opened = json.loads(_lock(self.settings).decrypt(str(document.get("ciphertext", "")).encode()))
        except InvalidToken as error:
            raise InvalidSetting(
                f"the sign-ins of {self.user} were kept under another key; machines that share a store need the same "
                "BIODATAMINE_SECRET_KEY. Set it, or add the sign-ins again after removing "
                f"{self._document_key} from the store."
            ) from error
        if opened["user"] != self.user:
            raise InvalidSetting(f"the sign-ins kept for {self.user} are somebody else's; remove {self._document_key}.")
        entries: Entries = opened["sign_ins"]
        return entries


def _sign_in(fields: dict[str, Any]) -> SignIn:
    return SignIn(Kind(fields["kind"]), fields["headers"], fields["user"], fields["plain_http"])


def _lock(settings: Settings) -> "Fernet":
    from cryptography.fernet import Fernet

    key = settings.secret_key or _machine_key(settings.state_dir / "keys" / "sign-ins")
    try:
        return Fernet(key)
    except ValueError as error:
        raise InvalidSetting(
            "BIODATAMINE_SECRET_KEY must be 32 random bytes in URL-safe base64; make one with: "
            'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        ) from error


def _machine_key(path: Path) -> str:
    """The key in this file, made by whoever comes first: linked into its place whole, so nobody reads half a key."""
    from cryptography.fernet import Fernet

    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}-{os.getpid()}-{os.urandom(4).hex()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key())
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii")
