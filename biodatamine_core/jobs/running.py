"""One job from its lease to its end: the pipeline does the work, the document stays true."""

import traceback
from collections.abc import Callable
from pathlib import Path

from biodatamine_core import credentials
from biodatamine_core.errors import BioDataMineError, Cancelled, ChoiceNeeded, PutAside, StorageUnavailable
from biodatamine_core.jobs.documents import Job, State, stored
from biodatamine_core.jobs.heart import Heart, said_of
from biodatamine_core.jobs.leases import MOST_DEATHS, Lease
from biodatamine_core.jobs.wishes import STOPPED
from biodatamine_core.records import Pseudonym, Watcher
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage


def run(
    store: Storage,
    lease: Lease,
    pseudonym: Pseudonym,
    settings: Settings,
    watcher: Watcher | None = None,
    is_closing: Callable[[], bool] = lambda: False,
) -> Job:
    """Do the job's work in this process, keeping its document true; returns the ended job.

    Raises what stopped it, after the document says so; PutAside where it is to be gone on with, StorageUnavailable
    where it waits for another attempt, or has failed at its last.
    watcher: hears the same progress (the command line's). is_closing: this process was asked to end.
    """
    from biodatamine_core import pipeline  # who only asks about jobs, or watches over workers, need not wait for it

    job = lease.job
    heart = Heart(store, lease, watcher, is_closing)
    heart.start()
    try:
        relabelled = pipeline.relabel(store, job.prefix, settings=settings, watcher=heart) if job.relabels else None
        version = relabelled or pipeline.run(
            job.url,
            store,
            job.prefix,
            mode=job.mode,
            only=job.only,
            pseudonym=pseudonym,
            settings=settings,
            watcher=heart,
            credentials=credentials.of_user(store, settings, job.created_by),
            fetched=job.contents,
            on_fetched=heart.keep_contents,
        )
    except PutAside:
        state = heart.wish or State.WAITING
        heart.end(state, said_of(state))
        raise
    except StorageUnavailable as error:
        if job.deaths + 1 < MOST_DEATHS:
            heart.end(State.WAITING, f"Stands aside: {error}", deaths=job.deaths + 1)
        else:
            heart.end(State.FAILED, str(error), error=str(error), details=type(error).__name__)
        raise
    except (Cancelled, KeyboardInterrupt):
        heart.end(State.CANCELLED, said_of(State.CANCELLED), error=STOPPED)
        raise
    except BioDataMineError as error:
        candidates = error.candidates if isinstance(error, ChoiceNeeded) else ()
        heart.end(State.FAILED, str(error), error=str(error), details=type(error).__name__, candidates=candidates)
        raise
    except Exception as error:  # one job: whatever stops it is told to the person, never lost
        heart.end(State.FAILED, _unexpected(error), error=_unexpected(error), details=_where(error))
        raise
    finally:
        heart.stop()
    heart.end(State.DONE, f"Done: version {version.number}.", version=version.number)
    return stored(store, job.id)


def _unexpected(error: Exception) -> str:
    """Only the error's kind: its text may carry what must stay in the file."""
    return f"The scan stopped on an error of ours ({type(error).__name__}). Nothing was lost; the details say where."


def _where(error: Exception) -> str:
    """The call stack as file:line in function, without values."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames)
