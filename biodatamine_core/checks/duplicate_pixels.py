"""Images with the same pixels in different files: saved again in another format, or under another header."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.blank_image import BLANK_SHARE
from biodatamine_core.checks.interface import Explanation
from biodatamine_core.checks.masks import IS_MASK
from biodatamine_core.records import Finding, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "duplicate-pixels"
EXPLANATION = Explanation(
    title="The same pixels in different files",
    why="A picture that was saved again has other bytes and the same content: it counts twice, and in two splits it "
    "lets the network be tested on what it has seen.",
    what_to_do="Keep one of each. Where copies lie in different splits, remove them from training before you compare "
    "any number.",
)

# Copies that agree in every byte are the finding of duplicate-file; blank images are all alike.
_COPIES = f"""
CREATE OR REPLACE TEMP TABLE pixel_copies AS
SELECT pixel_hash, count(*) AS files, count(DISTINCT content_hash) AS contents, count(DISTINCT split) > 1 AS is_leak,
       list_sort(list_distinct(list(split))) AS splits
FROM (SELECT files.*, series.split FROM files LEFT JOIN series USING (series_id))
WHERE role = 'image' AND readable AND pixel_hash IS NOT NULL AND background_share < {BLANK_SHARE} AND NOT {IS_MASK}
GROUP BY pixel_hash HAVING count(DISTINCT content_hash) > 1
"""
_BASE = f"""
SELECT count(*) FILTER (readable AND pixel_hash IS NOT NULL), count(*) FILTER (NOT readable OR pixel_hash IS NULL)
FROM files WHERE role = 'image' AND NOT {IS_MASK}
"""
_PER_KIND = """
SELECT is_leak, sum(CASE WHEN is_leak THEN files ELSE contents - 1 END)::BIGINT,
       list_sort(list_distinct(flatten(list(splits)))),
       (SELECT min(path, 10) FROM files JOIN pixel_copies AS named USING (pixel_hash)
        WHERE readable AND named.is_leak = pixel_copies.is_leak)
FROM pixel_copies GROUP BY is_leak ORDER BY is_leak DESC
"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Finding]:
    row = connection.execute(_BASE).fetchone()
    assert row is not None  # an aggregate always has one row
    looked_at, not_judged = row
    connection.execute(_COPIES)
    for is_leak, count, splits, examples in connection.execute(_PER_KIND).fetchall():
        message = f"{count:,} of {counted(looked_at, 'image file')} "
        if is_leak:
            message += f"have the same pixels, in other bytes, in more than one split: {', '.join(splits)}"
        else:
            message += f"{'repeats' if count == 1 else 'repeat'} the pixels of another one in other bytes"
        severity = Severity.ERROR if is_leak else Severity.WARNING
        yield Finding(CODE, severity, Scope.FILE, "image", message, count, looked_at, not_judged, tuple(examples))
    connection.execute("DROP TABLE pixel_copies")
