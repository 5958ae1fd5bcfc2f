"""What every check promises."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from biodatamine_core.records import Finding

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person reads beside a finding: why it matters to a training, and what to do."""

    title: str
    why: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and which files or series it counts.

    affected: SQL with the columns series_id and file_id (null where series are counted), `finding.count` rows; "" where
    it counts none. It is asked while the check waits at its yield: the check's temporary tables are still there.
    values: of the $names in it.
    """

    finding: Finding
    affected: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


class Check(Protocol):
    """One check: a module with CODE, EXPLANATION and run()."""

    CODE: str
    EXPLANATION: Explanation

    def run(self, connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
        """Findings from the views `files`, `series`, `clues`, `thumbnails`. Yields nothing where nothing was found.

        No two of them share a subject.
        """
        ...
