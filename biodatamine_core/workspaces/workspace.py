"""A team's workspace: every act asks here whether the actor may."""

import hashlib
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from biodatamine_core import corrections, credentials, jobs, pipeline, sources, storage, versions
from biodatamine_core.errors import NameTaken, NotFound, PermissionDenied, StorageConflict
from biodatamine_core.jobs import Job
from biodatamine_core.records import Applies, Correction, Mode, Pseudonym, Watcher
from biodatamine_core.settings import Settings
from biodatamine_core.storage import Storage
from biodatamine_core.transport import Trial, try_sign_in
from biodatamine_core.versions import now_utc
from biodatamine_core.workspaces import naming, scanning
from biodatamine_core.workspaces.actors import Actor, Role
from biodatamine_core.workspaces.dataset import Dataset
from biodatamine_core.workspaces.looking import Looking

_READ_AT_ONCE = 16
"""Datasets: each is four small requests, one after another, and on S3 they are all waiting."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A team's folder on shared storage. Every act asks here whether the actor may."""

    name: str
    store: Storage
    settings: Settings
    actor: Actor

    @property
    def prefix(self) -> str:
        return f"workspaces/{self.name}/"

    def require(self, role: Role, doing: str) -> None:
        """Raise PermissionDenied unless the actor has at least this role here."""
        has = self._role()
        if has is None:
            raise PermissionDenied(f'{self.actor.name} is no member of "{self.name}"; ask its administrator.')
        if has < role:
            raise PermissionDenied(
                f'{self.actor.name} is a {has.name.lower()} of "{self.name}"; '
                f"{doing} needs the {role.name.lower()} role."
            )

    def _role(self) -> Role | None:
        if self.actor.is_admin:
            return Role.ADMIN
        try:
            members = storage.read_document(self.store, f"{self.prefix}workspace.json")[0]["members"]
        except NotFound:
            return None
        return Role[members[self.actor.name].upper()] if self.actor.name in members else None

    # ------------------------------------------------------------------------------------------------- datasets

    def datasets(self) -> list[Dataset]:
        """All of them, newest first."""
        self.require(Role.VIEWER, "seeing its datasets")
        base = f"{self.prefix}datasets/"
        keys = [entry.key for entry in self.store.list(base) if entry.key.endswith("/dataset.json")]
        with ThreadPoolExecutor(_READ_AT_ONCE) as threads:
            found = threads.map(self._dataset_or_none, [key.removeprefix(base).split("/")[0] for key in keys])
            there_are = [dataset for dataset in found if dataset is not None]
        return sorted(there_are, key=lambda dataset: (dataset.created_at_utc, dataset.id), reverse=True)

    def dataset(self, id_or_name: str) -> Dataset:
        """By id, else by name, for which all are read. Raises NotFound, which says what there is."""
        self.require(Role.VIEWER, "seeing its datasets")
        if naming.is_id(id_or_name) and (dataset := self._dataset_or_none(id_or_name)) is not None:
            return dataset
        everything = self.datasets()
        named = [dataset for dataset in everything if dataset.name == id_or_name]
        if not named:
            names = ", ".join(f'"{dataset.name}"' for dataset in everything[:10]) or "none yet"
            raise NotFound(f'No dataset "{id_or_name}" in workspace "{self.name}"; there is: {names}.')
        return named[0]

    def add(
        self,
        url: str,
        name: str | None = None,
        mode: Mode = Mode.FULL,
        only: str | None = None,
        pick: int | None = None,
    ) -> Job:
        """A dataset from this address, scanned by a worker; where it is being scanned already, that job.

        pick: where a page there links to several files, the number of one, from 1; its own address is then the
        dataset's. A job that needed it and had none has failed, and lists them as its candidates.
        """
        dataset = self._registered(url, name, mode, only, pick)
        job = scanning.job_for(self.store, dataset, mode, only, self.name, self.actor.name)
        self._audit("scan", dataset.id)
        self.keep_going()
        return job

    def scan(
        self,
        url: str,
        name: str | None = None,
        mode: Mode = Mode.FULL,
        only: str | None = None,
        watcher: Watcher | None = None,
        pick: int | None = None,
    ) -> Dataset:
        """The same, in this process, and wait for it; or for who scans it already. Raises what stopped it."""
        dataset = self._registered(url, name, mode, only, pick)
        # Another machine does not have this one's files: nobody there can go on where this process dies.
        machine = jobs.host() if dataset.source_kind == "local" else None
        owner = jobs.new_owner()
        job = scanning.job_for(self.store, dataset, mode, only, self.name, self.actor.name, machine, owner)
        self._audit("scan", dataset.id)
        scanning.see_through(self.store, job, owner, self.pseudonym(), self.settings, watcher)
        return self._dataset(dataset.id)

    def rescan(self, dataset: Dataset) -> Job:
        """Look again at where it came from, in the same way as before."""
        return self.add(dataset.source_url, dataset.name, dataset.mode, dataset.only)

    def correct(
        self, dataset: Dataset, about: str, value: str, applies: Applies, key: str, note: str = ""
    ) -> Correction:
        """Set a label right, for the next version and all after it. Raises InvalidCorrection.

        about, value: as of a clue. applies, key: of which series, as of a Correction.
        """
        self.require(Role.EDITOR, "correcting a label")
        correction = corrections.add(self.store, dataset.prefix, self.actor.name, about, value, applies, key, note)
        self._audit("correct", dataset.id)
        return correction

    def withdraw(self, dataset: Dataset, correction_id: str) -> None:
        """Take a correction back; it stays on record. Raises NotFound."""
        self.require(Role.EDITOR, "withdrawing a correction")
        corrections.withdraw(self.store, dataset.prefix, self.actor.name, correction_id)
        self._audit("withdraw", dataset.id)

    def relabel(self, dataset: Dataset) -> Job:
        """A new version with the corrections that stand, made by a worker; a scan under way takes its place."""
        job = self._relabelling(dataset)
        self.keep_going()
        return job

    def relabel_here(self, dataset: Dataset, watcher: Watcher | None = None) -> Dataset:
        """The same, in this process, and wait for it. Raises what stopped it."""
        owner = jobs.new_owner()
        job = self._relabelling(dataset, owner)
        scanning.see_through(self.store, job, owner, self.pseudonym(), self.settings, watcher)
        return self._dataset(dataset.id)

    def _relabelling(self, dataset: Dataset, owner: str | None = None) -> Job:
        self.require(Role.EDITOR, "making a version")
        mode, only, by = dataset.mode, dataset.only, self.actor.name
        job = scanning.job_for(self.store, dataset, mode, only, self.name, by, owner=owner, relabels=True)
        self._audit("relabel", dataset.id)
        return job

    def look(self, url: str) -> Looking:
        """Begin to list what lies at this address; nothing is downloaded. Raises UnsupportedURL, PermissionDenied."""
        self.require(Role.EDITOR, "adding a dataset")
        source = sources.parse(url)
        self._refuse_foreign_path(source)
        shown = credentials.of_user(self.store, self.settings, self.actor.name)
        return Looking(source, sources.Reach.of(self.settings, self.store, shown), self.settings, self.jobs)

    def upload(self, files: Iterable[tuple[str, BinaryIO]]) -> str:
        """Store files that a person handed over; returns the address that add() takes."""
        self.require(Role.EDITOR, "uploading")
        return sources.store_upload(self.store, files)

    def delete(self, dataset: Dataset) -> None:
        """Remove a dataset with all its versions. Its raw objects stay: other datasets may share them."""
        self.require(Role.EDITOR, "deleting a dataset")
        if dataset.job is not None and dataset.job.is_active:
            jobs.cancel(self.store, dataset.job.id)
        self.store.delete(f"{dataset.prefix}dataset.json")  # first: half a deletion must not look like a dataset
        for entry in list(self.store.list(dataset.prefix)):
            self.store.delete(entry.key)
        self._audit("delete", dataset.id)

    def _registered(self, url: str, name: str | None, mode: Mode, only: str | None, pick: int | None) -> Dataset:
        self.require(Role.EDITOR, "adding a dataset")
        source = sources.parse(url)
        self._refuse_foreign_path(source)
        if pick is not None:
            shown = credentials.of_user(self.store, self.settings, self.actor.name)
            reach = sources.Reach.of(self.settings, self.store, shown)
            source = sources.parse(sources.picked(source.url, pick, reach))
        return self._register(source, name, mode, only)

    def _refuse_foreign_path(self, source: sources.Source) -> None:
        """From a browser only the folders that whoever runs the app has opened."""
        if source.kind != "local" or self.actor.reads_any_path:
            return
        path = sources.local_path(source.url).resolve()
        if not any(path.is_relative_to(root) for root in self.settings.local_roots):
            raise PermissionDenied(
                f"This app may not read {path}. Whoever runs it can allow its folder with BIODATAMINE_LOCAL_ROOTS; "
                "or upload the file."
            )

    def _register(self, source: sources.Source, name: str | None, mode: Mode, only: str | None) -> Dataset:
        """The dataset of this source (and part of it), made when it is not there yet."""
        wanted = (name or "").strip()
        everything = self.datasets()
        same = [d for d in everything if d.source_url == source.url and d.only == only]
        if same and (not wanted or wanted == same[0].name):
            return same[0]
        taken = {d.name for d in everything}
        if wanted in taken:
            raise NameTaken(f'"{wanted}" is the name of another dataset here; choose another name, or delete that one.')
        shown = wanted or naming.free_name(source.title, taken)
        fingerprint = hashlib.sha256("\0".join([source.url, only or "", shown]).encode()).hexdigest()
        dataset_id = f"{naming.slug(shown)}-{fingerprint[:6]}"
        document = {
            "id": dataset_id,
            "name": shown,
            "source_url": source.url,
            "source_kind": source.kind,
            "mode": mode,
            "only": only,
            "created_at_utc": now_utc(),
            "created_by": self.actor.name,
            "job_id": None,
        }
        with suppress(StorageConflict):  # somebody added the same at the same moment: it is theirs and ours
            storage.create_document(self.store, f"{self.prefix}datasets/{dataset_id}/dataset.json", document)
        return self._dataset(dataset_id)

    def _dataset_or_none(self, dataset_id: str) -> Dataset | None:
        """None for one that is not there, or was deleted by somebody a moment ago."""
        try:
            return self._dataset(dataset_id)
        except NotFound:
            return None

    def _dataset(self, dataset_id: str) -> Dataset:
        prefix = f"{self.prefix}datasets/{dataset_id}/"
        document, _ = storage.read_document(self.store, f"{prefix}dataset.json")
        job_id = document.pop("job_id")
        try:
            job = jobs.read(self.store, job_id) if job_id else None
        except NotFound:
            job = None
        document["mode"] = Mode(document["mode"])
        return Dataset(
            **document,
            prefix=prefix,
            job=job,
            version=versions.latest(self.store, prefix),
            store=self.store,
            settings=self.settings,
        )

    # ----------------------------------------------------------------------------------------------------- jobs

    def jobs(self) -> list[Job]:
        """All of them, newest first."""
        self.require(Role.VIEWER, "seeing its jobs")
        return [job for job in jobs.shown(self.store) if job.workspace == self.name]

    def job(self, job_id: str) -> Job:
        """A job of this workspace. Raises NotFound, also for another workspace's."""
        self.require(Role.VIEWER, "seeing its jobs")
        job = jobs.read(self.store, job_id)
        if job.workspace != self.name:
            raise NotFound(f'No job "{job_id}" in workspace "{self.name}".')
        return job

    def cancel(self, job: Job) -> None:
        self.require(Role.EDITOR, "cancelling a scan")
        jobs.cancel(self.store, self.job(job.id).id)

    def pause(self, job: Job) -> None:
        self.require(Role.EDITOR, "pausing a scan")
        jobs.pause(self.store, self.job(job.id).id)

    def resume(self, job: Job) -> None:
        self.require(Role.EDITOR, "resuming a scan")
        jobs.resume(self.store, self.job(job.id).id)
        self.keep_going()

    def keep_going(self) -> None:
        """Wake a worker for the jobs that wait; where none runs, one is started. It outlives this process."""
        jobs.ring(self.settings)
        jobs.ensure_worker(self.store, self.settings)

    @property
    def sign_ins(self) -> credentials.KeptSignIns:
        """The actor's own, in every workspace; nobody else's can be reached from here."""
        return credentials.KeptSignIns(self.store, self.settings, self.actor.name)

    def try_sign_in(self, url: str) -> Trial:
        """Whether the actor's sign-in opens this address."""
        return try_sign_in(url, self.settings, credentials.of_user(self.store, self.settings, self.actor.name))

    def pseudonym(self) -> Pseudonym:
        """Under this workspace's secret; other workspaces give the same patient another key."""
        return pipeline.pseudonym_under(self.store, f"{self.prefix}keys/pseudonym")

    def _audit(self, act: str, subject: str) -> None:
        entry = {"act": act, "subject": subject, "by": self.actor.name, "at_utc": now_utc()}
        key = f"{self.prefix}audit/{entry['at_utc'].replace(':', '')}-{secrets.token_hex(4)}.json"
        storage.create_document(self.store, key, entry)
