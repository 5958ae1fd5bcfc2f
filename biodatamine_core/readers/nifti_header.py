"""The NIfTI-1 and NIfTI-2 header, both byte orders. Sources: nifti1.h, nifti2.h."""

import math
import struct
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class DataType:
    """How one voxel is stored. numpy: the type code of one channel, None where no picture is made of it."""

    dtype: str
    bytes_per_voxel: int
    channels: int = 1
    numpy: str | None = None


DATA_TYPES = {
    2: DataType("uint8", 1, numpy="u1"),
    4: DataType("int16", 2, numpy="i2"),
    8: DataType("int32", 4, numpy="i4"),
    16: DataType("float32", 4, numpy="f4"),
    32: DataType("complex64", 8),
    64: DataType("float64", 8, numpy="f8"),
    128: DataType("uint8", 3, channels=3, numpy="u1"),
    256: DataType("int8", 1, numpy="i1"),
    512: DataType("uint16", 2, numpy="u2"),
    768: DataType("uint32", 4, numpy="u4"),
    1024: DataType("int64", 8, numpy="i8"),
    1280: DataType("uint64", 8, numpy="u8"),
    1536: DataType("float128", 16),
    1792: DataType("complex128", 16),
    2048: DataType("complex256", 32),
    2304: DataType("uint8", 4, channels=4, numpy="u1"),
}
INTENTS = {
    2: "correlation", 3: "t test", 4: "f test", 5: "z score", 6: "chi2", 7: "beta", 8: "binomial", 9: "gamma",
    10: "poisson", 11: "normal", 12: "non central f test", 13: "non central chi2", 14: "logistic", 15: "laplace",
    16: "uniform", 17: "non central t test", 18: "weibull", 19: "chi", 20: "inverse gaussian",
    21: "extreme value 1", 22: "p value", 23: "log p value", 24: "log10 p value",
    1001: "estimate", 1002: "label", 1003: "neuroname", 1004: "general matrix", 1005: "symmetric matrix",
    1006: "displacement vector", 1007: "vector", 1008: "pointset", 1009: "triangle", 1010: "quaternion",
    1011: "dimensionless", 2001: "time series", 2002: "node index", 2003: "rgb vector", 2004: "rgba vector",
    2005: "shape", 2006: "fsl fnirt displacement field", 2007: "fsl cubic spline coefficients",
    2008: "fsl dct coefficients", 2009: "fsl quadratic spline coefficients",
    2016: "fsl topup cubic spline coefficients",
    2017: "fsl topup quadratic spline coefficients", 2018: "fsl topup field",
}  # fmt: skip
HEADER_BYTES = {1: 348, 2: 540}
"""By NIfTI version; the first field of the file says it too."""

_MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""By the low three bits of xyzt_units: unknown (taken for millimetres, as every tool does), metre, mm, micron."""
_LAYOUTS: dict[int, dict[str, tuple[int, str]]] = {
    1: {
        "dim_info": (39, "B"),
        "dim": (40, "8h"),
        "intent_code": (68, "h"),
        "datatype": (70, "h"),
        "pixdim": (76, "8f"),
        "vox_offset": (108, "f"),
        "scaling": (112, "2f"),
        "xyzt_units": (123, "B"),
        "descrip": (148, "80s"),
        "form_codes": (252, "2h"),
        "quaternion": (256, "3f"),
        "offset": (268, "3f"),
        "rows": (280, "12f"),
        "magic": (344, "4s"),
    },
    2: {
        "magic": (4, "4s"),
        "datatype": (12, "h"),
        "dim": (16, "8q"),
        "pixdim": (104, "8d"),
        "vox_offset": (168, "q"),
        "scaling": (176, "2d"),
        "descrip": (240, "80s"),
        "form_codes": (344, "2i"),
        "quaternion": (352, "3d"),
        "offset": (376, "3d"),
        "rows": (400, "12d"),
        "xyzt_units": (500, "i"),
        "intent_code": (504, "i"),
        "dim_info": (524, "B"),
    },
}
"""Byte offset and struct code of each field that is used, by NIfTI version."""
_UNPACKERS = {
    (version, order): [(name, struct.Struct(order + code).unpack_from, at) for name, (at, code) in layout.items()]
    for version, layout in _LAYOUTS.items()
    for order in "<>"
}
_ORDERS = {struct.pack(f"{order}i", size): order for size in HEADER_BYTES.values() for order in "<>"}
_KNOWN_SPACES = range(1, 6)
"""Of a form, scanner to template; a code that names none counts as not set, as in nibabel."""
_TEMPLATES = {3: "Talairach", 4: "MNI 152"}
"""Form codes whose coordinates are those of a brain template."""


class NiftiHeader(NamedTuple):
    """The fields that are used.

    order: "<" or ">". dim: voxels along its axes, () where the header gives an impossible number of axes.
    affine_mm: 16 numbers, row by row, voxel to RAS; None where the file gives neither sform nor qform.
    forms_gap_mm: how far apart the two put a corner of the volume, at most; None where they name different spaces.
    """

    order: str
    dim: tuple[int, ...]
    data_type: DataType | None
    pixdim: tuple[float, ...]
    data_offset: int
    slope: float
    intercept: float
    mm_per_unit: float
    affine_mm: tuple[float, ...] | None
    forms_gap_mm: float | None
    description: str
    intent_code: int
    template: str | None
    phase_encoding_axis: str | None
    is_single_file: bool

    @property
    def data_bytes(self) -> int:
        """Bytes of all voxels."""
        return math.prod(self.dim) * (self.data_type.bytes_per_voxel if self.data_type else 0)


def version(head: bytes) -> int | None:
    """1 or 2, None where it is no NIfTI header."""
    if _order(head) is None:
        return None
    if head[344:348] in (b"n+1\0", b"ni1\0"):
        return 1
    return 2 if head[4:8] in (b"n+2\0", b"ni2\0") else None


def parse(head: bytes) -> NiftiHeader:
    """head: at least HEADER_BYTES of a file for which version() is not None."""
    known, order = version(head) or 1, _order(head) or "<"
    fields: dict[str, Any] = {field: unpack(head, offset) for field, unpack, offset in _UNPACKERS[known, order]}
    axes = fields["dim"][0]
    mm_per_unit = _MM_PER_UNIT.get(fields["xyzt_units"][0] & 7, 1.0)
    dim = fields["dim"][1 : axes + 1] if 1 <= axes <= 7 else ()
    slope, intercept = fields["scaling"]
    is_single_file = fields["magic"][0][:2] == b"n+"
    data_offset = fields["vox_offset"][0]
    least_offset = HEADER_BYTES[known] if is_single_file else 0
    return NiftiHeader(
        order=order,
        dim=dim,
        data_type=DATA_TYPES.get(fields["datatype"][0]),
        pixdim=fields["pixdim"],
        data_offset=int(data_offset) if math.isfinite(data_offset) and data_offset > 0 else least_offset,
        slope=slope if math.isfinite(slope) and slope != 0 else 1.0,
        intercept=intercept if math.isfinite(intercept) and math.isfinite(slope) and slope != 0 else 0.0,
        mm_per_unit=mm_per_unit,
        affine_mm=_affine_mm(fields, mm_per_unit),
        forms_gap_mm=_forms_gap_mm(fields, dim, mm_per_unit),
        description=_printable(fields["descrip"][0]),
        intent_code=fields["intent_code"][0],
        template=next((_TEMPLATES[code] for code in reversed(fields["form_codes"]) if code in _TEMPLATES), None),
        phase_encoding_axis=_phase_encoding_axis(fields["dim_info"][0]),
        is_single_file=is_single_file,
    )


def _phase_encoding_axis(dim_info: int) -> str | None:
    """Two bits each name the axis of frequency, of phase and of slices; 0 is none. Source: nifti1.h, FPS_INTO_DIM_INFO.

    A phase axis counts only beside another of frequency: what is left of a byte that nobody meant seldom has both.
    """
    frequency, phase = dim_info & 3, dim_info >> 2 & 3
    return " ijk"[phase] if phase and frequency and phase != frequency and not dim_info >> 6 else None


def _order(head: bytes) -> str | None:
    """The byte order, by the header's own length in its first field."""
    if len(head) < 8:
        return None
    return _ORDERS.get(head[:4])


def _affine_mm(fields: dict[str, Any], mm_per_unit: float) -> tuple[float, ...] | None:
    """The sform where it is set, else the qform (methods 3 and 2 of nifti1.h); None where neither is, or is finite."""
    qform_code, sform_code = fields["form_codes"]
    if sform_code in _KNOWN_SPACES:
        rows = fields["rows"]
    elif qform_code in _KNOWN_SPACES:
        rows = _quaternion_rows(fields["quaternion"], fields["pixdim"], fields["offset"])
    else:
        return None
    if not all(map(math.isfinite, rows)):
        return None
    return (*(number * mm_per_unit for number in rows), 0.0, 0.0, 0.0, 1.0)


def _forms_gap_mm(fields: dict[str, Any], dim: tuple[int, ...], mm_per_unit: float) -> float | None:
    """The largest distance between the places of one corner by sform and by qform, both set for the same space."""
    qform_code, sform_code = fields["form_codes"]
    if qform_code not in _KNOWN_SPACES or qform_code != sform_code:
        return None
    rows = _quaternion_rows(fields["quaternion"], fields["pixdim"], fields["offset"])
    differences = [s - q for s, q in zip(fields["rows"], rows, strict=True)]
    far = [max(0, size - 1) for size in (*dim, 1, 1, 1)[:3]]
    gaps_mm = []
    for corner in product(*((0, last) for last in far)):
        apart = (sum(d * c for d, c in zip(differences[i : i + 4], (*corner, 1), strict=True)) for i in (0, 4, 8))
        gaps_mm.append(math.hypot(*apart) * mm_per_unit)
    gap_mm = max(gaps_mm)
    return gap_mm if math.isfinite(gap_mm) else None


def _quaternion_rows(
    quaternion: tuple[float, float, float], pixdim: tuple[float, ...], offset: tuple[float, float, float]
) -> tuple[float, ...]:
    """The upper three rows of the qform: rotation by the unit quaternion, scaled by pixdim, the third axis by qfac."""
    b, c, d = quaternion
    a = math.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = (
        (a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)),
        (2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)),
        (2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c),
    )
    scale = (pixdim[1], pixdim[2], pixdim[3] * (-1.0 if pixdim[0] < 0 else 1.0))
    return tuple(
        number
        for row, shift in zip(rotation, offset, strict=True)
        for number in (*(r * s for r, s in zip(row, scale, strict=True)), shift)
    )


def _printable(text: bytes) -> str:
    """A header text up to its first NUL, without control characters."""
    line = text.split(b"\0", 1)[0].decode("utf-8", "replace")
    return (line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)).strip()
