"""Something else under an image's name: an error page, a pointer to data that was not fetched, nothing at all."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from biodatamine_core.checks.interface import Explanation, Found
from biodatamine_core.checks.tally import ALL_FILES, tally
from biodatamine_core.readers.placeholder import IMAGE_SUFFIXES
from biodatamine_core.records import ProblemKind, Scope, Severity
from biodatamine_core.wording import counted

if TYPE_CHECKING:
    import duckdb

CODE = "placeholder-file"
EXPLANATION = Explanation(
    title="Placeholders instead of images",
    why="A download that failed often leaves an error page or an empty file under the image's name. File lists count "
    "it, and a training run stops at it or skips it without a word.",
    what_to_do="Fetch these files again: pointers with `git annex get` or `git lfs pull`, pages by signing in first.",
)

# One pattern, and CASE, which looks at few rows: dozens of ends_with() on ten million paths took minutes.
_ENDS_AS_AN_IMAGE = f"regexp_matches(path, '(?i)({'|'.join(re.escape(suffix) for suffix in IMAGE_SUFFIXES)})$')"
IS_EMPTY_IMAGE = f"(CASE WHEN problem_kind = '{ProblemKind.EMPTY}' THEN {_ENDS_AS_AN_IMAGE} ELSE false END)"
"""Zero bytes under an image's name; other empty files are the finding of empty-file."""
_IS_PLACEHOLDER = f"({IS_EMPTY_IMAGE} OR problem_kind IS NOT DISTINCT FROM '{ProblemKind.PLACEHOLDER}')"
_INSTEAD = f"if({IS_EMPTY_IMAGE}, 'empty', format)"

_NAMES = {
    "HTML": ("a web page", "web pages"),
    "Git LFS pointer": ("a Git LFS pointer", "Git LFS pointers"),
    "git-annex pointer": ("a git-annex pointer", "git-annex pointers"),
    "text": ("plain text", "plain text"),
    "empty": ("empty", "empty"),
}
"""What each is called, one and several."""


def run(connection: "duckdb.DuckDBPyConnection") -> Iterator[Found]:
    kinds = connection.execute(
        f"SELECT {_INSTEAD} AS instead, count(*) AS n FROM files WHERE {_IS_PLACEHOLDER} GROUP BY 1 ORDER BY n DESC, 1"
    ).fetchall()
    for instead, _ in kinds:
        found = tally(
            connection,
            ALL_FILES,
            f"{_ENDS_AS_AN_IMAGE} OR {_IS_PLACEHOLDER}",
            f"{_IS_PLACEHOLDER} AND {_INSTEAD} = $instead",
            values={"instead": instead},
        )
        singular, plural = _NAMES.get(instead, (instead, instead))
        are = f"is {singular}" if found.count == 1 else f"are {plural}"
        message = f"{found.count:,} of {counted(found.looked_at, 'file')} with an image's name {are}"
        yield found.finding(CODE, Severity.ERROR, Scope.FILE, instead, message)
