"""How often evidence is right on a dataset that nobody has seen: rates drawn towards those of like evidence."""

import pandas as pd

PER_COLLECTION = 100
"""Series of one collection that count at most: one large collection does not stand for all."""
PRIOR_COLLECTIONS = {"anatomy": 10, "modality": 1}
"""What five collections show does not carry over to a sixth: a rate is drawn towards that of its tier, and a tier's to
that of all answers, as if so many full collections had shown it. Of 1, 3, 5, 10 and 20 these told best, on the first
half of the families, what each family showed that was left out; for the anatomy 20 did hardly better than 10."""
ENOUGH_SERIES, ENOUGH_COLLECTIONS = 100, 5


def rates(scored: pd.DataFrame, prior_collections: int) -> list[tuple[str, str, int, int]]:
    """(evidence or tier, accuracy, series, collections), the commonest first, without evidence met too seldom.

    scored: a row an answer, with collection_id, evidence, tier, right. prior_collections: how far rates are drawn.
    """
    overall = _drawn(scored, 0.0, 0)
    tiers = {tier: _drawn(group, overall, prior_collections) for tier, group in scored.groupby("tier")}
    rows = [_row(tier, group, tiers[tier]) for tier, group in scored.groupby("tier")]
    rows += [
        _row(evidence, group, _drawn(group, tiers[tier], prior_collections))
        for (evidence, tier), group in scored.groupby(["evidence", "tier"])
    ]
    return sorted((row for row in rows if _is_enough(row)), key=lambda row: -row[2])


def _drawn(group: pd.DataFrame, towards: float, prior_collections: int) -> float:
    right = group.groupby("collection_id").right
    weights = right.size().clip(upper=PER_COLLECTION)
    prior = prior_collections * PER_COLLECTION
    return float(((right.mean() * weights).sum() + prior * towards) / (weights.sum() + prior))


def _row(name: str, group: pd.DataFrame, rate: float) -> tuple[str, str, int, int]:
    return name, f"{rate:.3f}", len(group), group.collection_id.nunique()


def _is_enough(row: tuple[str, str, int, int]) -> bool:
    return row[2] >= ENOUGH_SERIES and row[3] >= ENOUGH_COLLECTIONS
