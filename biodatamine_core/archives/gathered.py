"""Headers of a one-pass archive together with the files that hold their voxels: each kept until the others came by."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from biodatamine_core.archives.compressions import unpacked
from biodatamine_core.archives.spill import Spilled, spilled
from biodatamine_core.records import Member, UnreadableMember

MOST_KEPT_BYTES = 4 << 30
"""Of one header and its files, in temporary files."""
_EVERYTHING_BELOW = "**"
"""What a Zarr names: nobody knows when the last of it has passed."""
_PACKED = re.compile(r"\.(gz|bz2|xz|zst)$")


@dataclass(slots=True)
class _Group:
    """What one header waits for, and what of it came by."""

    header: str
    lacking: set[str]
    kept: dict[str, tuple[Member, Spilled]] = field(default_factory=dict)
    kept_bytes: int = 0

    def keep(self, member: Member) -> None:
        """A part that is too large, or damaged, is left out: the header's reader says that it is not there."""
        self.lacking.discard(_key(member.path))
        try:
            spill = spilled(member, MOST_KEPT_BYTES - self.kept_bytes)
        except UnreadableMember:
            return
        self.kept[member.path] = (member, spill)
        self.kept_bytes += spill.size_bytes

    def find(self, path: str) -> Member | None:
        member, spill = self.kept.get(path, (None, None))
        if member is None or spill is None:
            return None
        return unpacked(replace(member, opener=spill.open, size_bytes=spill.size_bytes))

    def whole(self, member: Member) -> Member:
        """The header, able to look its files up; as it came where it could not be kept."""
        header = self.kept.get(self.header)
        return replace(member, opener=header[1].open, finder=self.find) if header else member


def gathered(members: Iterable[Member], data_files: Mapping[str, Sequence[str]]) -> Iterator[Member]:
    """The members; a header that is read in one pass comes once all of its files have passed.

    data_files: path of a header -> its files by their names from its folder, as FileRecord states them. What a header
    still lacks at the end is not there: it comes last. Other members come as they do.
    """
    groups = [
        _Group(path, {_key(path), *(_key(path, name) for name in names)})
        for path, names in data_files.items()
        if _EVERYTHING_BELOW not in names
    ]
    waiting: dict[str, list[_Group]] = {}
    headers: dict[str, Member] = {}
    for group in groups:
        for key in group.lacking:
            waiting.setdefault(key, []).append(group)
    for member in members:
        wanted_by = waiting.pop(_key(member.path), []) if member.is_streamed and member.refusal is None else []
        if not wanted_by:
            yield member
        for group in wanted_by:
            if member.path == group.header:
                headers[member.path] = member
            group.keep(member)
            if not group.lacking and group.header in headers:
                yield group.whole(headers.pop(group.header))
                group.kept.clear()
    for group in groups:
        if group.header in headers:
            yield group.whole(headers[group.header])


def _key(path: str, name: str | None = None) -> str:
    """A path in small letters without .gz and its like: names in headers are not to be trusted in either."""
    whole = path if name is None else posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    return _PACKED.sub("", whole.lower())
