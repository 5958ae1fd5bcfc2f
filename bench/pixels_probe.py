"""Whether pixels alone tell the modality of pictures from sources that nothing was trained on.

    bench/pixels_probe.py FOLDER [--unseen FOLDER] [--embedding FILE.onnx] [--mistakes]

A FOLDER holds LABEL/SOURCE/files of any format that is read here: the label is what is to be told, a source is one
origin (a scanner, a site), the same name under two labels being one source. Every file is drawn as the app draws it
when nothing is known of it, so that no header speaks. Each source is judged by heads trained on all the others;
--unseen are pictures never trained on. --embedding is made by pixels_embedding.py and run by onnxruntime
(requirements-bench.txt).

A head answers from the lowest confidence on at which, on the other sources, 97 % was right. Every source weighs the
same. `at least` is what that promises of a new source, with 95 % confidence: exact binomial, over sources answered.
"""

import argparse
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from biodatamine_core import archives, readers
from biodatamine_core.drawing import tile
from biodatamine_core.records import UnreadableMember
from biodatamine_core.settings import Limits
from biodatamine_core.storage import LocalFolder

Numbers = npt.NDArray[np.float64]
Told = tuple[list[str], Numbers]
Head = Callable[[Numbers, Sequence[str], Numbers, Numbers], Told]
"""(training features, their labels, their weights, features to judge) -> labels and confidences."""

GOAL = 0.97
DOUBT = 0.05
PLAIN_SIDE_PIXELS, EMBEDDED_SIDE_PIXELS = 16, 224
SHRINKAGE, STEPS = 1e-3, 1500
"""Of the linear head; chosen once, before anything was measured."""
NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Drawing:
    """One file as the app draws it. pixels: (rows, columns, 3) uint8."""

    label: str
    source: str
    name: str
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a head says of one drawing, and from which confidence on it would have said it aloud."""

    drawing: Drawing
    label: str
    confidence: float
    threshold: float = NEVER

    @property
    def is_right(self) -> bool:
        return self.label == self.drawing.label

    @property
    def is_given(self) -> bool:
        return self.confidence >= self.threshold


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unseen", type=Path)
    parser.add_argument("--embedding", type=Path, metavar="FILE.onnx")
    parser.add_argument("--mistakes", action="store_true", help="list the wrong answers that were given")
    options = parser.parse_args()
    drawings = drawn(options.folder)
    if len({drawing.source for drawing in drawings}) < 2:
        parser.error(f"{options.folder} holds fewer than two sources; LABEL/SOURCE/files of several were expected")
    unseen = drawn(options.unseen) if options.unseen else []
    views: dict[str, Numbers] = {"pixels": plain(drawings + unseen)}
    if options.embedding:
        views["ImageNet"] = embedded(drawings + unseen, options.embedding)
    for view, features in views.items():
        for name, head in HEADS.items():
            seen, new = features[: len(drawings)], features[len(drawings) :]
            answers = with_thresholds(left_out(drawings, seen, head))
            show(f"{name}, {view}: each source left out", answers, options.mistakes)
            if unseen:
                told = head(seen, [drawing.label for drawing in drawings], weights(drawings), new)
                bar = threshold(answers)
                judged = [replace(answer, threshold=bar) for answer in as_answers(unseen, told)]
                show(f"{name}, {view}: unseen", judged, options.mistakes)
    return 0


def drawn(folder: Path) -> list[Drawing]:
    """Every file that can be drawn; the others are told."""
    from PIL import Image

    found = []
    for member in archives.walk(LocalFolder(folder), Limits()):
        try:
            label, source, name = member.path.split("/", 2)
        except ValueError:
            print(f"left out: {member.path}: it does not lie in a folder LABEL/SOURCE.")
            continue
        try:
            drawn = tile(readers.middle_picture(archives.unpacked(member)), "unknown", ())
        except UnreadableMember as unreadable:
            print(f"left out: {member.path}: {unreadable.problem.sentence}")
            continue
        found.append(Drawing(label, source, name, np.asarray(Image.open(io.BytesIO(drawn.image)).convert("RGB"))))
    return found


def plain(drawings: Sequence[Drawing]) -> Numbers:
    """(drawings, 768): the picture itself, squeezed into 16 x 16 pixels."""
    return np.array([squeezed(drawing, PLAIN_SIDE_PIXELS).ravel() for drawing in drawings]) / 255


def embedded(drawings: Sequence[Drawing], model: Path) -> Numbers:
    """(drawings, 1280): what a network trained on ImageNet sees in them."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rows = []
    for drawing in drawings:
        picture = squeezed(drawing, EMBEDDED_SIDE_PIXELS).transpose(2, 0, 1)[None].astype(np.float32)
        rows.append(session.run(["embedding"], {"pictures": picture})[0][0])
    return np.array(rows, dtype=np.float64)


