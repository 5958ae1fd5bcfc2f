"""What was worked out of a text is remembered, until the last text of a dataset was read."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

REMEMBERED_TEXTS = 16_384
"""By each function: a dataset repeats its descriptions and folders thousands of times. Texts that are all different
take tens of megabytes; four times as many remembered made 60,000 public series no faster."""

P = ParamSpec("P")
R = TypeVar("R")

_forgetting: list[Callable[[], None]] = []


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its latest answers at hand, as lru_cache keeps them, until forget_texts()."""
    remembering = lru_cache(maxsize=REMEMBERED_TEXTS)(function)
    _forgetting.append(remembering.cache_clear)
    return cast(Callable[P, R], remembering)


def forget_texts() -> None:
    """Let go of every answer: labelling is over, and what comes after it needs the memory."""
    for forget in _forgetting:
        forget()
