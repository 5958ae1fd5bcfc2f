"""What of an MR's encoding stands beside images without a tag: an echo time, the axis of phase encoding."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, SeriesRecord, Strength


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """MR, where a file that is no DICOM states what only MR has. Nothing stated is evidence of nothing."""
    if series.format == "DICOM":
        return
    if (series.echo_time_ms or 0.0) > 0:
        because = "Its header or JSON sidecar states an echo time, which only MR has"
        yield Clue(series.series_id, "modality", "MR", Strength.STRONG, because, "header")
    elif series.phase_encoding_axis is not None:
        because = "The NIfTI header names the axes of frequency and phase encoding, which only MR has"
        yield Clue(series.series_id, "modality", "MR", Strength.STRONG, because, "header")
