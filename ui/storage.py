"""Keeps the app from starting over a storage that two servers cannot share, or that cannot be written."""

from biodatamine_core import settings, storage
from biodatamine_core.errors import BioDataMineError


def refuse_unfit_storage() -> None:
    """End the process with a sentence and exit code 1 where changes could be lost."""
    chosen = settings.environment()
    try:
        storage.refuse_dishonest(storage.connect(chosen.storage_url, chosen.state_dir))
    except BioDataMineError as error:
        raise SystemExit(f"BioDataMine does not start: {error}") from error
    except OSError as error:
        raise SystemExit(
            f"BioDataMine does not start: its storage {chosen.storage_url} cannot be written ({error.strerror})."
        ) from error
