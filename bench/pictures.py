"""Whether every file that can be decoded has a picture, and every other image a reason: against four libraries.

    bench/pictures.py CORPUS [--misses N]

Scans the folder CORPUS once. Then every file is tried by pydicom, nibabel, Pillow and SimpleITK; one that any of them
decodes must belong to a series with a thumbnail, and an image that none decodes must say why, in its row or that of
its thumbnail. Prints both shares, the misses, and per library how many files it decoded and how many of those we drew.
"""

import argparse
import logging
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from biodatamine_core import settings, workspaces

_FILES = """
SELECT files.path, files.role, files.problem IS NOT NULL OR thumbnails.problem IS NOT NULL AS is_told,
       thumbnails.image IS NOT NULL AS is_drawn
FROM files LEFT JOIN thumbnails USING (series_id)
WHERE NOT contains(files.path, '!/')
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--misses", type=int, default=20, metavar="N", help="list up to N misses")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable()
    with tempfile.TemporaryDirectory() as scratch:
        place = settings.Settings(storage_url=f"{scratch}/store", state_dir=Path(scratch) / "state")
        rows = workspaces.open_workspace(place).scan(str(options.corpus)).sql(_FILES)
    decoded, drawn, reasons = Counter[str](), Counter[str](), Counter[str]()
    misses: list[str] = []
    for row in rows.itertuples():
        by = [name for name, decode in LIBRARIES.items() if succeeds(decode, options.corpus / row.path)]
        decoded.update(by or ["none"])
        drawn.update(by if row.is_drawn else [])
        if by:
            reasons.update(["any", *(["any drawn"] if row.is_drawn else [])])
        elif row.role in ("image", "segmentation"):
            reasons.update(["silent", *(["told"] if row.is_told or row.is_drawn else [])])
        if by and not row.is_drawn:
            misses.append(f"{row.path}: decoded by {', '.join(by)}{', we say why not' if row.is_told else ''}")
    for name in LIBRARIES:
        print(f"{name:<12}{decoded[name]:>7} decoded{drawn[name]:>7} of them drawn here")
    print(f"drawn of what any decodes: {reasons['any drawn']} of {reasons['any']}")
    print(f"drawn or explained of the images that none decodes: {reasons['told']} of {reasons['silent']}")
    print(*misses[: options.misses], sep="\n")
    return 0 if reasons["any drawn"] == reasons["any"] and reasons["told"] == reasons["silent"] else 1


def succeeds(decode: Callable[[Path], object], path: Path) -> bool:
    """Whether the library gives pixels; what else it does with a broken file is its own affair."""
    try:
        return decode(path) is not None
    except Exception:  # noqa: BLE001  libraries raise anything on broken files
        return False


def by_pydicom(path: Path) -> object:
    from pydicom import dcmread

    return dcmread(path).pixel_array


def by_nibabel(path: Path) -> object:
    import nibabel
    import numpy as np

    image = nibabel.load(path)
    return np.asarray(image.dataobj[..., 0]) if len(image.shape) > 2 else None


def by_pillow(path: Path) -> object:
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        return image.size


def by_simpleitk(path: Path) -> object:
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    return SimpleITK.ReadImage(str(path))


LIBRARIES: dict[str, Callable[[Path], object]] = {
    "pydicom": by_pydicom,
    "nibabel": by_nibabel,
    "Pillow": by_pillow,
    "SimpleITK": by_simpleitk,
}

if __name__ == "__main__":
    sys.exit(main())
