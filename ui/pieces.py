"""Small static HTML for st.html: numbers, strips, badges, rules. Whatever comes from data is escaped here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from biodatamine_core import charts, data_urls, wording
from biodatamine_core.charts import Palette, Share

NUMBERS = "font-variant-numeric:tabular-nums"
ONE_LINE = "white-space:nowrap;overflow:hidden;text-overflow:ellipsis"


@dataclass(frozen=True, slots=True)
class Headline:
    """A number over its name and under it what it means. note_html is trusted: built here, never from data.

    why: a tooltip, for a number that is missing.
    """

    name: str
    value: str
    note_html: str = ""
    why: str = ""


def title(text: str, muted: str, palette: Palette) -> str:
    """A page's title and its one muted line."""
    return (
        f'<h1 style="margin:0;padding:0;font-size:22px;line-height:28px;font-weight:600;letter-spacing:-.2px;'
        f'color:{palette.text};{ONE_LINE}" title="{escape(text)}">{escape(text)}</h1>'
        f'<div style="font-size:13px;line-height:20px;color:{palette.muted};{ONE_LINE}" title="{escape(muted)}">'
        f"{escape(muted)}</div>"
    )


def panel_title(text: str, base: str, palette: Palette, why: str = "") -> str:
    """Title left; right, what the numbers below it count. why: a tooltip on that, which dots under it announce."""
    explained = f'title="{escape(why)}" ' if why else ""
    dots = "text-decoration:underline dotted;text-underline-offset:3px;cursor:help;" if why else ""
    return (
        '<div style="display:flex;justify-content:space-between;align-items:baseline;gap:12px">'
        f'<h2 style="margin:0;padding:0;font-size:14px;line-height:20px;font-weight:600;color:{palette.text};'
        f'{ONE_LINE}">{escape(text)}</h2>'
        f'<span {explained}style="font-size:12px;line-height:16px;color:{palette.muted};{NUMBERS};{dots}'
        f'white-space:nowrap">{escape(base)}</span></div>'
    )


def headlines(numbers: Sequence[Headline], palette: Palette, ruled: bool = True) -> str:
    """Numbers side by side in equal columns, with hairlines between them where ruled."""
    cells = []
    for position, number in enumerate(numbers):
        line = f"border-left:1px solid {palette.border};padding-left:16px" if ruled and position else ""
        tooltip = f' title="{escape(number.why)}"' if number.why else ""
        cells.append(
            f'<div style="min-width:0;{line}"{tooltip}>'
            f'<div style="font-size:12px;line-height:16px;color:{palette.muted}">{escape(number.name)}</div>'
            f'<div style="font-size:22px;line-height:28px;font-weight:600;color:{palette.text};{NUMBERS};{ONE_LINE}">'
            f"{escape(number.value)}</div>"
            f'<div style="font-size:12px;line-height:16px;min-height:16px;color:{palette.muted};{NUMBERS};{ONE_LINE}">'
            f"{number.note_html}</div></div>"
        )
    return (
        '<div role="list" style="display:grid;gap:8px;'
        f'grid-template-columns:repeat({len(cells)},minmax(min-content,1fr))">'
        + "".join(cell.replace("<div", '<div role="listitem"', 1) for cell in cells)
        + "</div>"
    )


def strip(groups: Mapping[str, int], palette: Palette, height_px: int = 6) -> str:
    """The modality mix as one thin bar; its meaning stands in words beside it."""
    shares = charts.ranked([Share(name, count) for name, count in groups.items()], rows=len(groups) + 2)
    parts = "".join(
        f'<div style="flex:{share.count} 1 0;min-width:2px;background:{palette.modality(share.name)}"></div>'
        for share in shares
    )
    background = "" if shares else f"background:{palette.border};"
    return (
        f'<div aria-hidden="true" style="display:flex;gap:1px;height:{height_px}px;{background}'
        f'border-radius:2px;overflow:hidden">{parts}</div>'
    )


def mix_in_words(groups: Mapping[str, int], named: int = 3) -> str:
    """CT 34 %, X-ray 29 %, MRI 23 % +5."""
    shares = charts.ranked([Share(name, count) for name, count in groups.items()], rows=len(groups) + 2)
    whole = sum(share.count for share in shares)
    said = ", ".join(f"{s.name} {wording.percent(s.count, whole, decimals=0)}" for s in shares[:named])
    return f"{said} +{len(shares) - named}" if len(shares) > named else said


def legend(groups: Mapping[str, int], palette: Palette, coloured: bool = True) -> str:
    """A chip, a name and a count for each part of a strip."""
    shares = charts.ranked([Share(name, count) for name, count in groups.items()])
    chips = []
    for share in shares:
        colour = palette.modality(share.name) if coloured else palette.neutral
        chips.append(
            '<span style="display:inline-flex;align-items:center;gap:6px;white-space:nowrap">'
            f'<span style="width:8px;height:8px;border-radius:2px;background:{colour}"></span>'
            f'<span style="color:{palette.text}">{escape(share.name)} '
            f'<span style="color:{palette.muted};{NUMBERS}">{wording.count(share.count)}</span></span></span>'
        )
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:4px 14px;min-height:20px;margin-top:6px;font-size:13px;'
        f'line-height:20px">{"".join(chips)}</div>'
    )


