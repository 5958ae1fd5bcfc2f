"""Who asks, and what each role may do."""

import getpass
from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each one may do what those before it may."""

    VIEWER = 1
    EDITOR = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. An administrator holds the storage's credentials; a shell user may read any path anyway."""

    name: str
    is_admin: bool = False
    reads_any_path: bool = False


def shell_actor() -> Actor:
    """The person at the command line or in a notebook."""
    return Actor(f"cli:{getpass.getuser()}", is_admin=True, reads_any_path=True)


def local_actor() -> Actor:
    """The person at the browser, as long as the app serves this machine only and has no sign-in."""
    return Actor(f"local:{getpass.getuser()}", is_admin=True)
