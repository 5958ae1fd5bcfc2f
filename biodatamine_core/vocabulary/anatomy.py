"""Body zones, finer regions, and the codes and terms that name them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from biodatamine_core.vocabulary.rows import rows

ZONES = tuple(row["zone"] for row in rows("zones"))
MAX_ZONES = 4  # more than four of thirteen zones is no answer but "whole_body"


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A set of body zones in the order of ZONES, and the finer region where one is known."""

    zones: tuple[str, ...]
    region: str | None = None

    def __str__(self) -> str:
        """As a clue's value: "chest", "abdomen:liver", "chest+abdomen+pelvis"."""
        return "+".join(self.zones) + (f":{self.region}" if self.region else "")

    @property
    def name(self) -> str:
        """The finer region, or else the zones in one word: "liver", "chest_abdomen_pelvis"."""
        return self.region or "_".join(self.zones)

    def meets(self, other: "Anatomy") -> bool:
        """Do the two share a zone? A whole body shares every zone but a phantom."""
        if set(self.zones) & set(other.zones):
            return True
        return "whole_body" in self.zones + other.zones and "phantom" not in self.zones + other.zones


@cache
def anatomy(value: str) -> Anatomy:
    """Read a clue's value back: "abdomen:liver" -> Anatomy(("abdomen",), "liver")."""
    zones, _, region = value.partition(":")
    return Anatomy(_in_order(zones.split("+")), region or None)


def is_anatomy(value: str) -> bool:
    """Can a clue say this? Zones alone, or with a finer region that lies in just these."""
    zones, colon, _ = value.partition(":")
    if colon:
        return value in anatomies()
    return bool(zones) and all(zone in ZONES for zone in zones.split("+"))


@cache
def anatomies() -> tuple[str, ...]:
    """Every anatomy that has a name of its own, as a clue's value: the zones, then sets of them and regions by zone."""
    named = {row["anatomy"] for row in rows("body_parts")} - set(ZONES)
    return (*ZONES, *sorted(named, key=lambda value: ([ZONES.index(zone) for zone in anatomy(value).zones], value)))


def together(parts: Iterable[Anatomy]) -> Anatomy | None:
    """One anatomy that covers all the parts; None where there are none.

    A phantom is never also a body. More than MAX_ZONES zones make a whole body. A region stays where it is the only
    one and no other part reaches beyond it: liver + abdomen is the liver, liver + chest is chest_abdomen.
    """
    parts = tuple(parts)
    zones = _in_order({zone for part in parts for zone in part.zones})
    if not zones:
        return None
    if "phantom" in zones:
        return Anatomy(("phantom",))
    if "whole_body" in zones or len(zones) > MAX_ZONES:
        return Anatomy(("whole_body",))
    regions = {part.region: part for part in parts if part.region}
    if len(regions) == 1:
        region, part = next(iter(regions.items()))
        if set(part.zones) == set(zones):
            return Anatomy(zones, region)
    return Anatomy(zones)


def zone_name(zone: str) -> str:
    """What a person reads: "upper_extremity" -> "Upper extremity"."""
    return _zone_names().get(zone, zone.replace("_", " ").capitalize())


def region_name(region: str) -> str:
    """What a person reads of an anatomy's name: "cspine" -> "Cervical spine", "chest_abdomen" -> "Chest abdomen"."""
    return _region_names().get(region.upper()) or zone_name(region)


def body_part(term: str) -> Anatomy | None:
    """Anatomy of a BodyPartExamined term of DICOM PS3.16 Annex L, whatever its case and separators."""
    return _terms().get(re.sub(r"[\W_]+", "", term).upper())


def coded_region(code: str) -> Anatomy | None:
    """Anatomy of a SNOMED CT code ("10200004") or of its SNOMED RT forerunner ("T-62000")."""
    return _codes().get(code)


@cache
def _zone_names() -> dict[str, str]:
    return {row["zone"]: row["name"] for row in rows("zones")}


@cache
def _region_names() -> dict[str, str]:
    return {row["term"]: row["meaning"] for row in rows("body_parts") if row["term"]}


@cache
def _terms() -> dict[str, Anatomy]:
    return {row["term"]: anatomy(row["anatomy"]) for row in rows("body_parts") if row["term"]}


@cache
def _codes() -> dict[str, Anatomy]:
    return {
        code: anatomy(row["anatomy"])
        for row in rows("body_parts")
        for code in (row["snomed_code"], row["srt_code"])
        if code
    }


def _in_order(zones: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(zones), key=ZONES.index))
