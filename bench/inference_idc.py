"""How right the labels are on public series: a Parquet with the column names of the IDC index, scored.

    bench/inference_idc.py FILE.parquet [--dataset-text COLLECTIONS.csv] [--hide-modality] [--predictions OUT.parquet]
                           [--families even|odd] [--confidences CONFIDENCE.csv] [--mistakes N]

Truth of the anatomy is BodyPartExamined, mapped to zones; the prediction never sees it. With --hide-modality it sees
neither Modality nor the SOP class. The rest goes the way of the application: records, clues, decision.
COLLECTIONS.csv holds what the datasets' own pages say, one row per collection_id. --families keeps the half of the
collection families (the first word of the id) whose hash is even or odd: look at the mistakes of one, score the other.
--confidences states other confidences than those that ship: those that measure_confidence.py found on the other half.
Last come the goals of issue 6, each beside what was measured.
"""

import argparse
import gc
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from goals import Goal, print_goals
from idc_series import is_right, page_texts, read_series, records, truth_zones
from inference_goals import anatomy_goals, confidence_goals, modality_goals, speed_goal
from judged import report_judged

from biodatamine_core import inference, vocabulary
from biodatamine_core.inference.confidence import Evidence
from biodatamine_core.records import SeriesRecord

PREDICTIONS = [
    "SeriesInstanceUID",
    "anatomy_zones",
    "anatomy",
    "anatomy_confidence",
    "modality",
    "modality_confidence",
]
TIERS = ("four agree", "three agree", "two agree", "most agree", "one kind", "contradicted")
AGREE = ("four agree", "three agree", "two agree")  # two kinds of evidence or more agree, and none contradicts them
CALIBRATION_BINS = 10
COMMONEST_MODALITY = "CT"  # of radiological archives: the guess that a forced answer falls back on


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--dataset-text", type=Path, metavar="COLLECTIONS.csv")
    parser.add_argument("--hide-modality", action="store_true")
    parser.add_argument("--predictions", type=Path, metavar="OUT.parquet")
    parser.add_argument("--families", choices=("even", "odd"))
    parser.add_argument("--confidences", type=Path, metavar="CONFIDENCE.csv")
    parser.add_argument("--mistakes", type=int, default=15, metavar="N", help="list the N commonest; 0 lists none")
    options = parser.parse_args()
    series = read_series(options.file, options.families)
    pages = page_texts(options.dataset_text) if options.dataset_text else {}
    by_texts, seconds = answers(series, {}, options.hide_modality)
    answered = answers(series, pages, options.hide_modality)[0] if pages else by_texts
    if options.confidences:
        by_texts, answered = (restated(labels, options.confidences) for labels in (by_texts, answered))
    speed = len(by_texts) / seconds
    print(f"{len(answered):,} series of {answered.collection_id.nunique()} collections, {speed:,.0f} a second and core")
    zones = anatomy_scored(answered)
    report("anatomy zones against BodyPartExamined", zones, "anatomy", options.mistakes)
    report_judged(zones[zones.answered])
    goals = [*anatomy_measured("text only", anatomy_scored(by_texts), 0.94, 0.80)]
    if pages:
        goals += anatomy_measured("with the page", zones, 0.92, 0.98)
    if options.hide_modality:
        modalities = modality_scored(answered)
        report("modality from text", modalities, "modality", options.mistakes)
        goals += [*modality_goals("images", images_of(modalities), COMMONEST_MODALITY)]
        goals += [*modality_goals("all objects", modalities, COMMONEST_MODALITY)]
    print_goals([*goals, speed_goal(speed)])
    if options.predictions:
        answered[PREDICTIONS].to_parquet(options.predictions, index=False)
    return 0


def anatomy_measured(with_what: str, zones: pd.DataFrame, accuracy: float, coverage: float) -> list[Goal]:
    """The goals for the answers, and those for how sure they are. accuracy, coverage: what is wanted."""
    is_high = zones.anatomy_evidence.fillna("").map(is_high_tier)
    error = calibration_error(zones[zones.answered], "anatomy")
    return [*anatomy_goals(with_what, zones, accuracy, coverage), *confidence_goals(with_what, zones, is_high, error)]


