"""Thumbnails per second, ours beside pydicom and Pillow at equal windowing and size: bench/thumbnails.py.

    bench/thumbnails.py [--files 60] [--rounds 5] [--series 2000] [--json FILE]

Each file is read from memory, windowed, scaled to 160 pixels and packed, in one process on one core. Equal are the
window, the size, the format and its quality (JPEG, 80), and the pictures but for a few grey levels. Not equal is the
way: the peer decodes as its handbook says, windows every pixel and asks Pillow for the same size by its fastest filter
that averages. Beside it stands Pillow's own `Image.thumbnail`, which decodes a JPEG in part as we do.

Then the stage as a scan runs it, by the clock: every series of a zip to the table of thumbnails, with as many processes
as it takes of two, beside one process that goes over the zip with pydicom.
"""

import argparse
import io
import json
import random
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut

from bench.goals import Goal, print_goals
from biodatamine_core import database, drawing, previews, tables
from biodatamine_core.readers import Picture
from biodatamine_core.records import FileRecord, Member, Progress, Role, SeriesRecord
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFile
from tests.builders import dicom_slice

GOAL, STRETCH = 3.0, 6.0
SIDE, QUALITY = 160, 80
MOST_DIFFERENT = 5.0
"""Grey levels of 255 by which two thumbnails of one file may differ on average."""
Drawn = bytes
Draw = Callable[[bytes, str], Drawn]


