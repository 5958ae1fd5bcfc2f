"""The small dataset that comes with BioDataMine and works without a network."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from biodatamine_core.errors import NotFound
from biodatamine_core.records import Artifact
from biodatamine_core.sources.interface import Reach

_URL = "sample:"


@dataclass(frozen=True, slots=True)
class SampleSource:
    """ "sample:": the folder data/samples beside the package."""

    kind: ClassVar[str] = "sample"
    reads: ClassVar[str] = ""
    url: str = _URL
    title: str = "Sample dataset"

    @classmethod
    def parse(cls, text: str) -> "SampleSource | None":
        return cls() if text == _URL else None

    def artifacts(self, reach: Reach) -> Iterator[Artifact]:
        folder = Path(__file__).parents[2] / "data" / "samples"
        if not folder.is_dir():
            raise NotFound("the sample dataset is not part of this installation; take BioDataMine from its repository.")
        yield Artifact(name="samples", url=folder.as_uri(), licence="MIT")
