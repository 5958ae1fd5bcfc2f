"""DataFrame -> Plotly figure, in one look; and the colours, which mean the same thing everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biodatamine_core import wording

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False}
"""How every figure behaves in the browser: it does not."""

FONT = "Inter, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme. The first six stand in .streamlit/config.toml too; a test keeps them equal."""

    page: str
    text: str
    muted: str
    border: str
    error: str
    warning: str
    neutral: str
    """A bar that stands for no modality."""
    modalities: Mapping[str, str]
    """By modality group. Found by search: all pairs differ, also to colour-blind eyes (tests/test_charts.py)."""
    is_dark: bool = False

    def modality(self, group: str) -> str:
        """The colour of a modality group; Unknown shares Other's grey."""
        return self.modalities.get(group, self.modalities["Other"])


LIGHT = Palette(
    page="#FFFFFF",
    text="#1B2430",
    muted="#5B6675",
    border="#E2E6EB",
    error="#A11C13",
    warning="#8F4A05",
    neutral="#8794A5",
    modalities={
        "CT": "#1749B4",
        "MRI": "#8461DA",
        "X-ray": "#1D9CB5",
        "Mammography": "#C54961",
        "Ultrasound": "#AE8832",
        "PET/NM": "#B3260B",
        "Optical": "#096F47",
        "Microscopy": "#7A2D67",
        "Other": "#777E86",
    },
)
DARK = Palette(
    page="#12151A",
    text="#E4E8ED",
    muted="#98A2AF",
    border="#2A3039",
    error="#F59B93",
    warning="#EBB777",
    neutral="#5C6B7E",
    modalities={
        "CT": "#497AEC",
        "MRI": "#AEA6F0",
        "X-ray": "#94E0E5",
        "Mammography": "#F89CA7",
        "Ultrasound": "#F2D380",
        "PET/NM": "#DD5C01",
        "Optical": "#60A066",
        "Microscopy": "#934F94",
        "Other": "#7D848C",
    },
    is_dark=True,
)

LAST = ("Other", "Unknown")
"""Answers like any other, but drawn last, in this order."""


@dataclass(frozen=True, slots=True)
class Share:
    """One bar: what it is called, how many it counts. values: what a filter of Images asks for to show them."""

    name: str
    count: int
    values: tuple[str, ...] = ()


def ranked(shares: Sequence[Share], rows: int = 8) -> list[Share]:
    """At most `rows` of them: largest first, the rest summed as Other, then Other and Unknown.

    Names that differ only in case are one ("unknown" is Unknown).
    """
    known = sorted((s for s in shares if s.name.capitalize() not in LAST), key=lambda s: (-s.count, s.name))
    last = {name: [s for s in shares if s.name.capitalize() == name and s.count] for name in LAST}
    spare = rows - sum(1 for name in LAST if last[name])
    if len(known) > spare:
        spare -= 0 if last["Other"] else 1
        last["Other"] += known[spare:]
        known = known[:spare]
    return [*known, *(_summed(name, parts) for name, parts in last.items() if parts)]


def _summed(name: str, parts: Sequence[Share]) -> Share:
    return Share(name, sum(part.count for part in parts), tuple(value for part in parts for value in part.values))


def shares_of(frame: "pd.DataFrame", name: str, count: str, value: str | None = None) -> list[Share]:
    """The rows of a question to the catalog as shares; a missing name is Unknown. value: the column to filter by."""
    return [
        Share(str(label) if isinstance(label, str) and label else "Unknown", int(number), (str(asked),))
        for label, number, asked in zip(frame[name], frame[count], frame[value or name].fillna("unknown"), strict=True)
    ]


