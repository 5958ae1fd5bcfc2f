"""Know your medical data before you train.

    import biodatamine_core as bdm

    dataset = bdm.scan_dataset("https://example.org/chest.zip")
    dataset.summary             # the headline numbers
    dataset.series              # a DataFrame: one row per image, volume or recording
    dataset.sql("SELECT modality, count(*) FROM series GROUP BY ALL")

The names below are the public surface; everything else may move. (`biodatamine_core.scan` is the room of that name.)
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from biodatamine_core.workspaces import Dataset

__all__ = ["__version__", "dataset", "datasets", "scan_dataset"]
__version__ = "0.1.0"

# Read by pyarrow at its import. Its own choice keeps what it frees: a process that writes tables held 65 MiB more.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def scan_dataset(
    url: str,
    *,
    workspace: str = "default",
    name: str | None = None,
    headers_only: bool = False,
    only: str | None = None,
    pick: int | None = None,
) -> "Dataset":
    """Scan what lies at an address or a path, wait for it, and return the dataset. Raises BioDataMineError."""
    from biodatamine_core import workspaces  # nothing heavy is loaded by `import biodatamine_core`
    from biodatamine_core.records import Mode

    mode = Mode.HEADERS if headers_only else Mode.FULL
    return workspaces.open_workspace(name=workspace).scan(url, name, mode, only, pick=pick)


def dataset(id_or_name: str, *, workspace: str = "default") -> "Dataset":
    """A dataset that was scanned before, by its id or its name. Raises NotFound."""
    from biodatamine_core import workspaces

    return workspaces.open_workspace(name=workspace).dataset(id_or_name)


def datasets(*, workspace: str = "default") -> "list[Dataset]":
    """All datasets of a workspace, newest first."""
    from biodatamine_core import workspaces

    return workspaces.open_workspace(name=workspace).datasets()
