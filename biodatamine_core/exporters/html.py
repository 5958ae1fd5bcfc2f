"""One self-contained HTML page: numbers, charts, findings and some pictures. No script, no path, nothing to load."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from biodatamine_core import catalog, charts, checks, data_urls, database, wording
from biodatamine_core.catalog import training
from biodatamine_core.catalog.pictured import Pictured
from biodatamine_core.catalog.training import Spread
from biodatamine_core.charts import Share
from biodatamine_core.records import Mode, Summary, Version

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

FORMAT = "html"
SUFFIX = ".html"

PICTURES = 14
BAR_ROWS = 8
MAY_SHOW_WRITING = ("Ultrasound", "Optical", "Other", "Unknown")
"""Modality groups whose pixels often hold a name and a date: their pictures are not passed on."""
WITHHELD = "file names and paths are withheld, because they may carry a name"

STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1b2430; --muted: #5b6675; --line: #e2e6eb; --bar: #8794a5;
  --error: #a11c13; --warning: #8f4a05; }
@media (prefers-color-scheme: dark) { :root { --page: #12151a; --text: #e4e8ed; --muted: #98a2af; --line: #2a3039;
  --bar: #5c6b7e; --error: #f59b93; --warning: #ebb777; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 28px 48px; max-width: 1080px; background: var(--page); color: var(--text);
  font: 14px/20px Inter, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 22px; line-height: 28px; } h2 { margin: 0 0 10px; font-size: 14px; line-height: 20px; }
h2 span { float: right; font-weight: 400; } .muted, h2 span, footer { color: var(--muted); font-size: 12px; }
.grid { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px; margin-top: 14px; }
section { border: 1px solid var(--line); border-radius: 6px; padding: 14px; break-inside: avoid; }
.wide { grid-column: 1 / -1; } .numbers { display: grid; grid-template-columns: repeat(6, 1fr); gap: 14px; }
.numbers b { display: block; font-size: 22px; line-height: 28px; font-weight: 600; }
.bars { display: grid; grid-template-columns: auto 1fr auto auto; gap: 6px 10px; align-items: center; font-size: 12px; }
.bars i { display: block; height: 14px; border-radius: 2px; background: var(--bar); }
.bars b { font-weight: 400; text-align: right; }
.bars em { font-style: normal; color: var(--muted); text-align: right; }
.pictures { display: grid; grid-template-columns: repeat(7, 1fr); gap: 8px; }
.pictures img { width: 100%; height: 110px; object-fit: contain; background: #000; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; } td, th { padding: 6px 10px 6px 0; text-align: left;
  vertical-align: top; border-top: 1px solid var(--line); } th { border: 0; color: var(--muted); font-size: 12px;
  font-weight: 400; } td.n { text-align: right; white-space: nowrap; }
.error { color: var(--error); font-weight: 600; } .warning { color: var(--warning); font-weight: 600; }
@media (max-width: 760px) { .grid { grid-template-columns: 1fr; } .numbers { grid-template-columns: repeat(2, 1fr); } }
"""


def write(version: Version, tables: Mapping[str, Sequence[Path]], output: Path) -> None:
    with database.open_version(tables) as connection:
        output.write_text(page(version, connection), encoding="utf-8")


def page(version: Version, connection: "duckdb.DuckDBPyConnection") -> str:
    """The whole report."""
    summary = version.summary
    mode = "full scan" if version.mode is Mode.FULL else "scan of the headers only"
    about = [f"version {version.number}", mode, wording.moment(version.created_at_utc), version.licence]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8"><title>BioDataMine report</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{STYLE}</style></head><body>",
        "<h1>What is in this dataset</h1>",
        f'<div class="muted">{escape("  ·  ".join(text for text in about if text))}</div>',
        _partial(summary),
        '<div class="grid">',
        _numbers(summary),
        *_compositions(connection, summary),
        _pictures(catalog.look_inside(connection, PICTURES)),
        *_spreads(connection),
        _findings(catalog.findings(connection)),
        "</div>",
        f"<footer><p>Made by BioDataMine. A report to be passed on: {WITHHELD}.</p></footer>",
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part)


def _partial(summary: Summary) -> str:
    if summary.readable_files == summary.files:
        return ""
    read = f"{wording.count(summary.readable_files)} of {wording.counted(summary.files, 'file')} were read."
    return f'<p><span class="warning">Partial</span> {read} The series below are of the files that were read.</p>'