def bars(
    shares: Sequence[Share],
    base: int,
    palette: Palette,
    *,
    by_modality: bool = False,
    row_height_px: int = 31,
    rows: int = 8,
) -> "go.Figure":
    """Horizontal bars with their counts and percents in two columns beside them: no axis, no grid, no legend.

    base: what 100 % is; the percents pass 100 together where one thing is counted under several names.
    by_modality: names are modality groups and carry their colours; otherwise bars are neutral.
    """
    import plotly.graph_objects as go  # 0.3 s: imported by who draws, not by who starts

    listed = ranked(shares, rows)
    largest = max((share.count for share in listed), default=1)
    positions = list(range(len(listed)))
    figure = go.Figure(
        go.Bar(
            x=[share.count for share in listed],
            y=positions,
            orientation="h",
            width=0.62,
            marker={
                "color": [palette.modality(s.name) if by_modality else palette.neutral for s in listed],
                "cornerradius": 2,
                "line": {"width": 0},
            },
            hoverinfo="none",  # "skip" would keep clicks from being told
        )
    )
    name_px, count_px, percent_px = _margins(listed, base)
    for position, share in zip(positions, listed, strict=True):
        _label(figure, share.name, position, 0, -name_px - 2, "left", palette.text)
        _label(figure, wording.count(share.count), position, 1, count_px, "right", palette.text)
        part = wording.percent(share.count, base)
        _label(figure, part, position, 1, count_px + percent_px + 2, "right", palette.muted)
    figure.update_layout(
        **_base(palette),
        hovermode="y",  # the whole row is the bar: one that counts little is a pixel wide
        height=row_height_px * max(len(listed), 1),
        margin={"l": name_px, "r": count_px + percent_px, "t": 0, "b": 0, "pad": 0},
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, largest])
    figure.update_yaxes(visible=False, fixedrange=True, range=[len(listed) - 0.5, -0.5])
    return figure


FEWEST_BINS = 7
"""A histogram of fewer bins keeps room for so many."""
NARROWEST_PX, NAMES_APART_PX = 264, 2
"""Of a histogram, in a third of a small screen: names that find no room beside each other are not all written."""


