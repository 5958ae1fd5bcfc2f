"""Which series a person wants to see: the filter of Images, as a value and as SQL."""

from dataclasses import dataclass

from biodatamine_core.catalog import bins

FACETS = {
    "modality": "[modality_group]",
    "zone": "CASE WHEN len(anatomy_zones) > 0 THEN anatomy_zones ELSE ['unknown'] END",
    "dimensions": "[coalesce(dimensions, 'unknown')]",
    "format": "[format]",
    "split": "[split]",
    "label": "[label]",
    "vendor": f"[{bins.VENDOR}]",
    "sex": f"[{bins.SEX}]",
    "age": f"[{bins.AGE}]",
    "year": f"[{bins.YEAR}]",
    "matrix": f"[{bins.MATRIX}]",
    "spacing": f"[{bins.SPACING}]",
    "finding": "findings",
}
"""Name of a facet -> SQL: the list of its values that a series has."""

COLUMNS = {
    "modality": ("modality_group",),
    "zone": ("anatomy_zones",),
    "dimensions": ("dimensions",),
    "format": ("format",),
    "split": ("split",),
    "label": ("label",),
    "vendor": ("manufacturer",),
    "sex": ("patient_sex",),
    "age": ("patient_age_years",),
    "year": ("acquisition_year",),
    "matrix": ("shape",),
    "spacing": ("role", "dimensions", "slice_spacing_mm", "spacing_mm"),
    "finding": ("findings",),
}
"""Name of a facet -> the columns of SERIES that its SQL reads."""

ONLY_ASKED = ("sex", "age", "year", "matrix", "spacing")
"""Facets that a bar of Overview asks for; they are not offered beside the others."""

# A finding is asked for by its name, or by its code, which means all findings of that check.
_ASKED_AMONG = {**FACETS, "finding": "list_concat(findings, list_transform(findings, lambda f: split_part(f, ':', 1)))"}

PATH = "contains(lower(path), lower($asked_path))"

SERIES = "marked"
"""SQL: every series with its findings; see named.remember_series()."""


@dataclass(frozen=True, slots=True)
class SeriesFilter:
    """What to show. Values of one facet widen, facets narrow; an empty one asks for nothing.

    path: text that the series' path contains, whatever its case.
    """

    modality: tuple[str, ...] = ()
    zone: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    vendor: tuple[str, ...] = ()
    sex: tuple[str, ...] = ()
    age: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    matrix: tuple[str, ...] = ()
    spacing: tuple[str, ...] = ()
    finding: tuple[str, ...] = ()
    path: str = ""

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Only what narrows: name -> what was asked for."""
        asked = {name: tuple(getattr(self, name)) for name in FACETS}
        return {name: values for name, values in {**asked, "path": (self.path,) if self.path else ()}.items() if values}

    def without(self, part: str) -> "SeriesFilter":
        """The same without one of its parts."""
        asked = {name: values for name, values in self.parts.items() if name not in (part, "path")}
        return SeriesFilter(**asked, path="" if part == "path" else self.path)

    def condition(self) -> str:
        """SQL over SERIES, with the names of values() in it."""
        wanted = [f"list_has_any({_ASKED_AMONG[name]}, $asked_{name})" for name in self.parts if name != "path"]
        wanted += [PATH] if self.path else []
        return " AND ".join(wanted) or "true"

    def values(self) -> dict[str, object]:
        """$name -> value, of condition()."""
        asked: dict[str, object] = {f"asked_{name}": list(values) for name, values in self.parts.items()}
        return {**asked, "asked_path": self.path} if self.path else asked
