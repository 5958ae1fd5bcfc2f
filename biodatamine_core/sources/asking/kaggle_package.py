"""What the kaggle package knows of Kaggle: how a dataset's files are asked for, and where its tokens lie.

Its client asks through a caller of ours: its own opens connections past our checks and limits. The module `kaggle`
itself is left alone: it signs in while it is imported, and its authenticate() ends the process where it finds no key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from biodatamine_core.errors import DownloadFailed

_FOLDER = Path("~/.kaggle")
_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class _Caller:
    """Stands in for kagglesdk's KaggleHttpClient. ask: the JSON that Kaggle answers with at a path."""

    ask: Callable[[str], object]

    def call(self, service: str, name: str, request: Any, answer: Any) -> Any:
        query = {name: value for name, value in request.to_dict().items() if not name.endswith("Slug")}
        try:
            return answer.from_dict(self.ask(f"{request.endpoint()}?{urlencode(query)}".rstrip("?")))
        except (TypeError, ValueError, AttributeError) as error:
            raise DownloadFailed("Kaggle sent no list that can be understood; try again later.") from error


def dataset_files(slug: str, version: int | None, ask: Callable[[str], object]) -> Iterator[tuple[str, int]]:
    """(name, size in bytes) of each file of a dataset, "owner/name", page by page. Raises what `ask` does."""
    from kagglesdk.datasets.services.dataset_api_service import DatasetApiClient
    from kagglesdk.datasets.types.dataset_api_service import ApiListDatasetFilesRequest

    client, request = DatasetApiClient(_Caller(ask)), ApiListDatasetFilesRequest()
    request.owner_slug, _, request.dataset_slug = slug.partition("/")
    request.dataset_version_number = version
    for _page in range(_MOST_PAGES):
        answer = client.list_dataset_files(request)
        for file in answer.files:
            yield str(file.name), file.total_bytes
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def access_token() -> str | None:
    """The token that `kaggle auth` and Kaggle's settings page leave in ~/.kaggle; None where none can be read."""
    if not any(_FOLDER.expanduser().glob("access_token*")):
        return None  # the package takes a moment to import, and most have none
    from kagglesdk.kaggle_env import get_access_token_from_env

    try:
        token, _ = get_access_token_from_env()
    except (OSError, ValueError):
        return None
    return str(token) if token else None
