"""Images whose header is whole, but whose pixels end early."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.records import ProblemKind, Role, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "truncated-pixels"
EXPLANATION = Explanation(
    title="Images whose pixels end early",
    why="The header is whole, so that the image is counted and has a size, but a part of its pixels is missing: a copy "
    "or a download that was cut. Some libraries fill the rest with zeros without a word, and a network learns them.",
    what_to_do="Fetch these files again and compare their sizes, or leave them out by name.",
)

IS_CUT_IMAGE = f"(problem_kind IS NOT DISTINCT FROM '{ProblemKind.TRUNCATED}' AND shape IS NOT NULL)"
"""Also asked by unreadable-file, which leaves these to this check: one cause, one finding."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    found = tally(
        connection,
        ALL_FILES,
        f"role IN ('{Role.IMAGE}', '{Role.SEGMENTATION}')",
        IS_CUT_IMAGE,
        judged=f"readable OR {IS_CUT_IMAGE}",
    )
    if found.count:
        message = f"The pixels of {found.count:,} of {counted(found.looked_at, 'image file')} end early"
        yield found.finding(CODE, Severity.ERROR, Scope.FILE, "", message)
