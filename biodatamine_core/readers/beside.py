"""The data file that a header speaks of, found beside it."""

from biodatamine_core.records import Member


def data_member(member: Member, name: str) -> Member | None:
    """The file of this name beside the member, also where its ending is in the other case, or it is packed (.gz, ...).

    None where there is none, or where the archive is read in one pass.
    """
    stem, dot, ending = name.rpartition(".")
    spellings = dict.fromkeys((name, f"{stem}{dot}{ending.lower()}", f"{stem}{dot}{ending.upper()}"))
    for packed in ("", ".gz", ".bz2", ".xz", ".zst"):
        for spelling in spellings:
            found = member.sibling(spelling + packed)
            if found is not None:
                return found
    return None


def same_stem(name: str, ending: str) -> str:
    """brain.hdr, ".img" -> brain.img; the new ending is in capitals where the old one is."""
    stem, _, old = name.removesuffix(".gz").rpartition(".")
    return stem + (ending.upper() if old.isupper() else ending)
