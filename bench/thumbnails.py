"""Thumbnails per second, ours beside pydicom and Pillow at equal windowing and size: bench/thumbnails.py.

    bench/thumbnails.py [--files 60] [--rounds 5] [--json FILE]

Each file is read from memory, windowed, scaled to 160 pixels and packed as WebP, in one process on one core. The peer
decodes as its handbook says, windows by the same function in numpy and asks Pillow for the same size and quality.
"""

import argparse
import io
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut

from bench.goals import Goal, print_goals
from biodatamine_core import drawing, previews
from biodatamine_core.readers import Picture
from biodatamine_core.records import Member
from tests.builders import dicom_slice

GOAL, STRETCH = 3.0, 6.0
SIDE = 160
QUALITY = 80


def noisy(height: int, width: int, number: int) -> np.ndarray:
    """(rows, columns) of 0 to 1: a body with structure and a scanner's noise, another one for each number."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    body = np.clip(1.2 - np.hypot(x, 1.3 * y), 0, 1) * (1 + 0.3 * np.sin((9 + number % 5) * x) * np.cos(7 * y))
    noise = np.random.default_rng(number).normal(0, 0.02, (height, width))
    return np.clip(body / body.max() + noise, 0, 1)


def ct(number: int) -> bytes:
    pixels = (noisy(512, 512, number) * 2000).astype(np.int16)
    return dicom_slice(pixels=pixels, instance=number, RescaleSlope=1, RescaleIntercept=-1024, BodyPartExamined="CHEST")


def photograph(number: int, kind: str, height: int, width: int) -> bytes:
    grey = (noisy(height, width, number) * 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.dstack([grey, 255 - grey, grey // 2])).save(stream, kind)
    return stream.getvalue()


def ours(data: bytes, modality: str) -> tuple[int, int]:
    member = Member("a", partial(io.BytesIO, data), len(data))
    drawn = previews.draw((member, previews.Wanted("s", modality, ("chest",))))
    assert drawn.width is not None and drawn.height is not None, drawn.problem
    return drawn.width, drawn.height


def pydicom_and_pillow(data: bytes, modality: str) -> tuple[int, int]:
    dataset = dcmread(io.BytesIO(data))
    values = apply_modality_lut(dataset.pixel_array, dataset).astype(np.float32)
    low, high = drawing.window(Picture(values, is_hounsfield=True), modality, ("chest",))
    grey = (255 * np.clip((values - low) / (high - low), 0, 1)).astype(np.uint8)
    return packed(Image.fromarray(grey))


def pillow(data: bytes, modality: str) -> tuple[int, int]:
    return packed(Image.open(io.BytesIO(data)).convert("RGB"))


def packed(image: Image.Image) -> tuple[int, int]:
    scale = SIDE / max(image.size)
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BOX)
    small.save(io.BytesIO(), "JPEG", quality=QUALITY)
    return small.size


def seconds(draw: Callable[[bytes, str], tuple[int, int]], files: list[bytes], modality: str) -> float:
    """Of CPU, per file: what a shared machine measures fairly."""
    began = time.process_time()
    for data in files:
        draw(data, modality)
    return (time.process_time() - began) / len(files)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    kinds = {
        "DICOM CT 512 x 512, uncompressed": ([ct(n) for n in range(options.files)], "CT", pydicom_and_pillow),
        "JPEG 2000 x 1500": ([photograph(n, "JPEG", 1500, 2000) for n in range(options.files // 4)], "XC", pillow),
        "PNG 1024 x 1024": ([photograph(n, "PNG", 1024, 1024) for n in range(options.files // 4)], "XC", pillow),
    }
    results = []
    for name, (files, modality, peer) in kinds.items():
        assert ours(files[0], modality) == peer(files[0], modality), "not the same size"
        measured: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(options.rounds):
            for which in random.sample(["ours", "peer"], 2):
                measured[which].append(seconds(ours if which == "ours" else peer, files, modality))
        results.append(
            {"files": name, "beside": peer.__name__, **{k: statistics.median(v) for k, v in measured.items()}}
        )
    print(f"{'':34}{'ours':>10}{'peer':>10}")
    for row in results:
        print(f"{row['files']:<34}{1 / row['ours']:>8,.0f}/s{1 / row['peer']:>8,.0f}/s")
    names = {row["files"]: f"thumbnails, {row['files']} / {row['beside']}" for row in results}
    print_goals(Goal(names[row["files"]], round(row["peer"] / row["ours"], 1), GOAL, STRETCH) for row in results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