def histogram(
    shares: Sequence[Share],
    palette: Palette,
    *,
    unit: str = "",
    noun: str = "",
    plural: str | None = None,
    height_px: int = 150,
) -> "go.Figure":
    """Upright bars in the order given, each named under it, only the highest with its count; no axis of counts.

    noun: what is counted, as the tooltip of a bar says it.
    """
    import plotly.graph_objects as go

    highest = max((share.count for share in shares), default=1)
    positions = list(range(len(shares)))
    figure = go.Figure(
        go.Bar(
            x=positions,
            y=[share.count for share in shares],
            width=0.9,
            marker={"color": palette.neutral, "cornerradius": 2, "line": {"width": 0}},
            customdata=[f"{share.name}: {_counted(share.count, noun, plural)}" for share in shares],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    top = next((number for number, share in enumerate(shares) if share.count == highest and highest), None)
    if top is not None:
        figure.add_annotation(x=top, y=highest, text=wording.count(highest), showarrow=False, yshift=9)
    margin = {"l": 0, "r": 0, "t": 18, "b": 36, "pad": 0}
    step = _step_of_names([_width_px(share.name) * 11 // 12 for share in shares])
    figure.update_layout(**_base(palette), hovermode="x", height=height_px, margin=margin)  # a low bar is its column
    figure.update_xaxes(
        tickvals=positions[::step],  # a name such as 2018 would be read as a number
        ticktext=[share.name for share in shares[::step]],
        tickangle=0,
        tickfont={"color": palette.muted, "size": 11},
        range=[-0.5, max(len(shares), FEWEST_BINS) - 0.5],  # one bin alone is no wall
        title={"text": unit, "font": {"color": palette.muted, "size": 12}, "standoff": 4} if unit else None,
        fixedrange=True,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(visible=False, fixedrange=True, range=[0, max(highest, 1)])
    return figure


def _step_of_names(widths_px: Sequence[int]) -> int:
    """1 where every name finds room beside the next, 2 where every second does, and so on."""
    bin_px = NARROWEST_PX / max(len(widths_px), 1)
    for step in range(1, len(widths_px)):
        beside = zip(widths_px[::step], widths_px[step::step], strict=False)
        if all((one + next_one) / 2 + NAMES_APART_PX <= step * bin_px for one, next_one in beside):
            return step
    return max(len(widths_px), 1)


def _counted(count: int, noun: str, plural: str | None) -> str:
    return wording.counted(count, noun, plural) if noun else wording.count(count)


MOST_BARS = 60


def of_answer(frame: "pd.DataFrame", palette: Palette) -> "go.Figure | None":
    """A query's answer: its first column across, the first number after it up. None where there are no such two.

    Bars in the order of the rows where words or few values stand across; a line where numbers or times do.
    """
    import pandas as pd
    import plotly.graph_objects as go

    up = next((n for n, kind in enumerate(frame.dtypes) if n and pd.api.types.is_numeric_dtype(kind)), None)
    if up is None or frame.empty:
        return None
    across, values = frame.iloc[:, 0], frame.iloc[:, up]
    is_scale = pd.api.types.is_numeric_dtype(across) or pd.api.types.is_datetime64_any_dtype(across)
    if is_scale and len(frame) > 2:
        ordered = frame.iloc[:, [0, up]].sort_values(frame.columns[0])
        drawn = go.Scatter(x=ordered.iloc[:, 0], y=ordered.iloc[:, 1], mode="lines", line={"color": palette.neutral})
    else:
        names = [str(name) for name in across[:MOST_BARS]]
        drawn = go.Bar(x=[*range(len(names))], y=values[:MOST_BARS], marker={"color": palette.neutral})
    figure = go.Figure(drawn)
    figure.update_layout(**{**_base(palette), "bargap": 0.2}, height=420, margin={"l": 0, "r": 0, "t": 8, "b": 0})
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "tickfont": {"color": palette.muted}}
    titles = [str(frame.columns[0]), str(frame.columns[up])]
    figure.update_xaxes(**axis, title=titles[0].replace("<", "&lt;"), automargin=True)
    figure.update_yaxes(**axis, title=titles[1].replace("<", "&lt;"), automargin=True)
    if isinstance(drawn, go.Bar):
        figure.update_xaxes(tickvals=[*range(len(names))], ticktext=[name.replace("<", "&lt;") for name in names])
    return figure


def described(title: str, shares: Sequence[Share], base: int) -> str:
    """The same bars in words, for who cannot see them."""
    parts = [f"{s.name} {wording.count(s.count)} ({wording.percent(s.count, base)})" for s in ranked(shares)]
    return f"{title}: {', '.join(parts)}." if parts else f"{title}: nothing to count."


def _base(palette: Palette) -> dict[str, object]:
    return {
        "font": {"family": FONT, "size": 12, "color": palette.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "showlegend": False,
        "bargap": 0,
    }


def _margins(listed: Sequence[Share], base: int) -> tuple[int, int, int]:
    """Pixels for the names, the counts and the percents: as wide as their longest text."""
    names = max((_width_px(share.name) for share in listed), default=0)
    counts = max((_width_px(wording.count(share.count)) for share in listed), default=0)
    percents = max((_width_px(wording.percent(share.count, base)) for share in listed), default=0)
    return max(80, names + 14), counts + 12, percents + 14


def _width_px(text: str) -> int:
    """About how wide a text is in 12 px Inter; a little too wide rather than too narrow."""
    return round(sum(11 if c in "mwMW" else 3.6 if c in "iljt.,' " else 7.4 for c in text))


def _label(figure: "go.Figure", text: str, row: int, side: int, shift_px: int, anchor: str, colour: str) -> None:
    """Text beside the plot: side 0 is its left edge, 1 its right one; shift in pixels to the right."""
    figure.add_annotation(
        text=text.replace("<", "&lt;"),  # Plotly reads a little HTML
        x=side,
        xref="paper",
        y=row,
        yref="y",
        xshift=shift_px,
        xanchor=anchor,
        showarrow=False,
        font={"color": colour, "size": 12},
    )
