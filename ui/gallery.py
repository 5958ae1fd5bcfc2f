"""Tiles of series as real buttons: a page of them in Images, a strip on Overview. One message a page."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from biodatamine_core import charts, data_urls, vocabulary, wording
from biodatamine_core.catalog.gallery import Page, Tile
from ui import panels, selection

_HERE = Path(__file__).resolve().parent
_tiles = st.components.v2.component(
    "gallery",
    html='<ul class="grid"></ul>',
    css=(_HERE / "gallery.css").read_text(encoding="utf-8"),
    js=(_HERE / "gallery.js").read_text(encoding="utf-8"),
)


def draw(page: Page, size: str) -> str | None:
    """The tiles of a page; the series that somebody opened in this run, or None."""
    name = f"Series {wording.count(page.before + 1)} to {wording.count(page.before + len(page.tiles))}"
    return _mounted("gallery", name, page.tiles, size)


def strip(tiles: Sequence[Tile]) -> str | None:
    """Two rows of pictures without words; the series that somebody opened, or None."""
    return _mounted("strip", "A look inside", tiles, "strip")


def shows(modality_group: str, anatomy: str | None) -> str:
    """Alternative text of a picture: modality and anatomy, never the path, which may carry a name."""
    group = "Modality unknown" if modality_group == "Unknown" else modality_group
    return f"{group}, {vocabulary.region_name(anatomy).lower() if anatomy else 'anatomy unknown'}"


def _mounted(key: str, name: str, tiles: Sequence[Tile], size: str) -> str | None:
    page = "-".join([tile.series_id for tile in tiles[:1]] + [size])
    data = {"page": page, "size": size, "name": name, "tiles": [_told(tile, size) for tile in tiles]}
    opened: str | None = _tiles(key=key, data=data, on_opened_change=lambda: None).opened
    return opened


def _told(tile: Tile, size: str) -> dict[str, str]:
    """A tile in the component's words. In a strip the modality is a line under the picture."""
    colour = panels.palette().modality(tile.modality_group)
    shown = shows(tile.modality_group, tile.anatomy)
    severity, code = tile.finding or ("", "")
    finding = selection.finding_name(code) if code else ""
    missing = "" if tile.image else tile.problem or "No picture could be drawn."
    return {
        "id": tile.series_id,
        "image": data_urls.of_image(tile.image) if tile.image else "",
        "missing": missing,
        "shows": shown,
        "said": ", ".join(part for part in (shown, wording.shape(tile.shape), finding, missing) if part),
        "group": tile.modality_group,
        "anatomy": vocabulary.region_name(tile.anatomy) if tile.anatomy else "anatomy unknown",
        "colour": colour,
        "line": colour if size == "strip" else "",
        "shape": wording.shape(tile.shape),
        "finding": finding,
        "findingColour": charts.DARK.error if severity == "error" else charts.DARK.warning,  # it stands on black
        "path": "" if size == "strip" else tile.path,
    }
