"""What the pages of a TIFF are: slices, times, channels or levels of a pyramid; who wrote it, how large a pixel is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

MAKERS = {
    "svs": "Aperio", "ndpi": "Hamamatsu", "scn": "Leica", "bif": "Ventana", "philips": "Philips", "qpi": "PerkinElmer",
    "indica": "Indica", "lsm": "Zeiss LSM", "stk": "MetaMorph", "metaseries": "MetaMorph", "fluoview": "FluoView",
    "sis": "Olympus SIS", "micromanager": "Micro-Manager", "scanimage": "ScanImage", "ome": "OME", "imagej": "ImageJ",
}  # fmt: skip
"""By tifffile's flag: the software or the scanner whose metadata the file carries."""
SLIDE_FORMATS = {"svs": "SVS", "ndpi": "NDPI", "scn": "SCN", "bif": "BIF"}
_MM_PER_UNIT = {
    "nm": 1e-6, "µm": 1e-3, "μm": 1e-3, "um": 1e-3, "\\u00b5m": 1e-3, "micron": 1e-3, "microns": 1e-3,
    "mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4,
}  # fmt: skip
_MM_PER_RESOLUTION_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 1e-3}  # TIFF 6.0: inch, centimetre; tifffile: mm, µm
_PRINTED_PIXEL_MM = 0.02
"""Above this a density is how a picture prints (1270 dots an inch); below it is what a microscope saw."""
_SAME_ASPECT = 0.02


@dataclass(frozen=True, slots=True)
class Layout:
    """pages: of one size, on axes that the file does not name; 1 where it names them all. levels: of a pyramid."""

    columns: int
    rows: int
    slices: int
    times: int
    channels: int
    pages: int
    levels: int


def layout_of(tiff: "TiffFile") -> Layout | None:
    """Of the file's first image; None where it has no rows and columns."""
    series = tiff.series[0]
    size = dict(zip(series.axes, series.shape, strict=True))
    if not size.get("X") or not size.get("Y"):
        return None
    named = math.prod(size.get(axis, 1) for axis in "XYZTCS")
    levels = max(len(series.levels), _loose_levels(tiff))
    pages = math.prod(series.shape) // named
    if pages == 1 and levels == 1 and not maker_of(tiff):
        pages = len(tiff.series)  # images of several sizes: nothing says what they are to each other
    return Layout(
        columns=size["X"],
        rows=size["Y"],
        slices=size.get("Z", 1),
        times=size.get("T", 1),
        channels=size.get("C", 1) * size.get("S", 1),
        pages=pages,
        levels=levels,
    )


def maker_of(tiff: "TiffFile") -> str | None:
    """Whose metadata it carries; the first that fits, a scanner before a general format."""
    return next((maker for flag, maker in MAKERS.items() if flag in tiff.flags), None)


def format_of(tiff: "TiffFile") -> str:
    return next((name for flag, name in SLIDE_FORMATS.items() if flag in tiff.flags), "TIFF")


def spacing_mm(tiff: "TiffFile", layout: Layout) -> tuple[float, ...] | None:
    """Along columns, rows (and slices); None where only a printing density is stated."""
    import tifffile

    page = tiff.series[0].keyframe
    if "svs" in tiff.flags:
        microns = tifffile.tifffile.svs_description_metadata(page.description).get("MPP")
        return _positive((microns / 1000, microns / 1000)) if isinstance(microns, int | float) else None
    if "ome" in tiff.flags:
        return _ome_spacing_mm(tiff.ome_metadata or "")
    if "imagej" in tiff.flags:
        metadata = tiff.imagej_metadata or {}
        unit_mm = _MM_PER_UNIT.get(str(metadata.get("unit", "")).lower())
        in_plane = _plane_mm(_densities(page), unit_mm) if unit_mm else None
        depth = metadata.get("spacing")
        if in_plane and unit_mm and layout.slices > 1 and isinstance(depth, int | float):
            return _positive((*in_plane, abs(depth) * unit_mm))
        return in_plane
    return plane_spacing_mm(_densities(page), _value(page, "ResolutionUnit", 0))


def plane_spacing_mm(densities: Sequence[tuple[int, int]], resolution_unit: int) -> tuple[float, ...] | None:
    """Along columns and rows, from pixels per unit as fractions (above, below); None for print."""
    in_plane = _plane_mm(densities, _MM_PER_RESOLUTION_UNIT.get(resolution_unit))
    return in_plane if in_plane and max(in_plane) <= _PRINTED_PIXEL_MM else None


def _densities(page: Any) -> list[tuple[int, int]]:
    """What the page states along columns and rows."""
    return [_value(page, name, (0, 1)) for name in ("XResolution", "YResolution")]


def _plane_mm(densities: Sequence[tuple[int, int]], unit_mm: float | None) -> tuple[float, ...] | None:
    """One over the densities."""
    if unit_mm is None:
        return None
    return _positive(tuple(unit_mm * below / above if above else 0.0 for above, below in densities))


def _ome_spacing_mm(xml: str) -> tuple[float, ...] | None:
    """PhysicalSizeX, Y and Z of the first image; the unit is µm unless it says another (OME schema 2016-06)."""
    import tifffile

    image = tifffile.xml2dict(xml).get("OME", {}).get("Image", {})
    pixels = (image[0] if isinstance(image, list) else image).get("Pixels", {})
    sizes = []
    for axis in "XYZ":
        unit_mm = _MM_PER_UNIT.get(str(pixels.get(f"PhysicalSize{axis}Unit", "µm")))
        size = pixels.get(f"PhysicalSize{axis}")
        if unit_mm is None or not isinstance(size, int | float):
            break
        sizes.append(size * unit_mm)
    return _positive(tuple(sizes)) if len(sizes) >= 2 else None


def _positive(sizes_mm: tuple[float, ...]) -> tuple[float, ...] | None:
    return sizes_mm if all(0 < size < math.inf for size in sizes_mm) else None


def _value(page: Any, name: str, default: Any) -> Any:
    tag = page.tags.get(name)
    return default if tag is None else tag.value


def _loose_levels(tiff: "TiffFile") -> int:
    """Levels of a pyramid that is written as pages: each tiled, smaller than the last and of its proportions."""
    levels = 1
    before: TiffPageSeries = tiff.series[0]
    for series in tiff.series[1:]:
        page, larger = series.keyframe, before.keyframe
        is_smaller = page.is_tiled and larger.is_tiled and 0 < page.imagewidth < larger.imagewidth
        if not is_smaller or not _same_proportions(page, larger):
            break
        before, levels = series, levels + 1
    return levels


def _same_proportions(page: Any, other: Any) -> bool:
    ratio = (page.imagewidth / other.imagewidth) / (page.imagelength / other.imagelength)
    return bool(abs(ratio - 1) <= _SAME_ASPECT)
