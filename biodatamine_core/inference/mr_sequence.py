"""Which sequence an MR was taken with: what its name and texts say first, then its header, then its timing.

Timing speaks only where it leaves one weighting, and only of original images: between the ranges it says nothing.
"""

from collections.abc import Iterator

from biodatamine_core import vocabulary
from biodatamine_core.inference import bids, texts
from biodatamine_core.records import Clue, SeriesRecord, Strength

_T1_MOST_TR_MS, _T1_MOST_TE_MS = 800.0, 30.0
_LONG_TR_MS, _T2_LEAST_TE_MS, _PD_MOST_TE_MS = 2000.0, 80.0, 30.0
"""Of spin echoes. Source: Westbrook, MRI in Practice, 5th edition, "Image weighting and contrast"."""
_FLAIR_TI_MS, _STIR_TI_MS, _FLAIR_LEAST_TE_MS = (1700.0, 3000.0), (100.0, 260.0), 70.0
"""Inversion times of spin echoes that null fluid and fat at 1.5 and 3 tesla. Source: the same."""
_MPRAGE_TI_MS, _MPRAGE_MOST_TE_MS = (600.0, 1300.0), 8.0
_SPOILED_MOST_TR_MS, _SPOILED_MOST_TE_MS, _SPOILED_FLIP_DEG = 15.0, 6.0, (8.0, 20.0)
"""Of spoiled gradient echoes. Time of flight has a longer repetition, contrast-enhanced angiography a larger angle."""
_DERIVED = {"DERIVED", "LOCALIZER", "PROJECTION IMAGE", "MIP", "PHASE", "P", "SUBTRACTION"}


def clues(series: SeriesRecord, modality: str) -> Iterator[Clue]:
    """Clues about the sequence of what is known to be an MR, from the one that answers first to the last."""
    if modality == "MR":
        yield from _named(series)
        yield from _described(series)
        yield from _stated(series)
        yield from _timed(series)


def _named(series: SeriesRecord) -> Iterator[Clue]:
    """What a BIDS name says; of other files than DICOM what stands in the name itself."""
    name = bids.parsed(series.path)
    if name is not None:
        suffix = vocabulary.bids_suffix(name.datatype, name.suffix)
        if suffix is not None and suffix.sequence:
            because = f"A BIDS name that ends in _{name.suffix}"
            yield _clue(series, suffix.sequence, Strength.STRONG, because, "bids")
    elif series.format != "DICOM":
        said = vocabulary.sequence_said(bids.name_said(series.path))
        if said is not None:
            because = f"The file's name says {texts.quoted(said.phrases)}"
            yield _clue(series, said.value, Strength.MEDIUM, because, "path")


def _described(series: SeriesRecord) -> Iterator[Clue]:
    stated = (("SeriesDescription", series.series_description), ("ProtocolName", series.protocol_name))
    # A map says so in its type, while its description is often that of the images it was made from.
    yield from _typed(series, "image-type of a map")
    for name, text in stated:
        said = vocabulary.sequence_said(text) if text else None
        if said is not None:
            because = f"{name} says {texts.quoted(said.phrases)}"
            yield _clue(series, said.value, Strength.MEDIUM, because, "description")
    yield from _typed(series, "image-type")


def _typed(series: SeriesRecord, where: str) -> Iterator[Clue]:
    said = vocabulary.sequence_said(" ".join(series.image_type), where) if series.image_type else None
    if said is not None:
        because = f"ImageType (0008,0008) holds {texts.quoted(said.phrases)}"
        yield _clue(series, said.value, Strength.STRONG, because, "header")


def _stated(series: SeriesRecord) -> Iterator[Clue]:
    """What the header says in its own codes."""
    for name, text, where in (
        ("AcquisitionContrast (0008,9209)", series.acquisition_contrast, "acquisition-contrast"),
        ("SequenceName (0018,0024)", series.sequence_name, "sequence-name"),
    ):
        said = vocabulary.sequence_said(text, where) if text else None
        if said is not None:
            yield _clue(series, said.value, Strength.MEDIUM, f"{name} is {texts.quoted(said.phrases)}", "header")
    if series.b_value:
        because = f"It was diffusion weighted, with a b-value up to {series.b_value:g} s/mm²"
        yield _clue(series, "DWI", Strength.MEDIUM, because, "header")


def _timed(series: SeriesRecord) -> Iterator[Clue]:
    is_original = not _DERIVED & {word.upper() for word in series.image_type or ()}
    repetition, echo = series.repetition_time_ms, series.echo_time_ms
    if not is_original or repetition is None or echo is None or not series.scanning_sequence or series.b_value:
        return
    if {"echo", "b-value"} & set((series.varies_by or "").split(" and ")):
        return
    kinds = {word.upper() for word in series.scanning_sequence}
    value = _spin_echo(series, kinds, repetition, echo) or _gradient_echo(series, kinds, repetition, echo)
    if value is not None:
        inversion = f", TI {series.inversion_time_ms:g} ms" if "IR" in kinds and series.inversion_time_ms else ""
        flip = f", flip angle {series.flip_angle_deg:g}°" if "GR" in kinds and series.flip_angle_deg else ""
        kind = "gradient" if "GR" in kinds else "spin"
        because = f"A {kind} echo with TR {repetition:g} ms, TE {echo:g} ms{inversion}{flip}"
        yield _clue(series, value, Strength.WEAK, because, "header")


def _spin_echo(series: SeriesRecord, kinds: set[str], repetition: float, echo: float) -> str | None:
    if not kinds <= {"SE", "IR", "SPIN"} or not kinds & {"SE", "SPIN"}:
        return None
    if "IR" in kinds or series.inversion_time_ms:
        inversion = series.inversion_time_ms or 0.0
        if _within(inversion, _FLAIR_TI_MS) and echo >= _FLAIR_LEAST_TE_MS:
            return "FLAIR"
        return "STIR" if _within(inversion, _STIR_TI_MS) else None
    if repetition <= _T1_MOST_TR_MS:
        return "T1" if echo <= _T1_MOST_TE_MS else None
    if repetition < _LONG_TR_MS:
        return None
    if echo >= _T2_LEAST_TE_MS:
        return "T2"
    return "PD" if echo <= _PD_MOST_TE_MS else None


def _gradient_echo(series: SeriesRecord, kinds: set[str], repetition: float, echo: float) -> str | None:
    if not kinds <= {"GR", "IR"} or "GR" not in kinds:
        return None
    if "IR" in kinds:
        is_mprage = _within(series.inversion_time_ms or 0.0, _MPRAGE_TI_MS) and echo <= _MPRAGE_MOST_TE_MS
        return "T1" if is_mprage else None
    is_spoiled = "SP" in {word.upper() for word in series.sequence_variant or ()}
    is_short = repetition <= _SPOILED_MOST_TR_MS and echo <= _SPOILED_MOST_TE_MS
    return "T1" if is_spoiled and is_short and _within(series.flip_angle_deg or 0.0, _SPOILED_FLIP_DEG) else None


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _clue(series: SeriesRecord, value: str, strength: Strength, because: str, source: str) -> Clue:
    return Clue(series.series_id, "sequence", value, strength, because, source)