def severities(findings: Mapping[str, int], palette: Palette) -> str:
    """3 errors, 7 warnings; notes where there is nothing worse."""
    said = [
        f'<span style="color:{colour};font-weight:{weight};white-space:nowrap">'
        f"{wording.counted(findings[severity], severity)}</span>"
        for severity, colour, weight in (("error", palette.error, 600), ("warning", palette.warning, 400))
        if findings.get(severity)
    ]
    if not said and findings.get("note"):
        said = [wording.counted(findings["note"], "note")]
    return ", ".join(said) or "none"


def escaped_label(name: str) -> str:
    """A name as Streamlit's labels show it literally: they read Markdown."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()#+-.!$:~<>|^" else character for character in name)


def thumbnails(pictures: Sequence[tuple[bytes, str, str]], palette: Palette, columns: int = 7) -> str:
    """Pictures on black with their modality as a line under them. (a thumbnail's bytes, modality group, what it shows).

    The text never holds a path: it may carry a name.
    """
    tiles = "".join(
        f'<img src="{data_urls.of_image(image)}" alt="{escape(shows)}" '
        f'title="{escape(shows)}" style="width:100%;height:92px;object-fit:contain;background:#000;display:block;'
        f'box-sizing:border-box;border-radius:4px;border-bottom:3px solid {palette.modality(group)}">'
        for image, group, shows in pictures
    )
    return f'<div style="display:grid;gap:8px;grid-template-columns:repeat({columns},minmax(0,1fr))">{tiles}</div>'


def text(sentence: str, palette: Palette, *, muted: bool = False, size_px: int = 13, weight: int = 400) -> str:
    """One paragraph."""
    colour = palette.muted if muted else palette.text
    return (
        f'<div style="font-size:{size_px}px;line-height:{size_px + 7}px;font-weight:{weight};color:{colour};'
        f'overflow-wrap:anywhere">{escape(sentence)}</div>'
    )


def named(kind: str, name: str, sentence: str, palette: Palette) -> str:
    """Whose it is and what it is called, in ink; what is to be said of it, muted."""
    called = name if name.startswith(kind) else f"{kind}: {name}"
    return (
        f'<div role="status" style="font-size:13px;line-height:20px;color:{palette.muted};overflow-wrap:anywhere">'
        f'<span style="color:{palette.text};font-weight:600">{escape(called)}</span> '
        f"{escape(sentence)}</div>"
    )


def one_line(sentence: str, palette: Palette) -> str:
    """A sentence cut at the end of the line, in full as a tooltip."""
    return (
        f'<div style="font-size:13px;line-height:20px;color:{palette.text};{ONE_LINE}" title="{escape(sentence)}">'
        f"{escape(sentence)}</div>"
    )


def rule(palette: Palette) -> str:
    """A hairline."""
    return f'<div style="border-top:1px solid {palette.border}"></div>'


def steps(names: Sequence[str], current: int, fraction: float, palette: Palette) -> str:
    """The steps of a scan: done, under way (its bar filled by that fraction), to come."""
    cells = []
    for position, name in enumerate(names):
        filled = 100.0 if position < current else (max(4.0, 100 * fraction) if position == current else 0.0)
        weight = 600 if position == current else 400
        colour = palette.text if position <= current else palette.muted
        here = ' aria-current="step"' if position == current else ""
        cells.append(
            f'<div role="listitem"{here}><div style="height:4px;border-radius:2px;background:{palette.border};'
            f'overflow:hidden"><div style="width:{filled:.1f}%;height:100%;background:{palette.text}"></div></div>'
            f'<div style="margin-top:6px;font-size:12px;line-height:16px;font-weight:{weight};color:{colour}">'
            f"{escape(name)}</div></div>"
        )
    return (
        f'<div role="list" aria-label="Steps" style="display:grid;gap:6px;'
        f'grid-template-columns:repeat({len(cells)},1fr)">{"".join(cells)}</div>'
    )


def sections(title: str, texts: Mapping[str, str], palette: Palette) -> str:
    """A sentence as title, and paragraphs under small headings."""
    parts = "".join(
        f'<div style="margin-top:10px;font-size:12px;line-height:16px;color:{palette.muted}">{escape(name)}</div>'
        f'<div style="font-size:14px;line-height:20px;color:{palette.text};overflow-wrap:anywhere">{escape(said)}</div>'
        for name, said in texts.items()
    )
    return (
        f'<h2 style="margin:0;padding:0;font-size:16px;line-height:22px;font-weight:600;color:{palette.text};'
        f'overflow-wrap:anywhere">{escape(title)}</h2>{parts}'
    )


def path_list(title: str, paths: Sequence[str], palette: Palette) -> str:
    """Paths one a line, cut at their start where they are too long: the end tells them apart."""
    lines = "".join(
        f'<div style="font-family:var(--st-code-font,monospace);font-size:12px;line-height:20px;color:{palette.text};'
        f'direction:rtl;text-align:left;{ONE_LINE}" title="{escape(path)}"><bdi>{escape(path)}</bdi></div>'
        for path in paths
    )
    return f'<div style="font-size:12px;line-height:20px;color:{palette.muted}">{escape(title)}</div>{lines}'
