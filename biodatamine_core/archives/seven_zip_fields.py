"""The numbers of a 7z directory, read forward: no count is believed that its own bytes cannot hold."""

from biodatamine_core.errors import UnreadableContent

LARGEST_SIZE = (1 << 63) - 1  # what a table's column can hold


def damaged(archive_name: str) -> UnreadableContent:
    return UnreadableContent(f"{archive_name} is a 7z archive whose directory is damaged; get the file again.")


class Fields:
    """Reads a header forward. Whatever it lacks raises UnreadableContent."""

    def __init__(self, data: bytes, archive_name: str) -> None:
        self._data = data
        self._at = 0
        self._archive_name = archive_name

    def damage(self) -> UnreadableContent:
        return damaged(self._archive_name)

    def take(self, length: int) -> bytes:
        if length > self.left:
            raise self.damage()
        self._at += length
        return self._data[self._at - length : self._at]

    def rest(self) -> bytes:
        return self.take(self.left)

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """1 to 9 bytes: the leading ones of the first say how many follow, its other bits are the highest."""
        first = self.byte()
        more = 8 - (first ^ 0xFF).bit_length()
        low = int.from_bytes(self.take(more), "little")
        return low | (first & (0x7F >> more)) << (8 * more) if more < 8 else low

    def size(self) -> int:
        """A number that a table's column can hold."""
        number = self.number()
        if number > LARGEST_SIZE:
            raise self.damage()
        return number

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def count(self, least_bytes: int = 1) -> int:
        """How many things follow; each of them takes so many bytes at least."""
        count = self.number()
        if count * least_bytes > self.left:
            raise self.damage()
        return count

    def expect(self, kind: int) -> None:
        if self.number() != kind:
            raise self.damage()

    def bits(self, count: int) -> list[bool]:
        data = self.take(-(-count // 8))
        return [bool(data[at // 8] & 0x80 >> at % 8) for at in range(count)]

    def defined(self, count: int) -> list[bool]:
        """Which of so many things are told; often a single byte says: all."""
        return self.bits(count) if self.byte() == 0 else [True] * count

    def crc32s(self, count: int) -> list[int | None]:
        return [int.from_bytes(self.take(4), "little") if is_told else None for is_told in self.defined(count)]
