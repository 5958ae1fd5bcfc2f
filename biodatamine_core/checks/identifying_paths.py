"""Names of files and folders that look as if they said who a patient is. The match itself is never quoted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "identifying-paths"
EXPLANATION = Explanation(
    title="Paths that may identify a patient",
    why="Cleaning headers does not clean file names. Paths travel: into lists, logs, papers and the tables here, which "
    "keep them as they are and withhold them from share links.",
    what_to_do="Search the paths for the pattern that is named, rename the files and add the dataset again. No example "
    "is shown here, because it would repeat the name.",
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a path may give away. regex: RE2, its first group is the match."""

    name: str
    severity: Severity
    regex: str


_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
# Digits and dots around it would make it a part of a UID or of a longer number.
_BEFORE, _AFTER = "(?:^|[^0-9.])", "(?:[^0-9.]|$|[.][A-Za-z])"
_DATES = (
    f"{_YEAR}{_MONTH}{_DAY}",
    f"{_YEAR}[-_]{_MONTH}[-_]{_DAY}",
    f"{_DAY}[-_]{_MONTH}[-_]{_YEAR}",
    f"{_DAY}[.]{_MONTH}[.]{_YEAR}",
)

PATTERNS = (
    Pattern("a personal name", Severity.WARNING, r"([A-Za-z]{2,}\^[A-Za-z]+|\b[A-Z][a-z]+, ?[A-Z][a-z]+)"),
    Pattern("a name with a title", Severity.WARNING, r"(?:^|[^A-Za-z])((?:Mr|Mrs|Ms|Dr|Herr|Frau)[._ ]+[A-Z][a-z]+)"),
    Pattern(
        "a record number",
        Severity.WARNING,
        r"(?i)(?:^|[^a-z])((?:mrn|medical[-_ ]?record|hospital[-_ ]?(?:no|id)|accession)[-_ #=]*[0-9]{4,})",
    ),
    Pattern("a social security number", Severity.WARNING, r"(?:^|[^0-9-])([0-9]{3}-[0-9]{2}-[0-9]{4})(?:[^0-9-]|$)"),
    Pattern("an e-mail address", Severity.WARNING, r"([A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,})"),
    Pattern("a date", Severity.NOTE, f"{_BEFORE}({'|'.join(_DATES)}){_AFTER}"),
)

# What a person called the archive says nothing of a patient: only the paths inside it are looked at.
_INSIDE = "regexp_replace(path, '^[^!]*!/', '')"


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    """One finding a pattern. What one date marks in most of the files is a release, and nobody's."""
    for pattern in PATTERNS:
        found = tally(
            connection,
            f"(SELECT *, regexp_extract({_INSIDE}, $regex, 1) AS match FROM {ALL_FILES})",
            "true",
            "match != ''",
            detail="count(DISTINCT match)",
            values={"regex": pattern.regex},
        )
        count, files = found.count, found.looked_at
        if not count or (found.detail == 1 and 2 * count > files > 1):
            continue
        message = f"{count:,} of {counted(files, 'path')} {'seems' if count == 1 else 'seem'} to hold {pattern.name}"
        yield found.finding(CODE, pattern.severity, Scope.FILE, pattern.name, message, names_examples=False)
