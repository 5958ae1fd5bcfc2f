"""From artifacts to contents that can be read: fetch, resume, verify, store. What is local stays where it is."""

from biodatamine_core.download.arriving import FOLLOWED_FROM_BYTES, ArrivingFile, meanwhile
from biodatamine_core.download.bucket import BucketTree, is_readable_in_place, read_in_place
from biodatamine_core.download.by_range import ByRange
from biodatamine_core.download.fetch import Follower, fetch
from biodatamine_core.download.one import Downloaded, download
from biodatamine_core.download.transfer import Terms

__all__ = [
    "FOLLOWED_FROM_BYTES",
    "ArrivingFile",
    "BucketTree",
    "ByRange",
    "Downloaded",
    "Follower",
    "Terms",
    "download",
    "fetch",
    "is_readable_in_place",
    "meanwhile",
    "read_in_place",
]
