"""Progress of a scan on a terminal: one line that is rewritten; plain lines where the output is a file."""

import time
from typing import TextIO

from biodatamine_core.records import Progress, Stage

REDRAW_S = 0.2


class TerminalWatcher:
    """Draws progress on a stream. A terminal gets one living line, a log file one line a stage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._stage: Stage | None = None
        self._drawn_at = 0.0
        self._width = 0

    def __enter__(self) -> "TerminalWatcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._draw("")

    def report(self, progress: Progress) -> None:
        entered = progress.stage != self._stage
        self._stage = progress.stage
        if progress.note:
            self._draw("")
            print(progress.note, file=self._stream, flush=True)
        if self._is_terminal and (entered or time.monotonic() - self._drawn_at > REDRAW_S):
            self._draw(_line(progress))
        elif entered and not self._is_terminal:
            print(_line(progress), file=self._stream, flush=True)

    def check(self) -> None:
        """Ctrl+C arrives as KeyboardInterrupt; there is nothing else to ask."""

    def _draw(self, line: str) -> None:
        if self._is_terminal:
            self._stream.write(f"\r{line.ljust(self._width)}" if line else f"\r{' ' * self._width}\r")
            self._stream.flush()
            self._width, self._drawn_at = len(line), time.monotonic()


def _line(progress: Progress) -> str:
    parts = [progress.stage.capitalize()]
    if progress.files_done:
        total = f" of {progress.files_total:,}" if progress.files_total is not None else ""
        parts.append(f"{progress.files_done:,}{total} files")
    if progress.stage is Stage.DOWNLOAD:
        total = f" of {progress.bytes_total / 1e6:,.1f}" if progress.bytes_total is not None else ""
        parts.append(f"{progress.bytes_done / 1e6:,.1f}{total} MB")
    if progress.unreadable_files:
        parts.append(f"{progress.unreadable_files:,} not readable")
    return "  ".join(parts)
