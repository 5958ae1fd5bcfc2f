"""Weigh the clues of one series: the stronger evidence answers, and what speaks against it is shown, not averaged."""

from collections.abc import Callable, Iterable, Sequence

from biodatamine_core import vocabulary
from biodatamine_core.inference.confidence import Evidence, confidence
from biodatamine_core.records import Clue, Label, Strength

PERSON = "person"

# Rank of each source: the first that answers wins.
_MODALITY_RANK = {
    PERSON: -1,
    "tag": 0,
    "sop-class": 1,
    "header": 2,
    "bids": 3,
    "table": 4,
    "values": 5,
    "description": 6,
    "study": 7,
    "path": 8,
    "shape": 9,
    "colour": 9,
    "camera": 10,
    "page": 11,
    "dataset": 12,
}
_ANATOMY_RANK = {
    PERSON: -1,
    "code": 0,
    "description": 1,
    "study": 2,
    "body-part": 3,
    "table": 3,
    "header": 3,
    "tag": 4,
    "path": 5,
    "bids": 5,
    "dataset": 6,
    "companions": 7,
    "page": 8,
    "coverage": 9,
}
_STRENGTH_RANK = {Strength.STRONG: 0, Strength.MEDIUM: 1, Strength.WEAK: 2}

# Sources that one hand filled in are one kind of evidence: only different kinds can agree or contradict.
_KIND = {
    PERSON: "person",
    "tag": "type of object",
    "sop-class": "type of object",
    "code": "coded body part",
    "body-part": "coded body part",
    "description": "description",
    "study": "study",
    "coverage": "description",
    "header": "file header",
    "values": "pixel values",
    "shape": "pixel values",
    "colour": "pixel values",
    "camera": "file header",
    "table": "table",
    "bids": "path",
    "path": "path",
    "dataset": "dataset",
    "companions": "companions",
    "page": "path",  # a dataset's title is often the name of its archive
}

# Whoever described a study described its series too: beside the dataset they are one voice.
_OF_ONE_STUDY = frozenset({"study", "companions"})


def decide(clues: Sequence[Clue]) -> Label:
    """One label from the clues of one series; what no clue speaks of stays unknown.

    Of a sequence and of contrast the first clue answers: the rules yield them in the order in which they count. Only an
    MR has a sequence, only an MR or a CT a contrast.

    Of anatomy there is no answer where the texts of the rest of a study and nearly all of its dataset name different
    parts, and nothing else speaks for either: neither says it of this series. Of modality there is none where only the
    page names one, and other files of the dataset are of another.

    Confidence is the accuracy that was measured for the evidence the answer stands on: which source answered, and
    which others agree with it or contradict it; None where it was not measured.
    """
    return _decided(tuple((clue.about, clue.value, clue.strength, clue.source) for clue in clues))


@vocabulary.remembered
def _decided(said: tuple[tuple[str, str, Strength, str], ...]) -> Label:
    """A dataset says the same of thousands of series: it is weighed once."""
    clues = [Clue("", about, value, strength, "", source) for about, value, strength, source in said]
    modality, modality_evidence = _answer(clues, "modality", _modality_order, _same_modality)
    anatomy, anatomy_evidence = _answer(clues, "anatomy", _anatomy_order, _same_anatomy)
    # A person who says head means the head, also where another clue knows that it is the brain.
    finer = () if anatomy and anatomy.source == PERSON else clues
    shown = _with_region(vocabulary.anatomy(anatomy.value), finer) if anatomy else None
    code = modality.value if modality else None
    first = {clue.about: clue.value for clue in reversed(clues)}
    return Label(
        modality=code or "unknown",
        modality_group=vocabulary.modality_group(code),
        modality_confidence=confidence("modality", modality_evidence),
        modality_evidence=modality_evidence.name if modality_evidence else None,
        anatomy=shown.name if shown else None,
        anatomy_zones=shown.zones if shown else (),
        anatomy_confidence=confidence("anatomy", anatomy_evidence),
        anatomy_evidence=anatomy_evidence.name if anatomy_evidence else None,
        sequence=first.get("sequence") if code == "MR" else None,
        contrast=first.get("contrast") if code in ("CT", "MR") else None,
    )


def _answer(
    clues: Sequence[Clue],
    about: str,
    order: Callable[[Clue], tuple[int, int, int]],
    agree: Callable[[Clue, Clue], bool],
) -> tuple[Clue | None, Evidence | None]:
    """The clue that wins, and what else speaks for it and against it."""
    heard = sorted((clue for clue in clues if clue.about == about), key=order)
    if not heard:
        return None, None
    winner = heard[0]
    others = [clue for clue in heard if _KIND[clue.source] != _KIND[winner.source] and not _says_nothing(clue)]
    contrary = [clue for clue in others if not agree(winner, clue)]
    against = _names(clue for clue in contrary if not _is_majority(clue))
    agreeing = _names(clue for clue in others if clue not in contrary and clue.source not in against)
    if winner.source == "study" and "dataset" in against and _OF_ONE_STUDY.issuperset(agreeing):
        other, evidence = _answer([clue for clue in heard if clue.source not in _OF_ONE_STUDY], about, order, agree)
        return (other, evidence.contradicted_by("study")) if evidence and evidence.agreeing else (None, None)
    if about == "modality" and winner.source == "page" and contrary:
        return None, None
    return winner, Evidence(_name(winner), agreeing, against)


def _names(clues: Iterable[Clue]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_name, clues)))


def _name(clue: Clue) -> str:
    return "majority" if _is_majority(clue) else clue.source


def _is_majority(clue: Clue) -> bool:
    """Do most studies of the dataset name it, but not nearly all? That one shows another part is then no surprise."""
    return clue.source == "dataset" and clue.strength is Strength.WEAK


def _modality_order(clue: Clue) -> tuple[int, int, int]:
    return int(_says_nothing(clue)), _MODALITY_RANK[clue.source], _STRENGTH_RANK[clue.strength]


def _anatomy_order(clue: Clue) -> tuple[int, int, int]:
    return 0, _ANATOMY_RANK[clue.source], _STRENGTH_RANK[clue.strength]


def _says_nothing(clue: Clue) -> bool:
    """OT, "other": it is an answer only where there is no better one, and it contradicts nothing."""
    return clue.about == "modality" and clue.value == "OT" and clue.source != PERSON


def _same_modality(one: Clue, other: Clue) -> bool:
    """Is it one group (CR and DX)? Outside the big groups only the code itself will do."""
    group = vocabulary.modality_group(one.value)
    if group == vocabulary.OTHER_GROUP:
        return one.value == other.value
    return group == vocabulary.modality_group(other.value)


def _same_anatomy(one: Clue, other: Clue) -> bool:
    return vocabulary.anatomy(one.value).meets(vocabulary.anatomy(other.value))


def _with_region(shown: vocabulary.Anatomy, clues: Sequence[Clue]) -> vocabulary.Anatomy:
    """The finer region that another clue knows of the very same zones: HEAD in the text and BRAIN in the tag."""
    if shown.region:
        return shown
    known = (vocabulary.anatomy(clue.value) for clue in clues if clue.about == "anatomy")
    return next((finer for finer in known if finer.region and finer.zones == shown.zones), shown)
