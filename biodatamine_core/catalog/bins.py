"""In which part of a spread a series lies, as SQL over `series`: what Overview counts by and Images filters by."""

from itertools import pairwise

SPACING_EDGES_MM = (0.6, 1.0, 1.5, 2.5, 4.0, 6.0)
"""Slice spacing: isotropic research volumes, thin clinical slices, the usual 3 and 5 mm, and beyond."""
SPACING_NAMES = (
    f"≤ {SPACING_EDGES_MM[0]:g}",
    *(f"{low:g}–{high:g}" for low, high in pairwise(SPACING_EDGES_MM)),
    f"> {SPACING_EDGES_MM[-1]:g}",
)
# A spacing of 1.0000001 mm is one of 1 mm.
GAP_MM = "nullif(round(abs(coalesce(slice_spacing_mm, spacing_mm[3])), 3), 0)"
SPACING_BIN = " + ".join(f"({GAP_MM} > {edge})::INT" for edge in SPACING_EDGES_MM)
"""SQL: a number from 0, of SPACING_NAMES."""
SPACING = f"""CASE WHEN role = 'image' AND dimensions IN ('3D', '4D') AND {GAP_MM} IS NOT NULL
    THEN {list(SPACING_NAMES)}[{SPACING_BIN} + 1] END"""

DECADE_NAMES = (*(str(years) for years in range(0, 80, 10)), "80+")


def decade(age_years: str) -> str:
    """SQL: a number from 0, of DECADE_NAMES."""
    return f"least(greatest({age_years}, 0) // 10, {len(DECADE_NAMES) - 1})::INT"


AGE = f"CASE WHEN patient_age_years IS NOT NULL THEN {list(DECADE_NAMES)}[{decade('patient_age_years')} + 1] END"


def sex(stated: str) -> str:
    """SQL: how a person says what the header states."""
    return f"CASE upper({stated}) WHEN 'F' THEN 'Female' WHEN 'M' THEN 'Male' ELSE 'Stated otherwise' END"


SEX = f"CASE WHEN patient_sex IS NOT NULL THEN {sex('patient_sex')} END"

_VENDORS = {
    "siemens": "Siemens",
    "ge medical": "GE",
    "ge healthcare": "GE",
    "philips": "Philips",
    "toshiba": "Canon / Toshiba",
    "canon": "Canon / Toshiba",
    "hitachi": "Hitachi",
    "fujifilm": "Fujifilm",
    "hologic": "Hologic",
}
"""Whole words by which makers sign in Manufacturer (0008,0070), and what people call them."""
_SIGNED = " ".join(
    f"WHEN regexp_matches(lower(manufacturer), '\\b{word}\\b') THEN '{n}'" for word, n in _VENDORS.items()
)
VENDOR = f"CASE {_SIGNED} ELSE manufacturer END"

YEAR = "acquisition_year::VARCHAR"
MATRIX = "CASE WHEN len(shape) >= 2 THEN shape[1] || ' × ' || shape[2] END"
