"""The panels of Overview: headline numbers, what was not read, bars, findings, pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from biodatamine_core import charts, wording
from biodatamine_core.charts import Share
from biodatamine_core.records import Mode, Summary, Version
from biodatamine_core.workspaces import Dataset
from ui import gallery, panels, pieces, places, selection
from ui.cached import LOOK_INSIDE, Composition
from ui.pieces import Headline

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW_PX, HALF_ROW_PX = 31, 22
TALL_PX, HALF_PX, LOW_PX = 312, 149, 252
"""Heights of the panels, fixed before their data arrives: a full one, one of two stacked, one of the second row."""
PARTIAL_PX = 25
"""Of the line that says what was not read, as high as its badge and link."""
TOP_FINDINGS = 6
MARKS = {
    "error": "red[:material/error:]",
    "warning": "orange[:material/warning:]",
    "note": "gray[:material/info:]",
}
"""How a severity stands before its sentence."""

UNREAD = {
    "empty": ("is empty", "are empty"),
    "placeholder": ("is a placeholder, not data", "are placeholders, not data"),
    "missing-part": ("lacks a file that belongs to it", "lack a file that belongs to them"),
    "unknown-format": ("has no known format", "have no known format"),
    "truncated": ("ends too early", "end too early"),
    "corrupt": ("is damaged", "are damaged"),
    "encrypted": ("is locked by a password", "are locked by a password"),
    "unsafe-path": ("has a path that leaves its folder", "have paths that leave their folder"),
    "link": ("is a link, which is not followed", "are links, which are not followed"),
    "too-large": ("is over a limit", "are over a limit"),
    "wrong-size": ("is not as long as its archive says", "are not as long as their archive says"),
    "wrong-checksum": ("fails its checksum", "fail their checksum"),
    "unsupported": ("is stored in a way that is not read yet", "are stored in a way that is not read yet"),
}


def provenance(dataset: Dataset, version: Version) -> str:
    """Source, licence, mode and date, in one line."""
    mode = "full scan" if version.mode is Mode.FULL else "headers-only scan"
    parts = [
        shown_source(dataset),
        version.licence,
        f"only {dataset.only}" if dataset.only else None,
        f"version {version.number}" if version.number > 1 else None,
        f"{mode}, {wording.moment(version.created_at_utc)}",
    ]
    return "  ·  ".join(part for part in parts if part)


def shown_source(dataset: Dataset) -> str:
    """Where it came from, as short as it can be said."""
    if dataset.source_kind in ("sample", "upload"):
        return {"sample": "the sample", "upload": "upload"}[dataset.source_kind]
    return dataset.origin.split("://", 1)[-1]


def shown_place(dataset: Dataset) -> str:
    """The same in a word or two: the host, or that it lies here."""
    return "this machine" if dataset.source_kind == "local" else shown_source(dataset).split("/")[0]


def headlines(summary: Summary) -> None:
    """The six numbers over everything."""
    palette = panels.palette()
    unread = summary.files - summary.readable_files
    numbers = [
        Headline("Files", wording.count(summary.files), _read(summary) if unread else "all read"),
        Headline("Series", wording.count(summary.series), wording.counted(summary.volumes, "volume")),
        Headline(
            "Patients",
            wording.count(summary.patients) if summary.patients else wording.MISSING,
            f"in {wording.percent(summary.patient_files, summary.image_files, 0)} of images"
            if summary.patients
            else "",
            "" if summary.patients else "No image names its patient.",
        ),
        Headline(
            "Studies",
            wording.count(summary.studies) if summary.studies else wording.MISSING,
            _studies_per_patient(summary),
            "" if summary.studies else "No image names its study.",
        ),
        Headline("Size", wording.size(summary.bytes), f"{wording.size(summary.unpacked_bytes)} unpacked"),
        Headline(
            "Findings", wording.count(sum(summary.findings.values())), pieces.severities(summary.findings, palette)
        ),
    ]
    with st.container(border=True, key="band"):
        st.html(pieces.headlines(numbers, palette))


def _read(summary: Summary) -> str:
    return f"{wording.count(summary.readable_files)} read"


def _studies_per_patient(summary: Summary) -> str:
    """Nothing where some patients have no study: files that name a patient alone, as in BIDS, would pull it below 1."""
    if not summary.patients or summary.studies < summary.patients:
        return ""
    return f"{summary.studies / summary.patients:.1f} per patient"


def unread_sentence(summary: Summary, unread: Sequence[tuple[str, int]]) -> str:
    """N of M files were read, and why not all."""
    reasons = ", ".join(f"{wording.count(files)} {UNREAD[kind][files != 1]}" for kind, files in unread)
    below = " The series below are of the files that were read." if summary.series else ""
    return (
        f"{wording.count(summary.readable_files)} of {wording.count(summary.files)} files were read: {reasons}.{below}"
    )


def unread_line(dataset: Dataset, composition: Composition) -> None:
    """That not all was read, and why; leads to those files."""
    unread = dataset.summary.files - dataset.summary.readable_files
    with panels.partial(unread_sentence(dataset.summary, composition.unread)):
        st.page_link(
            places.FILES,
            label=f"Show {'the file' if unread == 1 else f'the {wording.count(unread)} files'}",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params={"dataset": dataset.id, "read": "not read"},
        )


class Frames:
    """The panels, drawn empty at once; `fill` puts a composition into them."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary
        series = wording.counted(summary.series, "series", "series")
        grid = st.grid(3)
        with grid.cell():
            self._modality = _slot("Modality", series, TALL_PX)
        with grid.cell():
            self._zone = _slot("Body zone", "a series may show several", TALL_PX)
        with grid.cell():
            self._dimensions = _slot("Dimensions", series, HALF_PX)
            self._format = _slot("Format", wording.counted(summary.files, "file"), HALF_PX)
        with grid.cell():
            self._findings = _slot("Findings", _top(summary), LOW_PX)
        with grid.cell(column_span=2):
            self._inside = panels.panel(
                "A look inside", f"at most {LOOK_INSIDE} series, drawn evenly by modality", LOW_PX
            )
            self._pictures = self._inside.skeleton(LOW_PX - 62)

    def fill(self, composition: Composition) -> None:
        palette, series = panels.palette(), self._summary.series
        _bars(self._modality, "Modality", composition.modalities, series, by_modality=True, opens="modality")
        _bars(self._zone, "Body zone", composition.zones, series, opens="zone")
        half = {"row_px": HALF_ROW_PX, "rows": 4}
        _bars(self._dimensions, "Dimensions", composition.dimensions, series, **half, opens="dimensions")
        _bars(self._format, "Format", composition.formats, self._summary.files, **half, opens="format")
        _findings(self._findings, composition)
        if composition.pictures:
            with self._pictures.container():
                opened = gallery.strip(composition.pictures)
            if opened:
                selection.open_series(opened)
        else:
            self._pictures.html(pieces.text("No series could be drawn.", palette, muted=True))


