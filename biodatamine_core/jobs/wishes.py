"""What people ask of a job: cancel, pause, resume. A mark in the document that its owner reads within a second."""

import time
from typing import Any

from biodatamine_core import storage
from biodatamine_core.jobs.documents import ACTIVE, State, key_of, logged
from biodatamine_core.storage import Storage

STOPPED = "Stopped before it was done. Nothing was published from it."


def cancel(store: Storage, job_id: str) -> None:
    """Ask a job to stop. One that nobody works on ends at once; one that has ended stays as it is."""

    def mark(document: dict[str, Any]) -> dict[str, Any]:
        if document["state"] not in ACTIVE or document["cancel_requested"]:
            return document
        asked = {**document, "cancel_requested": True}
        if document["state"] == State.RUNNING:
            return asked
        ended = {"state": State.CANCELLED, "error": STOPPED, "ended_at": time.time()}
        return {**asked, **ended, "log": logged(document, "Cancelled.")}

    storage.update_document(store, key_of(job_id), mark)


def pause(store: Storage, job_id: str) -> None:
    """Ask a job to stand aside until resume(); what it downloaded and read is kept."""

    def mark(document: dict[str, Any]) -> dict[str, Any]:
        if document["state"] == State.RUNNING:
            return {**document, "pause_requested": True}
        if document["state"] == State.WAITING:
            return {**document, "state": State.PAUSED, "log": logged(document, "Paused.")}
        return document

    storage.update_document(store, key_of(job_id), mark)


def resume(store: Storage, job_id: str) -> None:
    """Let a paused job wait for its turn again, or take back the wish to pause it."""

    def mark(document: dict[str, Any]) -> dict[str, Any]:
        if document["state"] != State.PAUSED:
            return {**document, "pause_requested": False}
        again = {"state": State.WAITING, "pause_requested": False, "heartbeat_at": time.time()}
        return {**document, **again, "log": logged(document, "Resumed; waits for a worker.")}

    storage.update_document(store, key_of(job_id), mark)