def noisy(height: int, width: int, number: int) -> np.ndarray:
    """(rows, columns) of 0 to 1: a body with structure and a scanner's noise, another one for each number."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    body = np.clip(1.2 - np.hypot(x, 1.3 * y), 0, 1) * (1 + 0.3 * np.sin((9 + number % 5) * x) * np.cos(7 * y))
    noise = np.random.default_rng(number).normal(0, 0.02, (height, width))
    return np.clip(body / body.max() + noise, 0, 1)


def ct(number: int, side: int = 512) -> bytes:
    pixels = (noisy(side, side, number) * 2000).astype(np.int16)
    return dicom_slice(pixels=pixels, instance=number, RescaleSlope=1, RescaleIntercept=-1024, BodyPartExamined="CHEST")


def photograph(number: int, kind: str, height: int, width: int) -> bytes:
    grey = (noisy(height, width, number) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.dstack([grey, 255 - grey, grey // 2])).save(stream, kind)
    return stream.getvalue()


def ours(data: bytes, modality: str) -> Drawn:
    member = Member("a", partial(io.BytesIO, data), len(data))
    drawn = previews.draw((member, previews.Wanted("s", modality, ("chest",))))
    assert drawn.image is not None, drawn.problem
    return drawn.image


def pydicom_and_pillow(data: bytes, modality: str) -> Drawn:
    dataset = dcmread(io.BytesIO(data))
    values = apply_modality_lut(dataset.pixel_array, dataset).astype(np.float32)
    low, high = drawing.window(Picture(values, is_hounsfield=True), modality, ("chest",))
    grey = (255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
    return packed(scaled(Image.fromarray(grey)))


def pillow(data: bytes, modality: str) -> Drawn:
    return packed(scaled(Image.open(io.BytesIO(data)).convert("RGB")))


def pillow_thumbnail(data: bytes, modality: str) -> Drawn:
    image = Image.open(io.BytesIO(data))
    image.thumbnail((SIDE, SIDE))
    return packed(image)


def scaled(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BOX)


def packed(image: Image.Image) -> Drawn:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def refuse_unlike(one: Drawn, other: Drawn) -> None:
    pictures = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")).astype(int) for drawn in (one, other)]
    assert pictures[0].shape == pictures[1].shape, "not the same size"
    assert np.abs(pictures[0] - pictures[1]).mean() < MOST_DIFFERENT, "not the same picture"


def seconds(draw: Draw, files: Sequence[bytes], modality: str) -> float:
    """Of CPU, per file: what a shared machine measures fairly."""
    began = time.process_time()
    for data in files:
        draw(data, modality)
    return (time.process_time() - began) / len(files)


def compared(name: str, files: Sequence[bytes], modality: str, peers: Sequence[Draw], rounds: int) -> dict[str, object]:
    """Seconds a file of every way, the median of rounds in which they take turns."""
    ways = (ours, *peers)
    for peer in peers:
        refuse_unlike(ours(files[0], modality), peer(files[0], modality))
    measured: dict[Draw, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in random.sample(ways, len(ways)):
            measured[way].append(seconds(way, files, modality))
    return {"files": name, **{way.__name__: statistics.median(taken) for way, taken in measured.items()}}


class Patient:
    """A watcher of a stage that nobody stops."""

    def report(self, progress: Progress) -> None: ...

    def check(self) -> None: ...


def stage(folder: Path, count: int, rounds: int) -> dict[str, object]:
    """Seconds by the clock for `count` series of one slice in a zip, ours with two processes to take, and one loop."""
    archive, slices = folder / "series.zip", [ct(number, 256) for number in range(16)]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packing:
        for number in range(count):
            packing.writestr(f"{number:06}.dcm", slices[number % len(slices)])
    paths = [f"{archive.name}!/{number:06}.dcm" for number in range(count)]
    facts = {"role": Role.IMAGE, "size_bytes": len(slices[0]), "transfer_syntax_uid": "1.2.840.10008.1.2.1"}
    rows = {
        "files": [FileRecord(file_id=path, path=path, **facts) for path in paths],
        "series": [
            SeriesRecord(
                path, path, "?", Role.IMAGE, 1, 1, middle_file_id=path, modality="CT", anatomy_zones=("chest",)
            )
            for path in paths
        ],
    }
    taken: dict[str, list[float]] = {"ours": [], "pydicom_and_pillow": []}
    with database.connect() as connection:
        for name, records in rows.items():
            with tables.Writer(name, folder / f"{name}.parquet") as writer:
                writer.append(records)
            database.create_view(connection, name, [folder / f"{name}.parquet"])
        for _ in range(rounds):
            began = time.perf_counter()
            content = LocalFile(archive, archive.name)
            previews.thumbnails(connection, [content], Limits(), 2, folder / "thumbnails.parquet", Patient())
            taken["ours"].append(time.perf_counter() - began)
            began = time.perf_counter()
            with zipfile.ZipFile(archive) as zipped:
                drawn = [pydicom_and_pillow(zipped.read(name), "CT") for name in zipped.namelist()]
            taken["pydicom_and_pillow"].append(time.perf_counter() - began)
            assert len(drawn) == count
    return {
        "files": f"stage: {count:,} CT 256 x 256 in a zip",
        **{way: statistics.median(times) / count for way, times in taken.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--series", type=int, default=2_000, help="of the stage; 0 leaves it out")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    some, few = range(options.files), range(max(1, options.files // 4))
    pillows = (pillow, pillow_thumbnail)
    kinds: tuple[tuple[str, list[bytes], str, Sequence[Draw]], ...] = (
        ("DICOM CT 512 x 512, uncompressed", [ct(n) for n in some], "CT", (pydicom_and_pillow,)),
        ("JPEG 2000 x 1500", [photograph(n, "JPEG", 1500, 2000) for n in few], "XC", pillows),
        ("PNG 1024 x 1024", [photograph(n, "PNG", 1024, 1024) for n in few], "XC", pillows),
    )
    results = [compared(*kind, options.rounds) for kind in kinds]
    if options.series:
        with tempfile.TemporaryDirectory() as folder:
            results.append(stage(Path(folder), options.series, min(3, options.rounds)))
    print_results(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


def print_results(results: Sequence[dict[str, object]]) -> None:
    goals = []
    for row in results:
        name, own, *peers = row
        for way in (own, *peers):
            print(f"{row[name]:<40}{way:<22}{1 / row[way]:>8,.0f}/s")
        for number, peer in enumerate(peers):
            is_goal = not number and not row[name].startswith("stage")
            work = f"thumbnails, {row[name]} / {peer}"
            wanted = (GOAL, STRETCH) if is_goal else (None, None)
            goals.append(Goal(work, round(row[peer] / row[own], 1), *wanted))
    print_goals(goals)


if __name__ == "__main__":
    raise SystemExit(main())
