"""MINC volumes: MINC 1 is a NetCDF file, MINC 2 an HDF5 file. Other HDF5 files are named and not looked into."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

from biodatamine_core.readers import volume
from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import HEAD_BYTES, MAX_PICTURE_BYTES, Picture, problem
from biodatamine_core.readers.stated_modality import stated_modality
from biodatamine_core.readers.volume import Grid, Volume, whole
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "MINC"

_NETCDF = (b"CDF\x01", b"CDF\x02")
_HDF5 = b"\x89HDF\r\n\x1a\n"


def sniff(head: bytes, name: str) -> bool:
    return head.startswith((*_NETCDF, _HDF5))


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of a MINC volume; NetCDF and HDF5 files that are none say so."""

    def parse() -> Volume:
        with _opened(member, head) as minc:
            return replace(_volume(minc), more={"modality_tag": _modality(minc)})

    try:
        return volume.inspected(name, parse, member, mode)
    except _NoMinc:
        kind = "HDF5" if head.startswith(_HDF5) else "NetCDF"
        sentence = f"{kind} files hold anything; of them only MINC volumes are read."
        return FileRecord(
            file_id="", path=member.path, format=kind, role=Role.OTHER, **problem(ProblemKind.UNSUPPORTED, sentence)
        )


def middle_picture(member: Member) -> Picture:
    from biodatamine_core.readers.grid_picture import middle_picture as picture_of

    with _to_draw(member) as minc, decoding("image"):
        from nibabel.minc1 import MincImageArrayProxy

        return picture_of(MincImageArrayProxy(minc), _volume(minc).grid)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    from biodatamine_core.readers.grid_picture import plane

    with _to_draw(member) as minc:
        from nibabel.minc1 import MincImageArrayProxy

        array, grid = MincImageArrayProxy(minc), _volume(minc).grid
        for number in wanted:
            with decoding("image"):
                picture = plane(array, grid, number)
            yield picture


class _NoMinc(Exception):
    """A container of another kind; never leaves this module."""


@contextmanager
def _to_draw(member: Member) -> Iterator[Any]:
    """The opened file, once its header was taken for a volume's; that it is none after all is damage."""
    try:
        with _opened(member, member.read(0, HEAD_BYTES)) as minc:
            yield minc
    except _NoMinc as other:
        raise UnreadableMember(ProblemKind.CORRUPT, "Its structure is damaged: it holds no volume.") from other


@contextmanager
def _opened(member: Member, head: bytes) -> Iterator[Any]:
    """nibabel's view of the file, open for as long as it is needed."""
    with whole(member, head) as stream:
        if head.startswith(_HDF5):
            import h5py

            with decoding("HDF5 structure"):
                opened = h5py.File(stream, "r")
            with opened:
                with decoding("HDF5 structure"):
                    is_minc = "minc-2.0" in opened
                if not is_minc:
                    raise _NoMinc
                with decoding("MINC header"):
                    from nibabel.minc2 import Minc2File

                    _refuse_what_leads_out(opened)
                    minc2 = Minc2File(opened)
                yield minc2
        else:
            with decoding("NetCDF structure"):
                from nibabel.externals.netcdf import netcdf_file

                opened = netcdf_file(stream, mmap=_is_mappable(stream))
            if "image" not in opened.variables:
                raise _NoMinc
            with decoding("MINC header"):
                from nibabel.minc1 import Minc1File

                minc = Minc1File(opened)
            yield minc


def _refuse_what_leads_out(opened: Any) -> None:
    """An HDF5 file can name other files of this machine as its own parts; those are never opened."""
    import h5py

    def outside(name: str, link: object) -> str | None:
        return name if isinstance(link, h5py.ExternalLink) else None

    found = opened.visititems_links(outside)
    image = None if found else opened["minc-2.0/image/0"]
    datasets = [] if image is None else [image[name] for name in ("image", "image-max", "image-min")]
    if found or any(dataset.external or dataset.is_virtual for dataset in datasets):
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "Parts of it lie in other files, which are not opened.")


def _is_mappable(stream: BinaryIO) -> bool:
    """Whether the file can be mapped; one that cannot is read whole, so it must be small."""
    try:
        stream.fileno()
    except (OSError, io.UnsupportedOperation):
        size_bytes = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        if size_bytes > MAX_PICTURE_BYTES:
            raise UnreadableMember(ProblemKind.TOO_LARGE, f"A MINC 1 file of {size_bytes:,} bytes.") from None
        return False
    return True


def _modality(minc: Any) -> str | None:
    """Attribute modality of the variable study: of a NetCDF variable, or of a group of an HDF5 file."""
    from nibabel.minc2 import Minc2File

    with decoding("MINC header"):
        opened = minc._mincfile
        if isinstance(minc, Minc2File):
            study = opened.get("minc-2.0/info/study")
            stated = None if study is None else study.attrs.get("modality")
        else:
            stated = getattr(opened.variables.get("study"), "modality", None)
    return None if stated is None else stated_modality(stated)


def _volume(minc: Any) -> Volume:
    """MINC's axes run from the slowest to the fastest: time, z, y, x become x, y, z, time."""
    with decoding("MINC header"):
        shape = tuple(int(size) for size in minc.get_data_shape())
        affine = minc.get_affine()
        flipped = affine.copy()
        spatial = affine.shape[0] - 1
        flipped[:, :spatial] = affine[:, spatial - 1 :: -1]
        grid = Grid(
            shape=shape[::-1],
            axes=tuple(range(len(shape)))[::-1],
            dtype=minc.get_data_dtype().name,
            spacing_mm=tuple(abs(float(step)) for step in minc.get_zooms()[::-1][:3]),
            affine_ras=tuple(flipped.ravel()) if spatial == 3 else None,
        )
    return Volume(name, grid, lambda stream: None)
