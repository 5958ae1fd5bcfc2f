"""What every check promises."""

from collections.abc import Iterator
from dataclasses import dataclass
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


class Check(Protocol):
    """One check: a module with CODE, EXPLANATION and run()."""

    CODE: str
    EXPLANATION: Explanation

    def run(self, connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
        """Findings from the views `files`, `series`, `clues`, `thumbnails`. Yields nothing where nothing was found."""
        ...
