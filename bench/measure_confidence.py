"""Measure how often each kind of evidence is right on public series, for biodatamine_core/inference/confidence.csv.

    bench/measure_confidence.py FILE.parquet COLLECTIONS.csv --date 2026-01-31 [--families even|odd] > confidence.csv

The anatomy is compared with BodyPartExamined, the modality, while it is hidden, with Modality. Every evidence counts
without the dataset's page and with it. No collection counts for more than PER_COLLECTION series, so that one large
collection does not stand for all; evidence met too seldom gets no row of its own but counts in its tier.
"""

import argparse
import csv
import sys
from pathlib import Path

import pandas as pd
from idc_series import page_texts, read_series
from inference_idc import anatomy_scored, answers, modality_scored, tier

PER_COLLECTION = 100
ENOUGH_SERIES, ENOUGH_COLLECTIONS = 100, 5

UNSAID = {"anatomy": ("one kind",), "modality": ("one kind", "most agree", "contradicted")}
"""Tiers without a row: one kind says nothing of another, and texts that contradict each other nothing of a tag."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("pages", type=Path, metavar="COLLECTIONS.csv")
    parser.add_argument("--date", required=True)
    parser.add_argument("--families", choices=("even", "odd"))
    options = parser.parse_args()
    series = read_series(options.file, options.families)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("about", "evidence", "accuracy", "series", "collections", "measured_on"))
    for about, scored, hide in (("anatomy", anatomy_scored, False), ("modality", modality_scored, True)):
        both = [scored(answers(series, pages, hide)[0]).query("answered") for pages in ({}, page_texts(options.pages))]
        rows = measured(pd.concat(both), f"{about}_evidence", UNSAID[about])
        table.writerows((about, *row, options.date) for row in rows)
    return 0


def measured(scored: pd.DataFrame, column: str, unsaid: tuple[str, ...]) -> list[tuple[str, str, int, int]]:
    """(evidence, accuracy, series, collections) of every evidence and of every tier that was met often enough."""
    tiers = [(name, group) for name, group in scored.groupby(scored[column].map(tier)) if name not in unsaid]
    groups = [*scored.groupby(column), *tiers]
    rows = []
    for name, group in groups:
        collections = group.groupby("collection_id").right
        if len(group) < ENOUGH_SERIES or collections.ngroups < ENOUGH_COLLECTIONS:
            continue
        weights = collections.size().clip(upper=PER_COLLECTION)
        accuracy = (collections.mean() * weights).sum() / weights.sum()
        rows.append((str(name), f"{accuracy:.3f}", len(group), collections.ngroups))
    return sorted(rows, key=lambda row: -row[2])


if __name__ == "__main__":
    raise SystemExit(main())
