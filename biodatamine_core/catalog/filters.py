"""Which series a person wants to see: the filter of Images, as a value and as SQL over the index of series."""

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
    "finding": "findings",
}
"""Name of a facet that is offered -> SQL over `sorts`: the list of its values that series of a kind have."""

ONLY_ASKED = ("sex", "age", "year", "matrix", "spacing")
"""Facets that a bar of Overview asks for; they are not offered beside the others. Each is a column of `placed`."""

ASKED = (*FACETS, *ONLY_ASKED)
"""All that an address may ask for."""

# A finding is asked for by its name, or by its code, which means all findings of that check.
_ASKED_AMONG = FACETS | {"finding": "list_concat(findings, list_transform(findings, lambda f: split_part(f, ':', 1)))"}


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
        asked = {name: tuple(getattr(self, name)) for name in ASKED}
        return {name: values for name, values in {**asked, "path": (self.path,) if self.path else ()}.items() if values}

    def without(self, part: str) -> "SeriesFilter":
        """The same without one of its parts."""
        asked = {name: values for name, values in self.parts.items() if name not in (part, "path")}
        return SeriesFilter(**asked, path="" if part == "path" else self.path)

    def of_kinds(self) -> str:
        """SQL over `sorts`, with the names of kind_values() in it: what series of one kind share."""
        asked = [name for name in self.parts if name in FACETS]
        return " AND ".join(f"list_has_any({_ASKED_AMONG[name]}, $asked_{name})" for name in asked) or "true"

    def kind_values(self) -> dict[str, object]:
        """$name -> value, of of_kinds()."""
        return {f"asked_{name}": [*values] for name, values in self.parts.items() if name in FACETS}

    def of_places(self) -> str:
        """SQL over `placed`, with the names of place_values() in it: all other parts."""
        wanted = [f"list_contains($asked_{name}, {name})" for name in self.parts if name in ONLY_ASKED]
        return " AND ".join([*wanted, *(["contains(path, lower($asked_path))"] if self.path else [])]) or "true"

    def place_values(self) -> dict[str, object]:
        """$name -> value, of of_places()."""
        asked: dict[str, object] = {
            f"asked_{name}": [*values] for name, values in self.parts.items() if name in ONLY_ASKED
        }
        return asked | ({"asked_path": self.path} if self.path else {})

    def condition(self) -> str:
        """SQL over `placed`, with the names of values() in it."""
        of_kinds = self.of_kinds()
        is_kind = "true" if of_kinds == "true" else f"kind IN (SELECT kind FROM sorts WHERE {of_kinds})"
        return f"{is_kind} AND {self.of_places()}"

    def values(self) -> dict[str, object]:
        """$name -> value, of condition()."""
        return self.kind_values() | self.place_values()
