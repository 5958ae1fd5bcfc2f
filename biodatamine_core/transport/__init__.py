"""The one guarded HTTP client: nothing else in BioDataMine opens a connection to an address that a person gave."""

from biodatamine_core.transport.answers import Facts
from biodatamine_core.transport.client import Transport
from biodatamine_core.transport.trial import Trial, try_sign_in

__all__ = ["Facts", "Transport", "Trial", "try_sign_in"]