def restated(answered: pd.DataFrame, confidences: Path) -> pd.DataFrame:
    """The same answers with the confidences that another table states for their evidence, or for its tier."""
    table = pd.read_csv(confidences)
    columns = {}
    for about, rows in table.groupby("about"):
        stated = dict(zip(rows.evidence, rows.accuracy, strict=True))
        columns[f"{about}_confidence"] = [
            stated.get(evidence, stated.get(tier(evidence))) if isinstance(evidence, str) else None
            for evidence in answered[f"{about}_evidence"]
        ]
    return answered.assign(**columns)


def answers(series: pd.DataFrame, pages: dict[str, str], hide_modality: bool) -> tuple[pd.DataFrame, float]:
    """The series with their truth and their labels, and the processor seconds that labelling alone took."""
    unlabelled = list(records(series, hide_modality))
    page_of_each = [pages.get(collection, "") for collection in series.collection_id]
    inference.label(unlabelled[0])  # reads the vocabulary, which a process does once
    gc.freeze()  # the application holds 2,000 series at a time: its collector never walks all of them
    begun = time.process_time()
    around = surroundings(series.collection_id, unlabelled)
    labels = [
        inference.label(one, page, around.get(collection))[0]
        for one, page, collection in zip(unlabelled, page_of_each, series.collection_id, strict=True)
    ]
    seconds = time.process_time() - begun
    columns = {name: [getattr(label, name) for label in labels] for name in PREDICTIONS[1:]}
    answered = series.rename(columns={"Modality": "true_modality"}).assign(**columns)
    answered["true_zones"] = [truth_zones(tag) for tag in series.BodyPartExamined]
    answered["anatomy_evidence"] = [label.anatomy_evidence for label in labels]
    answered["modality_evidence"] = [label.modality_evidence for label in labels]
    return answered, seconds


def surroundings(collections: Iterable[str], series: Iterable[SeriesRecord]) -> dict[str, inference.Surroundings]:
    """What the studies of each collection say: it is a dataset of its own."""
    texts: dict[str, list[tuple[str, inference.Words]]] = defaultdict(list)
    for collection, one in zip(collections, series, strict=True):
        if one.study_key is not None:
            texts[collection].append((one.study_key, inference.words_of(one)))
    return {
        collection: inference.surroundings_of(sorted(set(said), key=lambda text: text[0]))
        for collection, said in texts.items()
    }


def anatomy_scored(answered: pd.DataFrame) -> pd.DataFrame:
    """The series whose tag is known: answered? and right?"""
    known = answered[answered.true_zones.map(bool)]
    right = [is_right(row.true_zones, row.anatomy_zones) for row in known.itertuples()]
    return known.assign(answered=known.anatomy_zones.map(bool), right=right, truth=known.BodyPartExamined)


def modality_scored(answered: pd.DataFrame) -> pd.DataFrame:
    """The series that have a Modality: answered? and right, of the same group (CR is DX, CT is not PT)?"""
    known = answered[answered.true_modality.notna()]
    right = [same_modality(row.true_modality, row.modality) for row in known.itertuples()]
    return known.assign(answered=known.modality != "unknown", right=right, truth=known.true_modality)


def same_modality(one: str, other: str) -> bool:
    group = vocabulary.modality_group(one)
    return one == other if group == vocabulary.OTHER_GROUP else group == vocabulary.modality_group(other)


def report(heading: str, known: pd.DataFrame, about: str, mistakes: int) -> None:
    """Coverage and accuracy of all, of the confident, by evidence and by modality; and the calibration."""
    told = known[known.answered]
    print(f"\n{heading}: truth is known of {len(known):,} series")
    print(f"  coverage {known.answered.mean():.3f}, accuracy where answered {told.right.mean():.3f}")
    print(f"  macro over collections: coverage {macro(known, 'answered'):.3f}, accuracy {macro(told, 'right'):.3f}")
    print(f"  calibration error {calibration_error(told, about):.3f}")
    report_tiers(known, about)
    print(f"  {'evidence':<42}{'series':>8}{'sets':>6}{'right':>8}{'macro':>8}{'stated':>8}")
    for evidence, group in sorted(told.groupby(f"{about}_evidence"), key=lambda item: -len(item[1])):
        stated = group[f"{about}_confidence"].astype(float).mean()
        print(
            f"  {evidence:<42}{len(group):>8,}{group.collection_id.nunique():>6}{group.right.mean():>8.3f}"
            f"{macro(group, 'right'):>8.3f}{stated:>8.3f}"
        )
    print(f"  {'modality':<42}{'series':>8}{'answered':>10}{'right':>8}")
    for code, group in sorted(known.groupby("true_modality"), key=lambda item: -len(item[1])):
        right = group[group.answered].right.mean()
        print(f"  {code:<42}{len(group):>8,}{group.answered.mean():>10.3f}{right:>8.3f}")
    if mistakes:
        print_commonest("mistakes", told[~told.right], about, mistakes)
        print_commonest("silences", known[~known.answered], about, mistakes)


