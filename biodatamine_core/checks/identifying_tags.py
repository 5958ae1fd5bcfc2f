"""DICOM files that still say whose they are. Names of tags only: their values were never read into a table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "identifying-tags"
EXPLANATION = Explanation(
    title="Identifying tags are filled in",
    why="These tags can name a patient, a physician or a place. A research pseudonym looks the same from outside: only "
    "who made the dataset can tell.",
    what_to_do="Before you share the files, clear the tags by the confidentiality profile of DICOM PS3.15 Annex E. Ask "
    "the source where the values look real.",
)


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    has_tags = "coalesce(len(identifying_tags), 0) > 0"
    found = tally(connection, ALL_FILES, "format = 'DICOM'", has_tags, judged=f"readable OR {has_tags}")
    if not found.count:
        return
    tags = connection.execute(
        """SELECT tag, count(*) AS files FROM (SELECT unnest(list_distinct(identifying_tags)) AS tag FROM files)
           GROUP BY tag ORDER BY files DESC, tag"""
    ).fetchall()
    named = ", ".join(f"{tag} ({files:,})" for tag, files in tags)
    has = "has" if found.count == 1 else "have"
    message = f"{found.count:,} of {counted(found.looked_at, 'DICOM file')} {has} identifying tags: {named}"
    yield found.finding(CODE, Severity.WARNING, Scope.FILE, ", ".join(tag for tag, _ in tags), message)