def without_images(summary: Summary, composition: Composition) -> None:
    """Overview of a dataset in which no series was found: what is there instead."""
    with panels.empty("No images in this dataset", "None of its files is a format whose images are read here."):
        st.space("small")
    grid = st.grid(2)
    with grid.cell():
        slot = _slot("Format", wording.counted(summary.files, "file"), LOW_PX)
    _bars(slot, "Format", composition.formats, summary.files, row_px=HALF_ROW_PX)
    with grid.cell():
        slot = _slot("Findings", _top(summary), LOW_PX)
    _findings(slot, composition)


def _slot(title: str, base: str, height_px: int) -> DeltaGenerator:
    return panels.panel(title, base, height_px).skeleton(height_px - 62)


def _top(summary: Summary) -> str:
    found = sum(summary.findings.values())
    return f"worst {TOP_FINDINGS} of {wording.count(found)}" if found > TOP_FINDINGS else wording.count(found)


def _findings(slot: DeltaGenerator, composition: Composition) -> None:
    if not composition.findings:
        nothing = "All checks ran and found nothing. That is not a proof."
        slot.html(pieces.text(nothing, panels.palette(), muted=True))
        return
    dataset_id = st.query_params["dataset"]
    with slot.container(gap="xsmall", key="worst"):
        for severity, sentence, finding in composition.findings[:TOP_FINDINGS]:
            st.page_link(
                places.FINDINGS,
                label=f":{MARKS[severity]} {pieces.escaped_label(sentence)}",
                help=sentence,
                query_params={"dataset": dataset_id, "finding": finding},
            )
        st.page_link(
            places.FINDINGS,
            label=f"Show {wording.counted(len(composition.findings), 'finding')}",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params={"dataset": dataset_id},
        )


def _bars(
    slot: DeltaGenerator,
    title: str,
    shares: Sequence[Share],
    base: int,
    *,
    by_modality: bool = False,
    row_px: int = ROW_PX,
    rows: int = 8,
    opens: str | None = None,
) -> None:
    """opens: the part of Images' filter that a click on a bar asks for."""
    figure = charts.bars(shares, base, panels.palette(), by_modality=by_modality, row_height_px=row_px, rows=rows)
    said = charts.described(title, shares, base)
    if opens is None:
        slot.plotly_chart(figure, theme=None, config=charts.CONFIG, alt=said, key=title)
        return
    clickable(slot, figure, said, title, opens, charts.ranked(shares, rows))


def clickable(
    slot: DeltaGenerator, figure: "go.Figure", said: str, key: str, opens: str, listed: Sequence[Share]
) -> None:
    """Draw a figure whose bars lead to Images. listed: what each of its points asks for; one of none leads nowhere."""
    clicked = slot.plotly_chart(
        figure, theme=None, config=charts.CONFIG, alt=said, key=key, on_select="rerun", selection_mode="points"
    )
    st.html(f"<style>.st-key-{key.replace(' ', '-')} .nsewdrag {{ cursor: pointer !important }}</style>")
    for row in clicked.selection.point_indices[:1]:
        if listed[row].count:
            selection.open_images(opens, listed[row].values)
