"""The one job that scans a dataset: made where there is none, joined where there is one."""

from contextlib import suppress

from biodatamine_core import jobs, storage
from biodatamine_core.errors import NotFound, StorageUnavailable
from biodatamine_core.jobs import Job
from biodatamine_core.records import Mode, Pseudonym, Watcher
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage
from biodatamine_core.storage.documents import Document
from biodatamine_core.workspaces.dataset import Dataset


def job_for(
    store: Storage,
    dataset: Dataset,
    mode: Mode,
    only: str | None,
    workspace: str,
    by: str,
    machine: str | None = None,
    owner: str | None = None,
    relabels: bool = False,
) -> Job:
    """The job that scans this dataset, waiting or under way; a new one where the last one ended.

    machine: the only host that can do it. owner: who takes a new job at once; None leaves it to the workers.
    relabels: as of a Job.
    Of several requests at the same moment one makes the job and the others join it.
    """
    key = f"{dataset.prefix}dataset.json"
    job = _active(store, storage.read_document(store, key)[0]["job_id"])
    if job is not None:
        return job
    made = jobs.create(
        store,
        workspace=workspace,
        dataset_id=dataset.id,
        prefix=dataset.prefix,
        url=dataset.source_url,
        mode=mode,
        only=only,
        by=by,
        title=dataset.name,
        machine=machine,
        owner=owner,
        relabels=relabels,
    )
    changes = {"job_id": made.id, "mode": mode, "only": only}

    def point(document: Document) -> Document:
        return document if _active(store, document["job_id"]) is not None else {**document, **changes}

    job_id = storage.update_document(store, key, point)["job_id"]
    if job_id == made.id:
        return made
    # Somebody was faster. Whoever may have taken ours since finds its document gone, and stops.
    store.delete(jobs.key_of(made.id))
    return jobs.read(store, job_id)


def see_through(
    store: Storage, job: Job, owner: str, pseudonym: Pseudonym, settings: Settings, watcher: Watcher | None
) -> None:
    """Work on the job where it is this owner's, else wait for whoever does. Raises what stopped it."""
    lease = jobs.Lease(job) if job.owner == owner else jobs.follow(store, job.id, watcher)
    while isinstance(lease, jobs.Lease):
        with suppress(StorageUnavailable):  # the job waits for another attempt, or has failed: the document says
            jobs.run(store, lease, pseudonym, settings, watcher)
        lease = jobs.follow(store, job.id, watcher)


def _active(store: Storage, job_id: str | None) -> Job | None:
    try:
        job = jobs.read(store, job_id) if job_id else None
    except NotFound:  # an old one whose document is forgotten
        return None
    return job if job is not None and job.is_active else None
