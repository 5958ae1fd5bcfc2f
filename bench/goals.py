"""What the benches promise: what was measured beside what is wanted."""

from collections.abc import Iterable
from typing import NamedTuple


class Goal(NamedTuple):
    """What is compared, how many times as fast it was measured, is meant to be, and is wished to be.

    goal: None where it is only shown beside. is_most: it is a cost, and may be this much at most. unit: x is a ratio.
    """

    work: str
    measured: float
    goal: float | None
    stretch: float | None
    is_most: bool = False
    unit: str = "x"

    @property
    def verdict(self) -> str:
        if self.stretch is not None and self._reaches(self.stretch):
            return "met, stretch too"
        if self.goal is None:
            return "shown beside"
        return "met" if self._reaches(self.goal) else "missed"

    def _reaches(self, wanted: float) -> bool:
        return self.measured <= wanted if self.is_most else self.measured >= wanted


def print_goals(goals: Iterable[Goal]) -> None:
    print(f"\n{'':<66}{'measured':>10}{'goal':>8}{'stretch':>9}")
    for goal in goals:
        numbers = goal.measured, goal.goal, goal.stretch
        said = ["" if number is None else f"{number:g}{goal.unit}" for number in numbers]
        print(f"{goal.work:<66}{said[0]:>10}{said[1]:>8}{said[2]:>9}  {goal.verdict}")
