"""Images with the same pixels in different files: saved again in another format, or under another header."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.blank_image import BLANK_SHARE
from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import tally
from biodatamine_core.records import Scope, Severity
from biodatamine_core.series.masks import IS_MASK
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
_CANDIDATES = """
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT hash(pixel_hash) AS number FROM files WHERE role = 'image' AND readable AND pixel_hash IS NOT NULL
GROUP BY number HAVING count(*) > 1
"""
_COPIES = f"""
CREATE OR REPLACE TEMP TABLE pixel_copies AS
SELECT pixel_hash, count(DISTINCT split) > 1 AS is_leak, list_sort(list_distinct(list(split))) AS splits
FROM (SELECT files.*, series.split FROM files LEFT JOIN series USING (series_id))
WHERE hash(pixel_hash) IN (FROM candidates) AND role = 'image' AND readable
    AND background_share < {BLANK_SHARE} AND NOT {IS_MASK}
GROUP BY pixel_hash HAVING count(DISTINCT content_hash) > 1
"""
_KINDS = """
SELECT is_leak, list_sort(list_distinct(flatten(list(splits)))) FROM pixel_copies GROUP BY is_leak ORDER BY is_leak DESC
"""
# Of copies in one split the first content is no repetition, and one file stands for each of the others.
_REPEATED = f"""
CREATE OR REPLACE TEMP TABLE pixels_repeated AS
SELECT file_id, is_leak FROM (
    SELECT file_id, is_leak, pixel_hash, path, row_number() OVER (
        PARTITION BY pixel_hash, content_hash ORDER BY path, file_id) AS turn
    FROM files JOIN pixel_copies USING (pixel_hash) WHERE role = 'image' AND readable AND NOT {IS_MASK}
)
WHERE is_leak OR turn = 1
QUALIFY is_leak OR row_number() OVER (PARTITION BY pixel_hash ORDER BY path, file_id) > 1
"""
_JUDGED = f"""(
    SELECT files.*, readable AND pixel_hash IS NOT NULL AS is_read, is_leak
    FROM files LEFT JOIN pixels_repeated USING (file_id) WHERE role = 'image' AND NOT {IS_MASK}
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    connection.execute(_CANDIDATES)
    connection.execute(_COPIES)
    connection.execute("DROP TABLE candidates")
    connection.execute(_REPEATED)
    for is_leak, splits in connection.execute(_KINDS).fetchall():
        found = tally(connection, _JUDGED, "true", "is_leak = $leak", values={"leak": is_leak})
        message = f"{found.count:,} of {counted(found.looked_at, 'image file')} "
        if is_leak:
            message += f"have the same pixels, in other bytes, in more than one split: {', '.join(splits)}"
        else:
            message += f"{'repeats' if found.count == 1 else 'repeat'} the pixels of another one in other bytes"
        severity, subject = (Severity.ERROR, "image in several splits") if is_leak else (Severity.WARNING, "image")
        yield found.finding(CODE, severity, Scope.FILE, subject, message + found.unseen)
    connection.execute("DROP TABLE pixels_repeated")
    connection.execute("DROP TABLE pixel_copies")
