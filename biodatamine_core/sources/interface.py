"""What every source promises."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from biodatamine_core import credentials as sign_ins
from biodatamine_core.credentials import Credentials
from biodatamine_core.records import Artifact
from biodatamine_core.settings import Services, Settings
from biodatamine_core.sources.asking.keys import sign_ins_for
from biodatamine_core.storage import Storage
from biodatamine_core.transport import Transport


@dataclass(frozen=True, slots=True)
class Reach:
    """What a source may use to list its artifacts. services: where each service of datasets answers."""

    transport: Transport
    storage: Storage
    services: Services = field(default_factory=Services)

    @classmethod
    def of(cls, settings: Settings, storage: Storage, credentials: Credentials | None = None) -> "Reach":
        """With the keys of whoever runs BioDataMine, and before them the sign-ins of whoever asks."""
        keys = sign_ins_for(settings.services)
        transport = Transport.of(settings, keys.and_then(credentials or sign_ins.NONE))
        return cls(transport, storage, settings.services)


class Source(Protocol):
    """Where a dataset comes from. Made by `sources.parse(url)`: pure, no network."""

    @property
    def kind(self) -> str:
        """One word: "http", "github", "local", "upload", "sample"."""
        ...

    @property
    def url(self) -> str:
        """The canonical address; the same for the same place, without credentials. What the dataset page shows."""
        ...

    @property
    def title(self) -> str:
        """A name to suggest for the dataset."""
        ...

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        """What can be fetched, listed and not downloaded. Raises BioDataMineError in a person's words."""
        ...


class SourceKind(Protocol):
    """A class of sources, as the tuple SOURCES holds it."""

    @property
    def reads(self) -> str:
        """What a person may paste, for the sentence that refuses the rest: "an http or https URL"."""
        ...

    def parse(self, text: str) -> Source | None:
        """The source of this kind that the text names; None where it is another kind's. Raises UnsupportedURL."""
        ...
