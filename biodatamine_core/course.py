"""Where a scan stands, passed on to whoever follows it."""

from dataclasses import replace

from biodatamine_core.records import Progress, Stage, Watcher


class Unwatched:
    """A watcher for nobody: a notebook or a test that just waits."""

    def report(self, progress: Progress) -> None: ...

    def check(self) -> None: ...


class Course:
    """Passes progress on and remembers it, so that a later stage still shows what an earlier one saw."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._last = Progress()

    def report(self, progress: Progress) -> None:
        self._last = progress
        self._watcher.report(progress)

    def check(self) -> None:
        self._watcher.check()

    def tell(self, note: str) -> None:
        """A sentence for the person."""
        self._watcher.report(replace(self._last, note=note))

    def enter(self, stage: Stage) -> None:
        self.check()
        self.report(replace(self._last, stage=stage))

    def enter_last(self) -> None:
        """From here on nothing stops it: the watcher is asked once more, knowing that."""
        self.enter(Stage.PUBLISH)
        self.check()
