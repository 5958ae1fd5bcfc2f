"""Zarr arrays and OME-Zarr images, versions 2 and 3: many small files, of which the metadata is the image.

Sources: Zarr v2 and v3 core specifications; OME-NGFF 0.4 and 0.5, "multiscales". An OME-Zarr is its pyramid's first
level; the other levels, and every chunk, are files of that one image (`data_files` is `**`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from biodatamine_core.readers.decoding import decoding
from biodatamine_core.readers.interface import Picture, problem
from biodatamine_core.readers.volume import Grid
from biodatamine_core.readers.zarr_array import Layout, ZarrArray, layout_of
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "Zarr"

_MOST_METADATA_BYTES = 16 << 20
_MOST_LEVELS = 64
_DRAWN_SIDE = 512
"""A picture is made of the smallest level that has so many pixels on its longer side."""
_MM = {"nanometer": 1e-6, "micrometer": 1e-3, "millimeter": 1.0, "centimeter": 10.0, "meter": 1e3}
_COLOURS = (3, 4)


def sniff(head: bytes, name: str) -> bool:
    """JSON that states its Zarr version, or the attributes of a group of images."""
    is_attributes = name == ".zattrs" and b'"multiscales"' in head
    return head.lstrip()[:1] == b"{" and (b'"zarr_format"' in head or is_attributes)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """An image where it is an array, or the root of a pyramid; the other metadata are sidecars."""
    record: dict[str, Any] = {"file_id": "", "path": member.path, "format": name, "role": Role.SIDECAR}
    try:
        with decoding("Zarr metadata"):
            stated = _stated(member)
            levels = _levels(stated)
            record |= {"format": "OME-Zarr"} if levels else {}
            found = _image(member, stated, levels[:1])
            facts = found[1].facts() if found is not None else {}
    except UnreadableMember as unreadable:
        return FileRecord(**record, **problem(unreadable.problem.kind, unreadable.problem.sentence))
    if found is not None:
        record |= {**facts, "role": Role.IMAGE, "data_files": ("**",)}
    elif levels and member.finder is not None:
        return FileRecord(**record, **problem(ProblemKind.MISSING_PART, "The array of its first level is not there."))
    return FileRecord(**record, readable=True)


def middle_picture(member: Member) -> Picture:
    from biodatamine_core.readers.grid_picture import middle_picture as picture_of

    with decoding("image"):
        array, grid = _opened(member, is_small=True)
        return picture_of(array, grid)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    from biodatamine_core.readers.grid_picture import plane

    array, grid = _opened(member, is_small=False)
    for number in wanted:
        with decoding("image"):
            picture = plane(array, grid, number)
        yield picture


def _opened(member: Member, is_small: bool) -> tuple[ZarrArray, Grid]:
    """The array to draw, and how it lies. Raises UnreadableMember where it cannot be looked up."""
    stated = _stated(member)
    found = [image for level in (_levels(stated) or [{}]) if (image := _image(member, stated, [level])) is not None]
    if not found:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "Its array cannot be read beside it.")
    large = [image for image in found if max(image[1].shape[:2]) >= _DRAWN_SIDE] or found[:1]
    folder, grid, layout = min(large, key=lambda image: max(image[1].shape[:2])) if is_small else found[0]
    return ZarrArray(member, folder, layout), grid


def _image(
    member: Member, stated: Mapping[str, Any], levels: Sequence[Mapping[str, Any]]
) -> tuple[str, Grid, Layout] | None:
    """(folder of the chunks, grid, layout) of an array itself, or of the first of these levels of a pyramid."""
    if "shape" in stated:
        layout = layout_of(stated)
        return "", _grid(layout, _axes_of_numpy(layout), None), layout
    path = str(levels[0].get("path", "")).strip("/") if levels else ""
    if not path:
        return None
    for metadata in (".zarray", "zarr.json"):
        array = member.sibling(f"{path}/{metadata}")
        if array is not None:
            layout = layout_of(_stated(array))
            axes = _axes(_multiscale(stated)) or _axes_of_numpy(layout)
            return f"{path}/", _grid(layout, axes, levels[0]), layout
    return None


def _stated(member: Member) -> Mapping[str, Any]:
    text = member.read(0, _MOST_METADATA_BYTES + 1)
    if len(text) > _MOST_METADATA_BYTES:
        raise UnreadableMember(ProblemKind.TOO_LARGE, f"Metadata of more than {_MOST_METADATA_BYTES:,} bytes.")
    with decoding("Zarr metadata"):
        stated = json.loads(text)
        if not isinstance(stated, dict):
            raise TypeError
        return stated


def _multiscale(stated: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first image of a group: in .zattrs; in the attributes of version 3, since OME-NGFF 0.5 below "ome"."""
    attributes = stated.get("attributes", stated)
    images = attributes.get("ome", attributes).get("multiscales") or [{}]
    return images[0] if isinstance(images[0], dict) else {}


def _levels(stated: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    levels = _multiscale(stated).get("datasets") or []
    return [level for level in levels[:_MOST_LEVELS] if isinstance(level, dict)]


def _axes(image: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, unit) of each axis as stored: t, c, z, y, x. Before OME-NGFF 0.4 an axis was only its name."""
    axes = image.get("axes") or []
    return [
        (str(axis.get("name", "")).lower(), str(axis.get("unit", ""))) if isinstance(axis, dict) else (str(axis), "")
        for axis in axes
    ]


def _axes_of_numpy(layout: Layout) -> list[tuple[str, str]]:
    """Axes without names, as numpy orders them: the last one is the columns, but for three or four bytes of colour."""
    names = ["t", "z", "y", "x"]
    if len(layout.shape) > 2 and layout.dtype.name == "uint8" and layout.shape[-1] in _COLOURS:
        names.append("c")
    more = len(layout.shape) - len(names)
    return [(axis, "") for axis in ([f"t{number}" for number in range(more)] + names)[-len(layout.shape) :]]


def _grid(layout: Layout, axes: list[tuple[str, str]], level: Mapping[str, Any] | None) -> Grid:
    if len(axes) != len(layout.shape):
        raise UnreadableMember(
            ProblemKind.CORRUPT, "Its metadata are broken: they name more or fewer axes than it has."
        )
    names = [axis for axis, _ in axes]
    spatial = [names.index(axis) for axis in ("x", "y", "z") if axis in names]
    if len(spatial) < 2:
        raise UnreadableMember(ProblemKind.UNSUPPORTED, "Its axes do not say which of them are rows and columns.")
    colour = names.index("c") if "c" in names else None
    further = [axis for axis in reversed(range(len(axes))) if axis not in spatial and axis != colour]
    flat = (len(layout.shape),) if len(spatial) == 2 else ()  # the axis of length 1 that ZarrArray adds: one slice
    order = (*spatial, *flat, *further)
    scales = [t["scale"] for t in (level or {}).get("coordinateTransformations", []) if t.get("type") == "scale"]
    factors = [_MM.get(axes[axis][1]) for axis in spatial]
    steps: tuple[float, ...] = ()
    if scales and None not in factors:
        steps = tuple(float(scales[0][axis]) * (factor or 0) for axis, factor in zip(spatial, factors, strict=True))
    return Grid(
        shape=tuple((*layout.shape, 1)[axis] for axis in order),
        axes=order,
        dtype=layout.dtype.name,
        colour_axis=colour,
        channels=layout.shape[colour] if colour is not None else 1,
        spacing_mm=steps,
    )