def _numbers(summary: Summary) -> str:
    numbers = {
        "Files": wording.count(summary.files),
        "Series": wording.count(summary.series),
        "Patients": wording.count(summary.patients) if summary.patients else wording.MISSING,
        "Studies": wording.count(summary.studies) if summary.studies else wording.MISSING,
        "Size": wording.size(summary.bytes),
        "Findings": wording.count(sum(summary.findings.values())),
    }
    cells = "".join(f'<div><span class="muted">{name}</span><b>{value}</b></div>' for name, value in numbers.items())
    return f'<section class="wide numbers">{cells}</section>'


def _compositions(connection: "duckdb.DuckDBPyConnection", summary: Summary) -> list[str]:
    series = wording.counted(summary.series, "series", "series")
    return [
        _bars(
            "Modality",
            series,
            charts.shares_of(catalog.modality_shares(connection), "modality_group", "series"),
            summary.series,
            charts.LIGHT.modalities,
        ),
        _bars(
            "Body zone",
            "a series may show several",
            charts.shares_of(catalog.zone_shares(connection), "name", "series"),
            summary.series,
        ),
        _bars(
            "Dimensions",
            series,
            charts.shares_of(catalog.dimension_shares(connection), "dimensions", "series"),
            summary.series,
        ),
    ]


def _spreads(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    """What a training needs to know; what nothing is known of is left out."""
    asked = (
        ("Slice spacing in mm", training.slice_spacing(connection), "volume", None),
        ("Age in years", training.ages(connection), "patient", None),
        ("Sex", training.sexes(connection), "patient", None),
        ("Acquisition year", training.years(connection), "series", "series"),
        ("Vendor", training.vendors(connection), "series", "series"),
        ("Matrix", training.matrices(connection), "series", "series"),
        ("Split", training.splits(connection), "series", "series"),
        ("Label", training.labels(connection), "series", "series"),
    )
    return [_spread(title, spread, noun, plural) for title, spread, noun, plural in asked if spread.known]


def _spread(title: str, spread: Spread, noun: str, plural: str | None) -> str:
    base = training.base(spread, noun, plural)
    return _bars(title, base, [Share(bin.name, bin.count) for bin in spread.bins], spread.known, is_ordered=True)


def _bars(
    title: str,
    base: str,
    shares: Sequence[Share],
    whole: int,
    colours: Mapping[str, str] | None = None,
    is_ordered: bool = False,
) -> str:
    """Horizontal bars as plain HTML; a spread keeps its order, where it fits into the rows."""
    listed = list(shares) if is_ordered and len(shares) <= 2 * BAR_ROWS else charts.ranked(shares, BAR_ROWS)
    largest = max((share.count for share in listed), default=1) or 1
    rows = "".join(
        f"<span>{escape(share.name)}</span>"
        f'<i style="width:{100 * share.count / largest:.1f}%{_colour(share.name, colours)}"></i>'
        f"<b>{wording.count(share.count)}</b><em>{wording.percent(share.count, whole)}</em>"
        for share in listed
    )
    return f'<section><h2>{title}<span>{escape(base)}</span></h2><div class="bars">{rows}</div></section>'


def _colour(name: str, colours: Mapping[str, str] | None) -> str:
    return f";background:{colours.get(name, colours['Other'])}" if colours else ""


def _pictures(inside: Sequence[Pictured]) -> str:
    images = []
    for series in inside:
        if series.image is None or series.modality_group in MAY_SHOW_WRITING:
            continue
        shows = f"{series.modality_group}, {series.anatomy or 'anatomy unknown'}".replace("_", " ")
        images.append(f'<img src="{data_urls.of_image(series.image)}" alt="{escape(shows)}" title="{escape(shows)}">')
    if not images:
        return ""
    base = f"{wording.counted(len(images), 'series', 'series')}; none that often carry writing, such as ultrasound"
    title = f"<h2>A look inside<span>{base}</span></h2>"
    return f'<section class="wide">{title}<div class="pictures">{"".join(images)}</div></section>'


def _findings(found: "pd.DataFrame") -> str:
    """Title, why and what to do of each check: its sentences about files stay, their paths do not."""
    if found.empty:
        said = f"All {len(checks.CHECKS)} checks ran and found nothing. That is not a proof."
        return f'<section class="wide"><h2>Findings</h2>{said}</section>'
    rows = "".join(
        f'<tr><td class="{escape(row["severity"])}">{escape(row["severity"].capitalize())}</td>'
        f"<td>{escape(row['message'])}</td>"
        f'<td class="n">{wording.percent(row["count"], row["looked_at"])}</td>'
        f"<td>{escape(checks.explanation(row['code']).what_to_do)}</td></tr>"
        for row in found.to_dict("records")
    )
    header = "<tr><th>Severity<th>Finding<th>Share<th>What to do</tr>"
    count = wording.count(len(found))
    return f'<section class="wide"><h2>Findings<span>{count}</span></h2><table>{header}{rows}</table></section>'
