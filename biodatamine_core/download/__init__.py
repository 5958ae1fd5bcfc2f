"""From artifacts to contents that can be read: fetch, resume, verify, store. What is local stays where it is."""

from biodatamine_core.download.one import download

__all__ = ["download"]
