"""The probe of pixels judges every source by what the others taught, and promises no more than that shows."""

import io
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import pixels_embedding, pixels_probe
from bench.pixels_probe import Answer, Drawing


def picture(label: str, source: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    """(32, 32): a ramp to the right or down, at a contrast of the source's own."""
    ramp = np.tile(np.linspace(0, 120 + 20 * source, 32), (32, 1)).astype(np.uint8)
    return ramp if label == "right" else ramp.T


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label in ("down", "right"):
        for source in range(4):
            save(tmp_path / "all" / label / f"{label}-{source}" / "a.png", picture(label, source))
    return tmp_path / "all"


def test_what_all_sources_share_is_told_of_a_source_left_out(folder: Path) -> None:
    drawings = pixels_probe.drawn(folder)
    answers = pixels_probe.left_out(drawings, pixels_probe.plain(drawings), pixels_probe.linear)
    assert [answer.label for answer in answers] == ["down"] * 4 + ["right"] * 4


def test_a_source_never_teaches_its_own_label(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for label, source in (("one", "a"), ("two", "b"), ("two", "c")):
        texture = rng.integers(0, 255, (32, 32), dtype=np.uint8)
        for name in ("1.png", "2.png"):
            save(tmp_path / label / source / name, texture)
    drawings = pixels_probe.drawn(tmp_path)
    answers = pixels_probe.left_out(drawings, pixels_probe.plain(drawings), pixels_probe.nearest)
    assert {answer.label for answer in answers if answer.drawing.source == "a"} == {"two"}


def test_it_prints_every_head_and_what_is_unseen(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "stray.png").write_bytes(b"no picture")
    monkeypatch.setattr("sys.argv", ["pixels_probe.py", str(folder), "--unseen", str(folder)])
    assert pixels_probe.main() == 0
    printed = capsys.readouterr().out
    assert "left out: stray.png: it does not lie in a folder LABEL/SOURCE." in printed
    for head in pixels_probe.HEADS:
        assert f"{head}, pixels: each source left out" in printed
        assert f"{head}, pixels: unseen" in printed
    last = printed.rsplit("linear head, pixels: each source left out", 1)[1]
    assert re.search(r"^all +8 +8 +1\.000 ", last, re.MULTILINE)


def test_the_threshold_is_where_the_goal_is_reached() -> None:
    def answer(source: str, label: str, confidence: float) -> Answer:
        return Answer(Drawing("CT", source, "a", np.zeros((1, 1, 3), np.uint8)), label, confidence)

    right = [answer("a", "CT", 0.9), answer("b", "CT", 0.8)]
    assert pixels_probe.threshold([*right, answer("c", "MR", 0.7)]) == 0.8
    assert pixels_probe.threshold([*right, answer("c", "MR", 0.8)]) == 0.9
    assert pixels_probe.threshold([*right, answer("c", "MR", 0.95)]) == pixels_probe.NEVER


def test_one_large_source_weighs_no_more_than_a_small_one() -> None:
    drawings = [Drawing("CT", source, "a", np.zeros((1, 1, 3), np.uint8)) for source in "aaab"]
    assert pixels_probe.weights(drawings).tolist() == [1 / 3, 1 / 3, 1 / 3, 1.0]


def test_only_99_flawless_sources_show_the_goal() -> None:
    assert pixels_probe.least_share(99, 99) > pixels_probe.GOAL > pixels_probe.least_share(98, 98)
    assert pixels_probe.least_share(0, 5) == pytest.approx(0)


def test_weights_that_name_anything_else_are_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match="has no place in weights"):
        pixels_embedding.StateUnpickler(io.BytesIO(pickle.dumps(Path))).load()
