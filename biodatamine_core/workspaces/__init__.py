"""The front door: who may do what, and the two nouns that people use, Workspace and Dataset."""

import re
from contextlib import suppress

from biodatamine_core import storage
from biodatamine_core.errors import InvalidSetting
from biodatamine_core.settings import Settings, environment
from biodatamine_core.workspaces.actors import Actor, Role, local_actor, shell_actor
from biodatamine_core.workspaces.dataset import Dataset
from biodatamine_core.workspaces.looking import Bundle, Listing, Looking
from biodatamine_core.workspaces.workspace import Workspace

__all__ = [
    "DEFAULT_WORKSPACE",
    "Actor",
    "Bundle",
    "Dataset",
    "Listing",
    "Looking",
    "Role",
    "Workspace",
    "local_actor",
    "open_workspace",
    "shell_actor",
]

DEFAULT_WORKSPACE = "default"


def open_workspace(
    settings: Settings | None = None, actor: Actor | None = None, name: str = DEFAULT_WORKSPACE
) -> Workspace:
    """The workspace of that name, made when it is asked for first. Raises PermissionDenied to who is no member."""
    settings = settings or environment()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
        raise InvalidSetting(f'"{name}" is no workspace name; use up to 63 of a-z, 0-9, "-" and "_".')
    with suppress(OSError):  # whoever must write there says so; others only look
        settings.make_state_dir()
    store = storage.connect(settings.storage_url, settings.state_dir)
    return Workspace(name, store, settings, actor or shell_actor())
