"""DICOM files that still say whose they are. Names of tags only: their values were never read into a table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation
from biodatamine_core.records import Finding, Scope, Severity
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


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    row = connection.execute(
        """SELECT count(*) FILTER (filled), count(*) FILTER (readable), count(*) FILTER (NOT readable AND NOT filled),
                  min(path, 10) FILTER (filled)
           FROM (SELECT path, coalesce(len(identifying_tags), 0) > 0 AS filled,
                        readable OR coalesce(len(identifying_tags), 0) > 0 AS readable
                 FROM files WHERE format = 'DICOM')"""
    ).fetchone()
    assert row is not None  # an aggregate always has one row
    count, looked_at, not_judged, examples = row
    if not count:
        return
    tags = connection.execute(
        """SELECT tag, count(*) AS files FROM (SELECT unnest(list_distinct(identifying_tags)) AS tag FROM files)
           GROUP BY tag ORDER BY files DESC, tag"""
    ).fetchall()
    named = ", ".join(f"{tag} ({files:,})" for tag, files in tags)
    message = (
        f"{count:,} of {counted(looked_at, 'DICOM file')} {'has' if count == 1 else 'have'} identifying tags: {named}"
    )
    subject = ", ".join(tag for tag, _ in tags)
    yield Finding(CODE, Severity.WARNING, Scope.FILE, subject, message, count, looked_at, not_judged, tuple(examples))
