"""Measure how often each kind of evidence is right on public series, for biodatamine_core/inference/confidence.csv.

    bench/measure_confidence.py FILE.parquet COLLECTIONS.csv --date 2026-01-31 [--families even|odd] > confidence.csv

The anatomy is compared with BodyPartExamined, the modality of images, while it is hidden, with Modality: what is made
from images (SEG, SR, ...) has its tag wherever DICOM is kept, and files of other formats are images. Every evidence
counts without the dataset's page and with it. rates.py tells how a rate is made of what the collections show; evidence
met too seldom gets no row of its own but counts in its tier.
"""

import argparse
import csv
import sys
from pathlib import Path

import pandas as pd
from idc_series import page_texts, read_series
from inference_idc import anatomy_scored, answers, images_of, modality_scored, tier
from rates import PRIOR_COLLECTIONS, rates

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
    for about, scored, hide in (("anatomy", anatomy_scored, False), ("modality", image_modality_scored, True)):
        both = [scored(answers(series, pages, hide)[0]).query("answered") for pages in ({}, page_texts(options.pages))]
        rows = measured(pd.concat(both), about)
        table.writerows((about, *row, options.date) for row in rows)
    return 0


def image_modality_scored(answered: pd.DataFrame) -> pd.DataFrame:
    return images_of(modality_scored(answered))


def measured(scored: pd.DataFrame, about: str) -> list[tuple[str, str, int, int]]:
    """(evidence, accuracy, series, collections) of every evidence and of every tier that was met often enough."""
    evidence = scored[f"{about}_evidence"]
    rows = rates(scored.assign(evidence=evidence, tier=evidence.map(tier)), PRIOR_COLLECTIONS[about])
    return [row for row in rows if row[0] not in UNSAID[about]]


if __name__ == "__main__":
    raise SystemExit(main())
