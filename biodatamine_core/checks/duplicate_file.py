"""Files with the same bytes: in one split a repetition, in two a leak."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import tally
from biodatamine_core.records import Finding, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "duplicate-file"
EXPLANATION = Explanation(
    title="Files with the same bytes",
    why="An image that lies in training and in test makes every score too good. One that is repeated within a split "
    "counts twice in the loss and in the statistics.",
    what_to_do="Keep one of each. Where copies lie in different splits, remove them from training before you compare "
    "any number.",
)

KINDS = {"image": Severity.WARNING, "segmentation": Severity.WARNING, "other": Severity.NOTE}
"""What repeats, and how bad that is. Masks are often equal, all of them empty: only an image leaks."""

_KIND = "CASE WHEN files.role IN ('image', 'segmentation') THEN files.role ELSE 'other' END"

# A file of a series carries the split of its folder. Copies have the same bytes once decompressed.
# Numbers tell most of ten million files apart in a fraction of the memory of their hashes.
_CANDIDATES = """
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT hash(content_hash) AS number FROM files WHERE content_hash IS NOT NULL AND size_bytes > 0
GROUP BY number HAVING count(*) > 1
"""
_COPIES = f"""
CREATE OR REPLACE TEMP TABLE copies AS
SELECT content_hash, kind, count(*) AS files, kind = 'image' AND count(DISTINCT split) > 1 AS is_leak,
       list_sort(list_distinct(list(split))) AS splits
FROM (SELECT files.content_hash, {_KIND} AS kind, series.split FROM files LEFT JOIN series USING (series_id)
      WHERE hash(content_hash) IN (FROM candidates) AND files.size_bytes > 0)
GROUP BY content_hash, kind HAVING count(*) > 1
"""
_PER_KIND = """
SELECT is_leak, list_sort(list_distinct(flatten(list(splits)))) FROM copies WHERE kind = $kind
GROUP BY is_leak ORDER BY is_leak DESC
"""
# Of copies in one split the first is no repetition; where they leak, each one of them is counted.
_REPEATED = f"""
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT file_id, is_leak FROM files JOIN copies ON files.content_hash = copies.content_hash AND {_KIND} = copies.kind
WHERE files.size_bytes > 0
QUALIFY is_leak OR row_number() OVER (PARTITION BY copies.content_hash, kind ORDER BY path, occurrence, file_id) > 1
"""
_JUDGED = f"""(
    SELECT files.*, content_hash IS NOT NULL AS is_read, is_leak FROM files LEFT JOIN repeated USING (file_id)
    WHERE size_bytes > 0 AND {_KIND} = $kind
)"""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    connection.execute(_CANDIDATES)
    connection.execute(_COPIES)
    connection.execute("DROP TABLE candidates")
    connection.execute(_REPEATED)
    kinds = connection.execute(
        f"""SELECT {_KIND} AS kind, count(content_hash), count(*) - count(content_hash)
            FROM files WHERE size_bytes > 0 GROUP BY kind ORDER BY kind"""
    ).fetchall()
    for kind, looked_at, not_judged in kinds:
        if looked_at:
            yield from _copies(connection, kind)
        elif kind == "image":
            message = f"Copies were not looked for: the bytes of {counted(not_judged, 'image file')} were not read"
            yield Found(Finding(CODE, Severity.NOTE, Scope.FILE, kind, message, 0, 0, not_judged))
    connection.execute("DROP TABLE repeated")
    connection.execute("DROP TABLE copies")


def _copies(connection: "duckdb.DuckDBPyConnection", kind: str) -> Iterator[Found]:
    for is_leak, splits in connection.execute(_PER_KIND, {"kind": kind}).fetchall():
        found = tally(connection, _JUDGED, "true", "is_leak = $leak", values={"kind": kind, "leak": is_leak})
        message = f"{found.count:,} of {counted(found.looked_at, f'{kind} file')} "
        if is_leak:
            message += f"have the same bytes in more than one split: {', '.join(splits)}"
        else:
            message += f"{'repeats' if found.count == 1 else 'repeat'} another one byte for byte"
        severity = Severity.ERROR if is_leak else KINDS[kind]
        subject = f"{kind} in several splits" if is_leak else kind
        yield found.finding(CODE, severity, Scope.FILE, subject, message)
