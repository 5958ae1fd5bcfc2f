"""Every error that BioDataMine raises on purpose.

    BioDataMineError
    ├── UnsupportedURL            no source reads this address
    ├── ChoiceNeeded              a page links to several datasets; the person picks one
    ├── AddressRefused            the address points where we do not go (private network, metadata service)
    ├── DownloadFailed            the bytes did not arrive whole
    │   ├── BrokenOff             the connection ended in the middle; asking again may help
    │   └── NotTheData            something else arrived: an HTML page under a zip's name
    ├── DiskFull                  no room left where the bytes go
    ├── LimitExceeded             larger than the person running it allowed
    ├── UnreadableContent         an archive that cannot be walked at all
    ├── NotFound                  no such dataset, version, workspace, job or key
    ├── NameTaken                 another dataset carries this name
    ├── PermissionDenied          the role does not allow it
    ├── StorageConflict           somebody else wrote the document first
    ├── StorageUnavailable        the storage's server does not answer, or failed
    ├── InvalidSetting            an environment variable that cannot be used
    ├── InvalidCorrection         a label that cannot be set, or for nothing
    ├── QueryRefused              an SQL statement that failed or is not allowed
    ├── WorkerKilled              processes that work for a scan end before they are done
    └── Cancelled                 the person stopped it
        └── PutAside              work stops here, to be gone on with later or elsewhere

A message is one or two sentences for a person: what happened, to what, what was expected, what to do.
A bad *file* is never an exception: it becomes FileRecord.problem. A bad *dataset* is one of these.
"""


class BioDataMineError(Exception):
    """Base of all; str(error) is fit to be shown to a person."""


class UnsupportedURL(BioDataMineError): ...


class ChoiceNeeded(BioDataMineError):
    """candidates: (name, URL, size in bytes or None) of each, in the order of their numbers, which begin at 1."""

    def __init__(self, message: str, candidates: tuple[tuple[str, str, int | None], ...]) -> None:
        super().__init__(message)
        self.candidates = candidates


class AddressRefused(BioDataMineError): ...


class DownloadFailed(BioDataMineError):
    """status: what the server answered, where that is why."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class BrokenOff(DownloadFailed): ...


class NotTheData(DownloadFailed): ...


class DiskFull(BioDataMineError): ...


class LimitExceeded(BioDataMineError): ...


class UnreadableContent(BioDataMineError): ...


class NotFound(BioDataMineError): ...


class NameTaken(BioDataMineError): ...


class PermissionDenied(BioDataMineError): ...


class StorageConflict(BioDataMineError): ...


class StorageUnavailable(BioDataMineError): ...


class InvalidSetting(BioDataMineError): ...


class InvalidCorrection(BioDataMineError): ...


class QueryRefused(BioDataMineError): ...


class WorkerKilled(BioDataMineError): ...


class Cancelled(BioDataMineError): ...


class PutAside(Cancelled): ...
