"""The goals for labels of public series, each beside what was measured."""

from collections.abc import Iterator

import pandas as pd
from goals import Goal

SUREST_SHARE = 0.65
"""Of the series whose modality is hidden: the surest answers, as many as this share of all."""


def anatomy_goals(with_what: str, known: pd.DataFrame, accuracy: float, coverage: float) -> Iterator[Goal]:
    """known: the series whose truth is known, with answered and right. accuracy, coverage: the goals."""
    yield _goal(f"anatomy, {with_what}: right where answered", known[known.answered].right.mean(), accuracy)
    yield _goal(f"anatomy, {with_what}: answered", known.answered.mean(), coverage)


def confidence_goals(with_what: str, known: pd.DataFrame, is_high: "pd.Series[bool]", error: float) -> Iterator[Goal]:
    """is_high: of each of these series whether its evidence is of the high tier. error: of the calibration."""
    yield _goal(f"anatomy, {with_what}, high tier: right", known[is_high].right.mean(), 0.97)
    yield _goal(f"anatomy, {with_what}, high tier: share of all", is_high.mean(), 0.60)
    yield _goal(f"anatomy, {with_what}: calibration error", error, 0.04, is_most=True)


def modality_goals(of_what: str, known: pd.DataFrame, guess: str) -> Iterator[Goal]:
    """guess: what a forced answer falls back on."""
    forced = known.right | (~known.answered & (known.true_modality == guess))
    told = known[known.answered].sort_values("modality_confidence", ascending=False, kind="stable")
    surest = told.head(round(SUREST_SHARE * len(known)))
    yield _goal(f"modality, {of_what}, hidden: forced", forced.mean(), 0.92)
    yield _goal(f"modality, {of_what}, hidden: right, of the surest", surest.right.mean(), 0.99)
    yield _goal(f"modality, {of_what}, hidden: share of the surest", len(surest) / len(known), SUREST_SHARE)


def speed_goal(series_per_second: float) -> Goal:
    return Goal("series labelled a second and core", round(series_per_second), 20_000, None, unit="")


def _goal(work: str, measured: float, goal: float, *, is_most: bool = False) -> Goal:
    return Goal(work, round(float(measured), 3), goal, None, is_most, unit="")