def squeezed(drawing: Drawing, side_pixels: int) -> Numbers:
    """(side, side, 3), padded with black to a square first: shapes are kept."""
    from PIL import Image, ImageOps

    size = (side_pixels, side_pixels)
    return np.asarray(ImageOps.pad(Image.fromarray(drawing.pixels), size, Image.Resampling.BICUBIC), dtype=np.float64)


def commonest(_: Numbers, labels: Sequence[str], shares: Numbers, judged: Numbers) -> Told:
    """No training: the label of most sources, always."""
    best = max(set(labels), key=lambda label: float(shares[np.array(labels) == label].sum()))
    return [best] * len(judged), np.ones(len(judged))


def nearest(features: Numbers, labels: Sequence[str], _: Numbers, judged: Numbers) -> Told:
    """No training: the label of the most alike, as sure as that is more alike than the first of another label."""
    middle = features.mean(axis=0)
    alike = unit(judged - middle) @ unit(features - middle).T
    names = sorted(set(labels))
    best = np.stack([alike[:, np.array(labels) == name].max(axis=1) for name in names], axis=1)
    order = np.sort(best, axis=1)
    return [names[index] for index in best.argmax(axis=1)], order[:, -1] - (order[:, -2] if len(names) > 1 else 0)


def linear(features: Numbers, labels: Sequence[str], shares: Numbers, judged: Numbers) -> Told:
    """Multinomial logistic regression, every label weighing the same, by accelerated gradient descent."""
    middle = features.mean(axis=0)
    train, test = unit(features - middle), unit(judged - middle)
    names = sorted(set(labels))
    wanted = np.array([[label == name for name in names] for label in labels], dtype=np.float64)
    share = shares / (wanted @ (wanted * shares[:, None]).sum(axis=0))
    share /= share.sum()
    basis = np.linalg.svd(train, full_matrices=False)[2]
    train, test = with_constant(train @ basis.T), with_constant(test @ basis.T)
    head = ahead = np.zeros((train.shape[1], len(names)))
    for step in range(STEPS):
        slope = train.T @ ((softmax(train @ ahead) - wanted) * share[:, None]) + SHRINKAGE * ahead
        before, head = head, ahead - slope
        ahead = head + step / (step + 3) * (head - before)
    chances = softmax(test @ head)
    return [names[index] for index in chances.argmax(axis=1)], chances.max(axis=1)


HEADS: dict[str, Head] = {"commonest label": commonest, "nearest picture": nearest, "linear head": linear}


def unit(rows: Numbers) -> Numbers:
    lengths: Numbers = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, 1e-9)


def with_constant(rows: Numbers) -> Numbers:
    return np.hstack([rows, np.ones((len(rows), 1))])


def softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return chances


def weights(drawings: Sequence[Drawing]) -> Numbers:
    """Of each drawing, so that every source weighs 1."""
    sources = [drawing.source for drawing in drawings]
    return np.array([1 / sources.count(source) for source in sources])


