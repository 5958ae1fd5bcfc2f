"""What the colours of a picture give away: photographs of tissue, stained slides. Everything else gives no clue."""

from collections.abc import Iterator

from biodatamine_core.records import Clue, Role, SeriesRecord, Strength

# Sectors of colour_hues, 30 degrees each; red is 0, so that pink (330 degrees) is 11 and blue (240) is 8.
_WARM = (11, 0, 1, 2)
_VIOLET = (9, 10, 11)
_STAINS = (8, 9, 10, 11, 0)
_PALETTE = 256
"""A drawing, a mask or a false-colour map has no more colours than a palette; a photograph has thousands."""
_MOST_PURE = 0.05
"""Hot and rainbow maps, Doppler and drawings are as pure as a screen can be; light from tissue is not."""


def clues(series: SeriesRecord) -> Iterator[Clue]:
    """SM for pink and purple of two stains on a bright ground; XC, some kind of photograph, for warm colour all over.

    Grey pictures, black ones with a little colour (Doppler, overlays), maps and masks give no clue. XC is weak: what is
    said in words (fundus, endoscopy, dermoscopy) is finer and goes first.
    """
    hues, dark, bright = series.colour_hues, series.dark_share, series.bright_share
    if series.format == "DICOM" or series.role is not Role.IMAGE or series.colour_share is None:
        return
    if hues is None or dark is None or bright is None or not _is_photographed(series):
        return
    if _is_stained(series.colour_share, hues, dark, bright):
        share = f"{sum(hues[sector] for sector in _VIOLET):.0%}"
        because = f"{share} of its colour is pink and purple, on a bright ground, as stained tissue looks"
        yield Clue(series.series_id, "modality", "SM", Strength.MEDIUM, because, "colour")
    elif _is_warm(series.colour_share, hues, dark, bright):
        because = (
            f"{series.colour_share:.0%} of its pixels are coloured, from red to yellow, as photographs of tissue are"
        )
        yield Clue(series.series_id, "modality", "XC", Strength.WEAK, because, "colour")


def _is_photographed(series: SeriesRecord) -> bool:
    return (series.colour_count or 0) > _PALETTE and (series.pure_share or 0.0) <= _MOST_PURE


def _is_stained(colour_share: float, hues: tuple[float, ...], dark: float, bright: float) -> bool:
    """Haematoxylin is blue to purple and eosin pink: two hues at least, and nothing but bare glass beside them."""
    has_two = sum(hues[sector] >= 0.05 for sector in _STAINS) >= 2
    is_all = sum(hues[sector] for sector in _VIOLET) >= 0.75 and sum(hues[sector] for sector in _STAINS) >= 0.95
    return has_two and is_all and dark <= 0.05 and colour_share >= 0.1 and colour_share + bright >= 0.6


def _is_warm(colour_share: float, hues: tuple[float, ...], dark: float, bright: float) -> bool:
    """Skin, mucosa, retina, a specimen: coloured wherever there is light; a black surround and a glint are allowed.

    A bright ground is not: stains of brown on glass, charts and pages are warm too.
    """
    lit = 1 - dark
    is_red_enough = hues[11] <= hues[0] + hues[1]
    return (
        lit >= 0.5 and bright <= 0.1 and colour_share >= lit * 2 / 3
        and is_red_enough and sum(hues[sector] for sector in _WARM) >= 0.9
    )  # fmt: skip
