"""JSON documents that several may change."""

from pathlib import Path

import pytest

from biodatamine_core.errors import NotFound, StorageConflict, UnreadableContent
from biodatamine_core.storage import LocalStorage, create_document, read_document, update_document


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def test_a_document_comes_back_as_it_was(store: LocalStorage) -> None:
    document = {"name": "Zürich \udcff", "count": 3, "share": 0.5, "only": None, "tags": ["a", "b"]}
    etag = create_document(store, "a/document.json", document)
    assert read_document(store, "a/document.json") == (document, etag)


def test_an_absent_document_is_not_updated(store: LocalStorage) -> None:
    with pytest.raises(NotFound):
        update_document(store, "document.json", lambda document: document)


def test_an_update_sees_what_another_wrote_in_between(store: LocalStorage) -> None:
    create_document(store, "document.json", {"by": []})
    others = iter(["ben", "eva"])

    def add_ana(document: dict[str, list[str]]) -> dict[str, list[str]]:
        for other in others:
            store.put("document.json", f'{{"by": ["{other}"]}}'.encode())
            break
        return {"by": [*document["by"], "ana"]}

    assert update_document(store, "document.json", add_ana) == {"by": ["eva", "ana"]}
    assert read_document(store, "document.json")[0] == {"by": ["eva", "ana"]}


def test_a_change_that_raises_writes_nothing(store: LocalStorage) -> None:
    etag = create_document(store, "document.json", {"count": 1})

    def refuse(document: dict[str, int]) -> dict[str, int]:
        raise StorageConflict("not this time")

    with pytest.raises(StorageConflict, match="not this time"):
        update_document(store, "document.json", refuse)
    assert read_document(store, "document.json") == ({"count": 1}, etag)


def test_a_change_that_changes_nothing_writes_nothing(store: LocalStorage) -> None:
    create_document(store, "document.json", {"count": 1})
    before = next(store.list("")).modified_at
    update_document(store, "document.json", dict)
    assert next(store.list("")).modified_at == before


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff"])
def test_what_is_no_document_is_named(store: LocalStorage, data: bytes) -> None:
    store.put("document.json", data)
    with pytest.raises(UnreadableContent, match=r"document\.json"):
        read_document(store, "document.json")
