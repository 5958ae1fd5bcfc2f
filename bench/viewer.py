"""How soon a slice stands on the screen after its slider moved, and how soon a volume is open: bench/viewer.py.

The goal is 50 ms from the movement to the drawing of all three planes, in Chromium, for the largest volume that is
sent: 256 voxels a side, 16 bits.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from biodatamine_core import settings, workspaces
from tests.browser.conftest import CHROMIUM, CHROMIUM_OPTIONS, SIZE, App, serving_app

SIDE = 256
MOVES = 200
GOAL_MS = 50.0

_MOVE = """async (moves) => {
  const within = (node) => node.querySelector?.(".viewer") ||
    [...(node.querySelectorAll?.("*") || [])].map((child) => child.shadowRoot && within(child.shadowRoot)).find(Boolean)
  const viewer = within(document)
  const slider = viewer.querySelector("input[type=range]")
  const count = viewer.querySelector(".count")
  const took = []
  for (let move = 0; move < moves; move++) {
    const before = count.textContent
    const begun = performance.now()
    slider.value = (move * 37) % 256
    slider.dispatchEvent(new Event("input"))
    while (count.textContent === before) await new Promise(requestAnimationFrame)
    took.push([performance.now() - begun, Number(viewer.dataset.drawMs)])
  }
  return took
}"""


def noisy_volume(folder: Path) -> None:
    """Noise around a ball: about as hard to compress as a scan."""
    ball = np.linalg.norm(np.indices((SIDE, SIDE, SIDE)) - SIDE / 2, axis=0) < SIDE / 3
    noise = np.random.default_rng(0).normal(40, 12, (SIDE, SIDE, SIDE))
    folder.mkdir()
    nib.save(nib.Nifti1Image((ball * 1000 + noise).astype(np.int16), np.eye(4)), folder / "scan.nii.gz")


def opened(page: Page, app: App, folder: Path) -> float:
    """Seconds from the address to the first picture."""
    dataset = workspaces.open_workspace(settings.environment(app.variables)).scan(str(folder))
    begun = time.perf_counter()
    page.goto(f"{app.address}/preview?dataset={dataset.id}&series={dataset.series['series_id'][0]}")
    page.locator(".viewer[data-draw-ms]").wait_for()
    return time.perf_counter() - begun


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        noisy_volume(folder / "data")
        with serving_app(folder) as app:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
            page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            page.set_default_timeout(120_000)
            first_s = opened(page, app, folder / "data")
            again_s = opened(page, app, folder / "data")
            took = page.evaluate(_MOVE, MOVES)
            browser.close()
    seen, drawn = ([pair[side] for pair in took] for side in (0, 1))
    print(f"{SIDE}³ voxels of 16 bits: first look {first_s:.1f} s, again {again_s:.1f} s")
    print(f"slider to picture: median {statistics.median(seen):.1f} ms, worst {max(seen):.1f} ms of {MOVES}")
    print(f"drawing three planes: median {statistics.median(drawn):.1f} ms, worst {max(drawn):.1f} ms")
    return 0 if statistics.median(seen) <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
