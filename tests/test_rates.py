"""A rate that few collections show is drawn towards that of like evidence; what many show stands by itself."""

import pandas as pd

from bench.rates import PER_COLLECTION, rates

PRIOR = 10


def answers(evidence: str, tier: str, right: bool, collections: int, series: int = PER_COLLECTION) -> pd.DataFrame:
    """So many series in each of so many collections, all of them right or all of them wrong."""
    rows = [(f"{evidence}-{number}", evidence, tier, right) for number in range(collections) for _ in range(series)]
    return pd.DataFrame(rows, columns=["collection_id", "evidence", "tier", "right"])


def rate_of(scored: pd.DataFrame, name: str) -> float:
    return next(float(accuracy) for evidence, accuracy, _, _ in rates(scored, PRIOR) if evidence == name)


def test_rare_evidence_is_stated_nearer_to_its_tier_than_common_evidence() -> None:
    scored = pd.concat(
        [
            answers("study", "one kind", True, collections=200),
            answers("page", "one kind", False, collections=5),
            answers("description", "one kind", False, collections=50),
        ]
    )
    assert rate_of(scored, "page") > 0.4 > rate_of(scored, "description")
    assert rate_of(scored, "study") > 0.98


def test_one_large_collection_counts_no_more_than_a_full_one() -> None:
    small = answers("page", "one kind", True, collections=9)
    large = answers("path", "one kind", False, collections=1, series=50 * PER_COLLECTION)
    assert rate_of(pd.concat([small, large]), "one kind") == 0.9


def test_a_rate_weighs_as_many_collections_as_it_is_drawn_by() -> None:
    even = [answers("a", "two agree", True, PRIOR), answers("b", "one kind", False, PRIOR)]
    assert rate_of(pd.concat(even), "two agree") == 0.75


def test_evidence_of_four_collections_gets_no_row() -> None:
    scored = pd.concat([answers("a", "one kind", True, 20), answers("b", "one kind", True, 4)])
    assert [name for name, *_ in rates(scored, PRIOR)] == ["one kind", "a"]
