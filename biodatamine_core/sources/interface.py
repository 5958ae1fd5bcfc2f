"""What every source promises."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from biodatamine_core.records import Artifact
from biodatamine_core.storage import Storage
from biodatamine_core.transport import Transport


@dataclass(frozen=True, slots=True)
class Reach:
    """What a source may use to list its artifacts."""

    transport: Transport
    storage: Storage


class Source(Protocol):
    """Where a dataset comes from. Made by `sources.parse(url)`: pure, no network."""

    @property
    def kind(self) -> str:
        """One word: "http", "local", "upload", "sample"."""
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
