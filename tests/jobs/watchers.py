"""Watchers of a scan that do something at a stage."""

import threading
from collections.abc import Callable

from biodatamine_core.records import Progress, Stage


class AsksAt:
    """Asks something of the job once it reaches a stage."""

    def __init__(self, stage: Stage, ask: Callable[[], None]) -> None:
        self._stage, self._ask = stage, ask

    def report(self, progress: Progress) -> None:
        if progress.stage is self._stage:
            self._ask()

    def check(self) -> None: ...


class HangsAt:
    """Work that asks nobody any more once it reaches a stage, until it is let go."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.hangs, self.go_on = threading.Event(), threading.Event()

    def report(self, progress: Progress) -> None:
        if progress.stage is self._stage:
            self.hangs.set()
            self.go_on.wait()

    def check(self) -> None: ...
