"""How a published version finds its contents again: a description of each, and the content that it describes."""

from pathlib import Path

from biodatamine_core.errors import NotFound, UnreadableContent
from biodatamine_core.records import Content, ContentTree, Origin, OriginKind, is_distant, is_served
from biodatamine_core.storage.contents import LocalFile, LocalFolder, StoredObject
from biodatamine_core.storage.interface import Storage


def origin_of(content: Content | ContentTree) -> Origin | None:
    """The description that a version keeps; None for what is read only once."""
    match content:
        case StoredObject():
            return Origin(OriginKind.OBJECT, content.key, content.name, content.identity, content.size_bytes)
        case LocalFile():
            return Origin(OriginKind.FILE, str(content.path), content.name, content.identity, content.size_bytes)
        case LocalFolder():
            return Origin(OriginKind.FOLDER, str(content.path), content.name, content.identity, content.size_bytes)
    if is_served(content):
        return content.origin
    if is_distant(content):
        return Origin(OriginKind.REMOTE, "", content.name, content.identity, content.size_bytes)
    return None


def content_of(origin: Origin, storage: Storage) -> Content | ContentTree:
    """The content again, as it was scanned.

    Raises NotFound where it is gone, UnreadableContent where a file changed since, or lies on a server. A folder's
    files are for the reader to compare: listing a million of them to look at one takes longer than looking.
    """
    if origin.kind is OriginKind.REMOTE:
        raise UnreadableContent(
            f"{origin.name} stayed on its server: only headers were fetched. Download all to look at its pictures."
        )
    if origin.kind is OriginKind.BUCKET:
        raise UnreadableContent(f"{origin.name} was read in place, and nothing of it was kept in this storage.")
    if origin.kind is OriginKind.OBJECT:
        if storage.size_bytes(origin.place) is None:
            raise NotFound(f"{origin.name} is not in this storage any more; scan the dataset again.")
        sha256 = origin.identity.removeprefix("sha256:")
        return StoredObject(storage, origin.place, origin.name, sha256, origin.size_bytes)
    if origin.kind is OriginKind.FOLDER:
        if not Path(origin.place).is_dir():
            raise NotFound(f'The folder "{origin.name}" is not there any more; was it moved or renamed?')
        return LocalFolder(Path(origin.place))
    file = LocalFile(Path(origin.place), origin.name)
    if file.identity != origin.identity:
        raise UnreadableContent(f"{origin.name} changed since it was scanned; scan it again to look at its pictures.")
    return file
