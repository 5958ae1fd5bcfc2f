"""Disagreements between our zones and the BodyPartExamined tag, judged one by one: judged_disagreements.csv.

Who judged read the texts of the series and of its study, not the images. A row is known by the SHA-256 of its
SeriesInstanceUID; it counts only where we still answer the zones that were judged. One row stands for all series of
its collection with the very same texts, tag and answer. verdict: ours (the tag is wrong); both (each names a part of
what is shown); tag (we are wrong); neither; unknown (the texts do not tell, which counts as wrong).
"""

import csv
import hashlib
from pathlib import Path

import pandas as pd

VERDICTS = ("ours", "both", "tag", "neither", "unknown")
RIGHT = ("ours", "both")
JUDGED = Path(__file__).with_name("judged_disagreements.csv")
_ALIKE = ["collection_id", "StudyDescription", "SeriesDescription", "true_modality", "truth", "zones"]


def key_of(series_uid: str) -> str:
    """The first 16 hexadecimal digits: enough to tell a million series apart, and no list of identifiers."""
    return hashlib.sha256(series_uid.encode()).hexdigest()[:16]


def read_judged(file: Path = JUDGED) -> list[dict[str, str]]:
    """Rows of series_sha256, modality, our_zones, tag_zones, verdict, reason."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def verdicts_on(wrong: pd.DataFrame, file: Path = JUDGED) -> pd.DataFrame:
    """The judged among the answers that the tag contradicts, by their own row or as one of the same texts.

    wrong: rows of anatomy_scored. Returns them with `verdict` and `is_own_row`.
    """
    judged = {(row["series_sha256"], row["our_zones"]): row["verdict"] for row in read_judged(file)}
    asked = wrong.assign(zones=wrong.anatomy_zones.map("+".join))
    asked = asked.assign(**asked[_ALIKE].astype(object).fillna(""))
    own = [judged.get((key_of(row.SeriesInstanceUID), row.zones)) for row in asked.itertuples()]
    asked = asked.assign(own=pd.Series(own, index=asked.index, dtype=object))
    alike = asked.groupby(_ALIKE).own.transform("first")
    found = asked.assign(verdict=asked.own.where(asked.own.notna(), alike), is_own_row=asked.own.notna())
    return found[found.verdict.notna()]


def report_judged(told: pd.DataFrame) -> None:
    """told: the rows of anatomy_scored that were answered. Prints nothing where no judged series is among them."""
    wrong = told[~told.right]
    found = verdicts_on(wrong)
    if found.empty:
        return
    own = found[found.is_own_row]
    print(f"  {len(own):,} of {len(wrong):,} disagreements with the tag judged one by one (by texts, not by images)")
    print(f"    counted in: accuracy {_counted_in(told, own):.3f}")
    print(
        f"    and for the {len(found):,} series of the same texts, tag and answer: {_counted_in(told, found):.3f}, "
        f"or {_counted_in(told, found, ('ours',)):.3f} where both counts as wrong"
    )
    for what, rows in (("judged", own), ("with the same texts", found)):
        shares = rows.verdict.value_counts(normalize=True).reindex(VERDICTS, fill_value=0.0)
        print(f"    {what}: " + ", ".join(f"{verdict} {share:.3f}" for verdict, share in shares.items()))


def _counted_in(told: pd.DataFrame, judged: pd.DataFrame, right: tuple[str, ...] = RIGHT) -> float:
    return float((told.right.sum() + judged.verdict.isin(right).sum()) / len(told))