def report_tiers(known: pd.DataFrame, about: str) -> None:
    """How right answers are by how much evidence agrees, all of those whose evidence agrees, and the high tier."""
    told = known[known.answered]
    tiers = told[f"{about}_evidence"].map(tier)
    groups = [(name, told[tiers == name]) for name in TIERS]
    groups.append(("agreement, no contradiction", told[tiers.isin(AGREE)]))
    if about == "anatomy":
        groups.append(("high: by most studies of the dataset", told[told.anatomy_evidence.map(is_high_tier)]))
    print(f"  {'tier':<42}{'series':>8}{'share':>8}{'right':>8}{'macro':>8}{'stated':>8}")
    for name, group in groups:
        stated = group[f"{about}_confidence"].astype(float).mean()
        print(
            f"  {name:<42}{len(group):>8,}{len(group) / len(known):>8.3f}{group.right.mean():>8.3f}"
            f"{macro(group, 'right'):>8.3f}{stated:>8.3f}"
        )


def tier(evidence: str) -> str:
    """The tier of "description + study against page"."""
    said, _, against = evidence.partition(" against ")
    source, *agreeing = said.split(" + ")
    return Evidence(source, tuple(agreeing), tuple(filter(None, against.split(" and ")))).tier


def is_high_tier(evidence: str) -> bool:
    """Do most studies of the dataset name that part of the body, and does nothing contradict?

    What the texts of one study say of each other is worth less: whoever described its series described the study too.
    """
    said, _, against = evidence.partition(" against ")
    return not against and not {"dataset", "majority"}.isdisjoint(said.split(" + "))


def images_of(known: pd.DataFrame) -> pd.DataFrame:
    """What scanners made, without what people and programs made of it (SEG, SR, ...): texts name its source."""
    return known[[vocabulary.modality_group(code) != vocabulary.OTHER_GROUP for code in known.true_modality]]


def macro(series: pd.DataFrame, column: str) -> float:
    """The mean over collections: a large collection counts no more than a small one."""
    return float(series.groupby("collection_id")[column].mean().mean())


def calibration_error(told: pd.DataFrame, about: str) -> float:
    """Mean distance between stated and found accuracy over ten bins, weighted by series (ECE)."""
    stated = told[f"{about}_confidence"].astype(float)
    measured = told[stated.notna()]
    stated = stated.dropna()
    bins = (stated * CALIBRATION_BINS).astype(int).clip(upper=CALIBRATION_BINS - 1)
    gaps = (measured.right.groupby(bins).mean() - stated.groupby(bins).mean()).abs()
    return float((gaps * bins.value_counts()).sum() / len(measured))


def print_commonest(what: str, series: pd.DataFrame, about: str, most: int) -> None:
    texts = series.SeriesDescription.fillna("") + " | " + series.StudyDescription.fillna("")
    told = series.assign(answer=series[about].fillna(""), by=series[f"{about}_evidence"].fillna(""), texts=texts)
    counted = told.groupby(["collection_id", "truth", "answer", "by"]).texts.agg(["size", "first"])
    print(f"  commonest {what} (series, collection: tag -> answer, evidence, series text | study text)")
    for (collection, truth, answer, by), row in counted.sort_values("size", ascending=False).head(most).iterrows():
        print(f"  {row['size']:>6,}  {collection}: {truth} -> {answer} ({by})  {row['first'][:110]}")


if __name__ == "__main__":
    raise SystemExit(main())