def left_out(drawings: Sequence[Drawing], features: Numbers, head: Head) -> list[Answer]:
    """What is said of every source by a head that was trained on all the others."""
    answers = []
    for source in sorted({drawing.source for drawing in drawings}):
        is_left_out = np.array([drawing.source == source for drawing in drawings])
        kept = [drawing for drawing in drawings if drawing.source != source]
        told = head(features[~is_left_out], [drawing.label for drawing in kept], weights(kept), features[is_left_out])
        judged = [drawing for drawing in drawings if drawing.source == source]
        answers += as_answers(judged, told)
    return answers


def as_answers(drawings: Sequence[Drawing], told: Told) -> list[Answer]:
    labels, confidences = told
    rows = zip(drawings, labels, confidences, strict=True)
    return [Answer(drawing, label, float(confidence)) for drawing, label, confidence in rows]


def threshold(answers: Sequence[Answer]) -> float:
    """The lowest confidence from which on the goal is reached, every source weighing the same; NEVER where none is."""
    shares = weights([answer.drawing for answer in answers])
    order = sorted(range(len(answers)), key=lambda index: -answers[index].confidence)
    lowest, given, right = NEVER, 0.0, 0.0
    for place, index in enumerate(order):
        given += shares[index]
        right += shares[index] * answers[index].is_right
        is_last = place + 1 == len(order) or answers[order[place + 1]].confidence < answers[index].confidence
        if is_last and right >= GOAL * given:
            lowest = answers[index].confidence
    return lowest


def with_thresholds(answers: Sequence[Answer]) -> list[Answer]:
    """Each answer under the threshold that the other sources set: its own has no say in it."""
    bars = {}
    for source in {answer.drawing.source for answer in answers}:
        bars[source] = threshold([answer for answer in answers if answer.drawing.source != source])
    return [replace(answer, threshold=bars[answer.drawing.source]) for answer in answers]


def show(title: str, answers: Sequence[Answer], with_mistakes: bool) -> None:
    print(f"\n{title}")
    print(f"{'label':<16}{'sources':>9}{'pictures':>10}{'forced':>9}{'answered':>10}{'right':>8}{'at least':>10}")
    for label in sorted({answer.drawing.label for answer in answers}):
        print(line(label, [answer for answer in answers if answer.drawing.label == label]))
    print(line("all", answers))
    for wrong in answers if with_mistakes else ():
        if wrong.is_given and not wrong.is_right:
            drawing = wrong.drawing
            print(f"  {drawing.label}/{drawing.source}/{drawing.name}: {wrong.label} ({wrong.confidence:.2f})")


def line(label: str, answers: Sequence[Answer]) -> str:
    """Of all, every source weighing the same: right where forced, share answered, right where answered, its bound."""
    shares = weights([answer.drawing for answer in answers])
    is_right = np.array([answer.is_right for answer in answers])
    is_given = np.array([answer.is_given for answer in answers])
    given = float(shares[is_given].sum())
    right = f"{shares[is_right & is_given].sum() / given:.3f}" if given else "-"
    answered = {answer.drawing.source for answer in answers if answer.is_given}
    faulty = {answer.drawing.source for answer in answers if answer.is_given and not answer.is_right}
    bound = f"{least_share(len(answered) - len(faulty), len(answered)):.2f}" if answered else "-"
    sources = len({answer.drawing.source for answer in answers})
    forced = shares[is_right].sum() / shares.sum()
    return f"{label:<16}{sources:>9}{len(answers):>10}{forced:>9.3f}{given / shares.sum():>10.3f}{right:>8}{bound:>10}"


def least_share(right: int, tried: int) -> float:
    """The least share of right ones that so many right of those tried do not make improbable (Clopper-Pearson)."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        chance = sum(math.comb(tried, k) * middle**k * (1 - middle) ** (tried - k) for k in range(right, tried + 1))
        low, high = (middle, high) if chance < DOUBT else (low, middle)
    return low


if __name__ == "__main__":
    raise SystemExit(main())
