"""Beside the pictures: what the series is, why we think so, how it lies, and what its header says. All escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from biodatamine_core import vocabulary, wording
from biodatamine_core.catalog.gallery import Neighbours
from biodatamine_core.charts import Palette
from biodatamine_core.records import Clue, FileRecord, Role, SeriesRecord, Strength
from ui.pieces import NUMBERS
from ui.selection import View

_STEPS = {Strength.STRONG: 3, Strength.MEDIUM: 2, Strength.WEAK: 1}
_SOURCES = {
    "tag": "header, a tag made for it",
    "sop-class": "header, kind of object",
    "code": "header, a coded region",
    "body-part": "header, body part",
    "description": "header, free text",
    "study": "header, free text of the study",
    "coverage": "header, what a tracer usually shows",
    "dataset": "most studies of the dataset",
    "companions": "other series of the study",
    "page": "the dataset's page",
    "header": "file header",
    "bids": "name by the BIDS standard",
    "path": "path",
    "colour": "colours of the picture",
    "values": "values of the pixels",
    "table": "table beside the images",
    "person": "correction",
}
"""Clue.source as a person reads it."""
_NO_PROBABILITY = "Counted on series whose answer is known. It is no probability for this one."
_TILT_DEG = 0.5
"""Less is rounding."""


def name(series: SeriesRecord) -> str:
    """CT of the chest; MRI, anatomy unknown: a title, and the alternative text of the pictures. Never the path."""
    group = "Image of unknown modality" if series.modality_group == "Unknown" else series.modality_group
    if series.role is Role.SEGMENTATION:
        group = "Mask" if series.modality_group in ("Unknown", "Other") else f"{series.modality_group} mask"
    return f"{group} of the {_region(series)}" if _region(series) else f"{group}, anatomy unknown"


def number(neighbours: Neighbours, view: View) -> str:
    """Which one of how many it is within the filter."""
    if neighbours.number is None:
        return "outside this filter"
    inside = " in this filter" if view.wanted.parts else ""
    return f"series {wording.count(neighbours.number)} of {wording.count(neighbours.total)}{inside}"


def label(series: SeriesRecord, palette: Palette) -> str:
    """Modality, anatomy, sequence, contrast and dimensions, and how often such clues were right."""
    group = "Unknown" if series.modality_group == "Unknown" else series.modality_group
    region = _region(series).capitalize() or "Anatomy unknown"
    sequence = vocabulary.sequence_name(series.sequence) if series.sequence else ""
    contrast = vocabulary.contrast_name(series.contrast).capitalize() if series.contrast else ""
    words = "".join(
        f'<span style="white-space:nowrap">{escape(word)}</span>'
        for word in (region, sequence, contrast, str(series.dimensions))
        if word
    )
    chip = f'<span style="width:10px;height:10px;border-radius:2px;background:{palette.modality(group)}"></span>'
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0 18px;font-size:16px;line-height:22px;'
        f'font-weight:600;color:{palette.text}"><span style="display:inline-flex;align-items:center;gap:8px">'
        f"{chip}{escape(group)}"
        f"</span>{words}</div>"
        + f'<div style="margin-top:4px" title="{_NO_PROBABILITY}">{_muted(_measured(series), palette)}</div>'
    )


def clues(found: Sequence[Clue], palette: Palette) -> str:
    """Why we think so: strength in three steps, the reason, where it stands."""
    if not found:
        return _muted("Unknown: no tag, no name and no picture told us the modality or the anatomy.", palette)
    items = "".join(
        '<li style="display:flex;gap:12px;margin:0;padding:0">'
        f"{_strength(clue.strength, palette)}"
        f'<div style="min-width:0"><div style="font-size:13px;line-height:18px;color:{palette.text};'
        f'overflow-wrap:anywhere">{escape(f"{_value(clue)}: {clue.because}")}</div>'
        f"{_muted(_SOURCES.get(clue.source, clue.source), palette)}</div></li>"
        for clue in found
    )
    return f'<ul style="{_LIST};gap:10px">{items}</ul>'


def geometry(series: SeriesRecord, palette: Palette) -> str:
    """What was judged about the way its slices lie: a check mark, or what to look at, each with its words."""
    rows = [
        f'<li style="display:flex;gap:12px;margin:0;padding:0;font-size:13px;line-height:18px;color:{palette.text}">'
        f'<span role="img" aria-label="{"good" if is_good else "look at this"}" style="flex:none;width:20px;'
        f'font-weight:600;color:{palette.muted if is_good else palette.warning}">{"✓" if is_good else "!"}</span>'
        f'<span style="min-width:0">{escape(sentence)}</span></li>'
        for is_good, sentence in judged(series)
    ]
    listed = f'<ul style="{_LIST};gap:4px">{"".join(rows)}</ul>' if rows else ""
    return listed + f'<div style="margin-top:6px">{_muted(series.verdict, palette)}</div>'


def geometry_in_short(series: SeriesRecord) -> str:
    """The verdict in two words; nothing for a picture, which lies nowhere."""
    if series.regularly_spaced_3d_volume is None:
        return ""
    return "regular volume" if series.regularly_spaced_3d_volume else "irregular volume"


def judged(series: SeriesRecord) -> Iterable[tuple[bool, str]]:
    """(is it as a training wants it, in words): only what could be judged."""
    if series.single_orientation is not None:
        where = f", {series.orientation}" if series.orientation else ""
        yield (
            series.single_orientation,
            f"One orientation{where}" if series.single_orientation else "Several orientations",
        )
    if series.consistent_pixel_spacing is not None:
        is_one = series.consistent_pixel_spacing
        yield is_one, "One pixel spacing" if is_one else "Pixel spacing differs between slices"
    if series.uniform_slice_spacing is not None and not series.missing_slices:
        gap = f", {series.slice_spacing_mm:.3g} mm" if series.slice_spacing_mm else ""
        is_even = series.uniform_slice_spacing
        yield is_even, f"Uniform slice spacing{gap}" if is_even else f"Slices unevenly spaced{gap} usually"
    if series.missing_slices is not None:
        lacking = series.missing_slices
        yield not lacking, wording.counted(lacking, "missing slice") if lacking else "No missing slices"
    if series.duplicate_positions:
        yield False, f"{wording.counted(series.duplicate_positions, 'slice')} where another one lies"
    if series.gantry_tilt_deg is not None and series.gantry_tilt_deg > _TILT_DEG:
        yield False, f"Gantry tilt {series.gantry_tilt_deg:.1f}°"


def header(series: SeriesRecord, files: Sequence[FileRecord], palette: Palette) -> str:
    """Facts of the header, none of which names anybody."""
    rows = "".join(
        f'<span style="color:{palette.muted}">{escape(term)}</span>'
        f'<span style="color:{palette.text};overflow-wrap:anywhere">{escape(value)}</span>'
        for term, value in _facts(series, files)
        if value
    )
    return (
        '<div style="display:grid;grid-template-columns:minmax(90px,1fr) 2fr;gap:3px 12px;font-size:13px;'
        f'line-height:20px;{NUMBERS}">{rows}</div>'
    )


def _facts(series: SeriesRecord, files: Sequence[FileRecord]) -> Iterable[tuple[str, str]]:
    spacing = series.spacing_mm or ()
    extent = [size * step for size, step in zip(series.shape or (), spacing, strict=False)]
    first = files[0] if files else None
    colour = first.photometric_interpretation if first else None
    yield "Shape", wording.shape(series.shape or ())
    yield "Spacing", _millimetres(f"{step:.3g}" for step in spacing)
    yield "Extent", _millimetres(f"{length:.0f}" for length in extent)
    yield "Values", ", ".join(word for word in (series.dtype, colour) if word)
    yield "Patient", f"{series.patient_key[:6]} (keyed)" if series.patient_key else wording.MISSING
    yield "Sex", series.patient_sex or ""
    yield "Age", f"{series.patient_age_years:.3g} years" if series.patient_age_years is not None else ""
    yield "Acquired", str(series.acquisition_year or "")
    yield "Vendor", series.manufacturer or ""
    yield "Field", f"{first.magnetic_field_strength_t:.3g} T" if first and first.magnetic_field_strength_t else ""
    yield "Tube", f"{first.kvp:.3g} kV" if first and first.kvp else ""
    yield "Split", series.split or ""
    yield "Label", series.label or ""
    yield "Files", wording.count(series.file_count)
    yield "Size", wording.size(series.size_bytes)


_LIST = "list-style:none;margin:0;padding:0;display:flex;flex-direction:column"


def _region(series: SeriesRecord) -> str:
    named = (
        vocabulary.region_name(series.anatomy)
        if series.anatomy
        else " and ".join(map(vocabulary.zone_name, series.anatomy_zones))
    )
    return named.lower()


def _value(clue: Clue) -> str:
    """What a clue speaks for, as it stands in the label."""
    if clue.about == "modality":
        return vocabulary.modality_group(clue.value)
    if clue.about == "sequence":
        return vocabulary.sequence_name(clue.value)
    if clue.about == "contrast":
        return vocabulary.contrast_name(clue.value).capitalize()
    return vocabulary.region_name(vocabulary.anatomy(clue.value).name)


def _measured(series: SeriesRecord) -> str:
    """How often such clues were right: a measure of the kind of evidence, no probability for this series."""
    known = [(series.modality_confidence, "modality"), (series.anatomy_confidence, "anatomy")]
    said = [f"{wording.rate(value)} of series for {about}" for value, about in known if value is not None]
    return (
        f"Such clues were right in {' and in '.join(said)}." if said else "How often such clues are right is not known."
    )


def _strength(strength: Strength, palette: Palette) -> str:
    filled = _STEPS[strength]
    steps = "".join(
        f'<span style="width:5px;height:10px;border-radius:1px;background:'
        f'{palette.text if step < filled else palette.border}"></span>'
        for step in range(3)
    )
    return (
        f'<span role="img" aria-label="{strength} clue" title="{strength} clue" '
        f'style="flex:none;display:inline-flex;gap:2px;padding-top:4px">{steps}</span>'
    )


def _millimetres(steps: Iterable[str]) -> str:
    said = " × ".join(steps)
    return f"{said} mm" if said else ""


def _muted(text: str, palette: Palette) -> str:
    style = f"font-size:12px;line-height:16px;color:{palette.muted};overflow-wrap:anywhere"
    return f'<div style="{style}">{escape(text)}</div>'
