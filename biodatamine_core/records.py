"""Every value that flows through a scan, in order of appearance. Read top to bottom, this file is the architecture.

    Source -> Artifact -> Content -> Member -> FileRecord -> SeriesRecord -> Clue -> Label -> Finding -> Version

What a column of a table means is documented once, in tables.py.
"""

import hmac
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Protocol, TypeGuard, TypeVar, dataclass_transform

_Record = TypeVar("_Record")

# ----------------------------------------------------------------------------------------------------- where it is


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server says that changes when the bytes do. last_modified: an HTTP date. Source: RFC 9110, 8.8."""

    etag: str | None = None
    last_modified: str | None = None
    size_bytes: int | None = None

    @property
    def condition(self) -> str | None:
        """What promises the very same bytes, for If-Range; a weak ETag does not."""
        is_strong = self.etag is not None and not self.etag.startswith("W/")
        return self.etag if is_strong else self.last_modified

    def agrees_with(self, other: "Validator | None") -> bool:
        """Whether both stand for the same bytes, as far as the server can be believed; False where they cannot tell."""
        if other is None:
            return False
        if None not in (self.size_bytes, other.size_bytes) and self.size_bytes != other.size_bytes:
            return False
        if self.etag or other.etag:
            return self.etag == other.etag
        return self.last_modified == other.last_modified and self.size_bytes is not None


@dataclass(frozen=True, slots=True)
class Artifact:
    """One thing that can be fetched: listed, not downloaded. Shown to the person before the download.

    url: never carries a credential. checksum: "<algorithm>:<hex>", as the service states it.
    version: what the service counts up when the bytes change, such as a release or a commit.
    validator: what the server said while it was listed.
    signed_url: where the bytes can be fetched for a while without a sign-in; never kept and never shown.
    accept: the media types to ask for, where the address offers several.
    about: what the page that offers it says of it: title, description and keywords, a line each, bounded.
    """

    name: str
    url: str
    size_bytes: int | None = None
    checksum: str | None = None
    licence: str | None = None
    version: str | None = None
    validator: Validator | None = field(default=None, compare=False)
    signed_url: str | None = field(default=None, repr=False, compare=False)
    accept: str | None = None
    about: str | None = field(default=None, repr=False, compare=False)

    @property
    def link(self) -> str:
        """What to ask for the bytes."""
        return self.signed_url or self.url


class Content(Protocol):
    """Bytes that can be read by range, wherever they are. Pickles to a description that a worker can open.

    Implementations: storage.LocalFile, storage.StoredObject; trees: storage.LocalFolder. Only a DistantContent stays
    in its process.
    """

    @property
    def name(self) -> str:
        """What a person calls it: "chest.zip"."""
        ...

    @property
    def identity(self) -> str:
        """The same for the same bytes: "sha256:<hex>", or a listing's fingerprint where no hash is known."""
        ...

    @property
    def size_bytes(self) -> int: ...

    def open(self) -> BinaryIO:
        """A fresh, seekable, read-only stream over the bytes. The caller closes it."""
        ...


class DistantContent(Content, Protocol):
    """A content whose bytes come from a server while they are read, by the process that may sign in there.

    Implementation: download.RemoteFile. It is not pickled: no sign-in leaves the process.
    """

    @property
    def fetched_bytes(self) -> int:
        """How many came so far."""
        ...

    def raise_failure(self) -> None:
        """Raise what ended a request for good, also where a reader took it for a damaged file."""
        ...

    def expect(self, places: Sequence[tuple[int, int]]) -> None:
        """The first bytes of what lies at these places, (start, stop), are read next: they are asked for together."""
        ...

    def arrived(self) -> Content:
        """The same without its server: whoever reads what did not come meets UnreadableMember."""
        ...


def is_distant(content: "Content | ContentTree") -> TypeGuard[DistantContent]:
    return hasattr(content, "expect")


class ContentTree(Protocol):
    """Many contents under relative paths: a folder. Same promises as Content, but it lists instead of opening."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    def entries(self) -> Iterator[tuple[str, Content | None]]:
        """(relative path with "/", content), sorted by path. None stands for what is not followed: a link."""
        ...

    def entry(self, path: str) -> Content | None:
        """The content under this relative path, exactly so written; None where entries() lists none."""
        ...


class ServedTree(ContentTree, Protocol):
    """A tree whose files come from a server while they are read, and stay there.

    Implementation: download.BucketTree. It is not pickled: no sign-in leaves the process.
    """

    @property
    def fetched_bytes(self) -> int:
        """How many came so far."""
        ...

    @property
    def origin(self) -> "Origin":
        """How a version finds it again."""
        ...

    def raise_failure(self) -> None:
        """Raise what ended a request for good, also where a reader took it for a damaged file."""
        ...


def is_served(content: "Content | ContentTree") -> TypeGuard[ServedTree]:
    return hasattr(content, "origin") and hasattr(content, "entries")


# ------------------------------------------------------------------------------------------------- what is in it


class ProblemKind(StrEnum):
    """Why a file could not be read. One cause per file."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    UNKNOWN_FORMAT = "unknown-format"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    ENCRYPTED = "encrypted"
    UNSAFE_PATH = "unsafe-path"
    LINK = "link"
    TOO_LARGE = "too-large"
    WRONG_SIZE = "wrong-size"
    WRONG_CHECKSUM = "wrong-checksum"
    UNSUPPORTED = "unsupported"
    MISSING_PART = "missing-part"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one file: `sentence` is for a person and names no patient."""

    kind: ProblemKind
    sentence: str


class UnreadableMember(Exception):
    """Raised while one member is read; scan turns it into FileRecord.problem. Never leaves the scan."""

    def __init__(self, kind: ProblemKind, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(kind, sentence)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _cheaply_made(cls: type[_Record]) -> type[_Record]:
    """A dataclass that type checkers keep frozen: doing so at run time makes one of 95 fields cost ten times more."""
    return dataclass(slots=True)(cls)


@_cheaply_made
class Member:
    """One file inside a content, read in place: nothing is extracted.

    path: "a.zip!/ct/1.dcm"; a folder's or a single file's own relative path.
    size_bytes: unpacked, as the archive states it; None where it states nothing (a .gz).
    occurrence: 0, 1, ... where an archive holds the same path several times.
    refusal: set where the archive already knows that it must not or cannot be read; then open() raises it.
    opener: gives a fresh stream, not always seekable; read errors surface as UnreadableMember.
    finder: gives another member of the same archive or folder by its whole path; None where it is read in one pass.
    place: the same bytes as a content of their own, where they lie open in a folder or an archive.
    is_streamed: it must be read before the walk goes on, in this process; else it can be kept, and pickled.
    starter: the first bytes at once; see first().
    """

    path: str
    opener: Callable[[], BinaryIO]
    size_bytes: int | None = None
    packed_bytes: int | None = None
    occurrence: int = 0
    crc32: int | None = None
    refusal: Problem | None = None
    finder: Callable[[str], "Member | None"] | None = field(default=None, repr=False, compare=False)
    place: Content | None = field(default=None, repr=False, compare=False)
    is_streamed: bool = False
    starter: Callable[[int], bytes | None] | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The last part of the path: "1.dcm"."""
        return self.path.rsplit("/", 1)[-1]

    def sibling(self, name: str) -> "Member | None":
        """A file of the same archive or folder by its path from here, exactly so written: "brain.img", "0/.zarray".

        Opens to what it holds where it is a .gz. None where there is none, where the name leads out of the archive or
        folder, and where members come in one pass (tar.gz) and none can be looked up.
        """
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), name))
        archive, mark, _ = self.path.rpartition("!/")
        is_inside = path.startswith(archive + mark) and not path.startswith(("/", "../")) and path not in ("..", ".")
        return self.finder(path) if self.finder is not None and is_inside else None

    def open(self) -> BinaryIO:
        """A fresh stream of the unpacked bytes. Raises UnreadableMember where the member was refused."""
        if self.refusal is not None:
            raise UnreadableMember(self.refusal.kind, self.refusal.sentence)
        return self.opener()

    def first(self, length: int) -> bytes | None:
        """The first `length` bytes (1 or more) at once; where that is all of them, size and checksum were compared.

        None where only a stream gives them, or tells what is wrong with them.
        """
        return self.starter(length) if self.starter is not None and self.refusal is None else None

    def read(self, start: int, length: int) -> bytes:
        """Up to `length` unpacked bytes from `start`; fewer at the end of the file."""
        at_once = self.first(length) if start == 0 and length else None
        if at_once is not None:
            return at_once
        with self.open() as stream:
            if start:
                if stream.seekable():
                    stream.seek(start)
                else:
                    while start:
                        skipped = len(stream.read(min(start, 1 << 20)))
                        if not skipped:
                            return b""
                        start -= skipped
            return stream.read(length)


class Role(StrEnum):
    """What a file is for. Only image and segmentation have dimensions."""

    IMAGE = "image"
    SEGMENTATION = "segmentation"
    OBJECT = "object"
    INDEX = "index"
    SIDECAR = "sidecar"
    OTHER = "other"


class Mode(StrEnum):
    """full: every byte read, hashed, checksums compared. headers: only what the headers say.

    copy: a full scan of what is copied to the storage first, also where it could be read in place; its version is full.
    """

    FULL = "full"
    HEADERS = "headers"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """Turns an identifier into a key that cannot be turned back without the workspace's secret."""

    secret: bytes = field(repr=False)

    def __call__(self, identifier: str) -> str:
        """16 hex characters of HMAC-SHA256; the same identifier gives the same key within one workspace."""
        return hmac.digest(self.secret, identifier.strip().encode(), "sha256").hex()[:16]


@_cheaply_made
class FileRecord:
    """The facts of one member, as its reader found them: a row of `files`. No opinions here."""

    # what every member has
    file_id: str
    path: str
    occurrence: int = 0
    size_bytes: int = 0
    packed_bytes: int | None = None
    crc32: int | None = None
    content_hash: str | None = None
    compression: str | None = None
    format: str = "unknown"
    role: Role = Role.OTHER
    readable: bool = False
    problem_kind: ProblemKind | None = None
    problem: str | None = None
    series_id: str | None = None
    # what an image has, whatever its format; axes in the order columns, rows, slices, times
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    frames: int | None = None
    channels: int | None = None
    spacing_mm: tuple[float, ...] | None = None
    # who and when, as far as it may be kept
    patient_key: str | None = None
    study_key: str | None = None
    patient_sex: str | None = None
    patient_age_years: float | None = None
    acquisition_year: int | None = None
    identifying_tags: tuple[str, ...] | None = None
    # DICOM: what it says it is
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    series_uid: str | None = None
    transfer_syntax_uid: str | None = None
    frame_of_reference_uid: str | None = None
    referenced_series_uids: tuple[str, ...] | None = None
    modality_tag: str | None = None
    image_type: tuple[str, ...] | None = None
    body_part_examined: str | None = None
    anatomic_region: str | None = None
    laterality: str | None = None
    view_position: str | None = None
    study_description: str | None = None
    series_description: str | None = None
    protocol_name: str | None = None
    requested_procedure_description: str | None = None
    manufacturer: str | None = None
    manufacturer_model: str | None = None
    magnetic_field_strength_t: float | None = None
    kvp: float | None = None
    convolution_kernel: str | None = None
    # DICOM: how an MR was weighted, and what was given to the patient for it
    scanning_sequence: tuple[str, ...] | None = None
    sequence_variant: tuple[str, ...] | None = None
    sequence_name: str | None = None
    acquisition_contrast: str | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle_deg: float | None = None
    contrast_agent: str | None = None
    # DICOM: how the pixels are stored
    photometric_interpretation: str | None = None
    bits_allocated: int | None = None
    bits_stored: int | None = None
    rescale_slope: float | None = None
    rescale_intercept: float | None = None
    burned_in_annotation: str | None = None
    lossy_image_compression: str | None = None
    # what the pixels are like, as far as a full scan looks at them
    value_min: float | None = None
    value_max: float | None = None
    background_share: float | None = None
    level_count: int | None = None
    flat_share: float | None = None
    pixel_hash: str | None = None
    colour_share: float | None = None
    colour_hues: tuple[float, ...] | None = None
    colour_count: int | None = None
    pure_share: float | None = None
    dark_share: float | None = None
    bright_share: float | None = None
    sector_angle_deg: float | None = None
    sector_marks_share: float | None = None
    fingerprint: bytes | None = None
    # DICOM: where the pixels lie and what else varies within a series
    image_position_mm: tuple[float, ...] | None = None
    image_orientation: tuple[float, ...] | None = None
    frame_positions_mm: tuple[float, ...] | None = None
    frame_orientations: int | None = None
    frames_vary_by: tuple[str, ...] | None = None
    slice_thickness_mm: float | None = None
    instance_number: int | None = None
    acquisition_number: int | None = None
    temporal_position: int | None = None
    echo_time_ms: float | None = None
    b_value: float | None = None
    trigger_time_ms: float | None = None
    acquisition_time: str | None = None
    frame_time_ms: float | None = None
    mosaic_images: int | None = None
    # volume formats beside DICOM
    data_files: tuple[str, ...] | None = None
    affine_ras: tuple[float, ...] | None = None
    affine_forms_gap_mm: float | None = None
    header_description: str | None = None
    intent: str | None = None
    phase_encoding_axis: str | None = None
    coordinate_space: str | None = None
    # pictures
    camera: str | None = None
    # a table that names patients (participants.tsv): one entry a row
    participant_keys: tuple[str, ...] | None = None
    participant_sexes: tuple[str | None, ...] | None = None
    participant_ages_years: tuple[float | None, ...] | None = None
    # a table that names files (metadata.csv): one entry a row, until grouping has joined it
    row_files: tuple[str, ...] | None = None
    row_patients: tuple[str | None, ...] | None = None
    row_sexes: tuple[str | None, ...] | None = None
    row_ages_years: tuple[float | None, ...] | None = None
    row_says: tuple[str | None, ...] | None = None
    table_limit: str | None = None
    # what the checks found in it, and where it stands among all files
    findings: str | None = None
    place: int | None = None


# ------------------------------------------------------------------------------------------------ what belongs together


class Dimensions(StrEnum):
    """How many, as a trainer counts: 2D image, recording, volume, volumes over time (or over another tag)."""

    IMAGE_2D = "2D"
    RECORDING = "2D+t"
    VOLUME = "3D"
    VOLUMES_4D = "4D"


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One image, one volume, or one recording over time: a row of `series`."""

    series_id: str
    path: str
    format: str
    role: Role
    file_count: int
    size_bytes: int
    middle_file_id: str
    series_uid: str | None = None
    # what it is
    dimensions: Dimensions | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    channels: int | None = None
    spacing_mm: tuple[float, ...] | None = None
    orientation: str | None = None
    verdict: str = ""
    # the geometry verdict, named as in IDC's volume_geometry_index where it has a name
    single_orientation: bool | None = None
    unique_slice_positions: bool | None = None
    consistent_pixel_spacing: bool | None = None
    uniform_slice_spacing: bool | None = None
    regularly_spaced_3d_volume: bool | None = None
    slice_spacing_mm: float | None = None
    missing_slices: int | None = None
    duplicate_positions: int | None = None
    gantry_tilt_deg: float | None = None
    varies_by: str | None = None
    # which masks belong to it
    is_mask: bool = False
    mask_series_ids: tuple[str, ...] | None = None
    # who, when, which part
    patient_key: str | None = None
    study_key: str | None = None
    patient_sex: str | None = None
    patient_age_years: float | None = None
    acquisition_year: int | None = None
    manufacturer: str | None = None
    split: str | None = None
    label: str | None = None
    # what its pixels are like
    value_min: float | None = None
    value_max: float | None = None
    level_count: int | None = None
    flat_share: float | None = None
    colour_share: float | None = None
    colour_hues: tuple[float, ...] | None = None
    colour_count: int | None = None
    pure_share: float | None = None
    dark_share: float | None = None
    bright_share: float | None = None
    sector_angle_deg: float | None = None
    sector_marks_share: float | None = None
    # what its files say of themselves: the ground that inference stands on
    modality_tag: str | None = None
    sop_class_uid: str | None = None
    image_type: tuple[str, ...] | None = None
    body_part_examined: str | None = None
    anatomic_region: str | None = None
    view_position: str | None = None
    study_description: str | None = None
    series_description: str | None = None
    protocol_name: str | None = None
    requested_procedure_description: str | None = None
    header_description: str | None = None
    phase_encoding_axis: str | None = None
    coordinate_space: str | None = None
    camera: str | None = None
    scanning_sequence: tuple[str, ...] | None = None
    sequence_variant: tuple[str, ...] | None = None
    sequence_name: str | None = None
    acquisition_contrast: str | None = None
    repetition_time_ms: float | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle_deg: float | None = None
    b_value: float | None = None
    contrast_agent: str | None = None
    table_path: str | None = None
    table_says: str | None = None
    # what inference concludes; unknown until then
    modality: str = "unknown"
    modality_group: str = "Unknown"
    modality_confidence: float | None = None
    anatomy: str | None = None
    anatomy_zones: tuple[str, ...] = ()
    anatomy_confidence: float | None = None
    sequence: str | None = None
    contrast: str | None = None
    # what the checks found in it
    findings: tuple[str, ...] | None = None


# ------------------------------------------------------------------------------------------------ what we make of it


class Strength(StrEnum):
    """How much one clue alone is worth, in the three steps that a person sees."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Clue:
    """One reason to believe something about a series. `because` is the sentence a person reads.

    about: "modality", "anatomy", "sequence" of an MR, or "contrast" of an MR or a CT. value: a DICOM modality code; for
    anatomy, zones joined by "+", with the finer region after a colon where one is known: "chest", "abdomen:liver",
    "chest+abdomen+pelvis"; else a value of mr_sequences.csv or contrasts.csv: "FLAIR", "arterial".
    source: which kind of evidence, so that independent kinds can be told apart: "tag", "sop-class", "code",
    "description" (of the series), "study" (its description), "body-part", "path", "bids", "header", "values", "shape"
    (of what is lit), "colour", "camera" (Exif), "table", "dataset" (what most of its studies name),
    "companions" (what the other series of its study name), "page" (what the dataset's own page says), "person" (a
    correction).
    """

    series_id: str
    about: str
    value: str
    strength: Strength
    because: str
    source: str


class Applies(StrEnum):
    """Which series a correction is about: all that share this. A DICOM series is known by its UID, others by path."""

    SERIES_UID = "series_uid"
    PATH = "path"
    FOLDER = "folder"
    SERIES_DESCRIPTION = "series_description"
    STUDY_DESCRIPTION = "study_description"

    @property
    def is_one_series(self) -> bool:
        return self in (Applies.SERIES_UID, Applies.PATH)


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person set right. It is never changed, and survives rescans: it names nothing that a scan makes up.

    id: in the order of time. at_utc, by: when and who. about, value: as of a clue. applies, key: to every series whose
    UID, path or description is the key, or whose path lies in that folder. withdrawn_*: who took it back, None while
    it stands.
    """

    id: str
    at_utc: str
    by: str
    about: str
    value: str
    applies: Applies
    key: str
    note: str = ""
    withdrawn_at_utc: str | None = None
    withdrawn_by: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What the clues of one series add up to. "unknown", None and () mean: nothing is known.

    modality_evidence, anatomy_evidence: which source answered, and which others agree or contradict:
    "description + study", "description against page". The confidence was measured for just that. All else is a column
    of the series.
    """

    modality: str = "unknown"
    modality_group: str = "Unknown"
    modality_confidence: float | None = None
    modality_evidence: str | None = None
    anatomy: str | None = None
    anatomy_zones: tuple[str, ...] = ()
    anatomy_confidence: float | None = None
    anatomy_evidence: str | None = None
    sequence: str | None = None
    contrast: str | None = None

    def columns(self) -> dict[str, object]:
        """What stands in the table of series."""
        return {
            "modality": self.modality,
            "modality_group": self.modality_group,
            "modality_confidence": self.modality_confidence,
            "anatomy": self.anatomy,
            "anatomy_zones": self.anatomy_zones,
            "anatomy_confidence": self.anatomy_confidence,
            "sequence": self.sequence,
            "contrast": self.contrast,
        }


class Severity(StrEnum):
    """error will hurt a training, warning can, note is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Scope(StrEnum):
    FILE = "file"
    SERIES = "series"
    DATASET = "dataset"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a row of `findings`.

    subject: what it is about: a path, a tag, a modality; "" for the dataset. message: a sentence with its numbers.
    count: how many files or series (see scope) are affected, of `looked_at`; `not_judged` could not be looked at.
    examples: up to ten paths; all of them are rows of `affected`.
    """

    code: str
    severity: Severity
    scope: Scope
    subject: str
    message: str
    count: int
    looked_at: int
    not_judged: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """One file or series that a finding counts: a row of `affected`.

    code, subject: the finding's, which no other finding of the version shares. file_id: None where series are counted.
    """

    code: str
    subject: str
    series_id: str | None = None
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class FileKind:
    """How many files of one kind stand in one stretch of `files`: a row of `file_kinds`."""

    first_place: int
    kind: int
    format: str
    role: Role
    readable: bool
    problem_kind: ProblemKind | None
    findings: str | None
    files: int


@dataclass(frozen=True, slots=True)
class FilePath:
    """Where a file is, in lower case and two parts: a row of `file_paths`, in the order of `files`."""

    place: int
    kind: int
    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """How many series are of one kind: a row of `series_kinds`."""

    kind: int
    modality_group: str
    anatomy_zones: tuple[str, ...]
    dimensions: Dimensions | None
    format: str
    split: str | None
    label: str | None
    manufacturer: str | None
    findings: tuple[str, ...] | None
    series: int


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """Where a series stands in each order, and what is compared of it alone: a row of `series_places`, by by_id.

    thumbnail: number of its row of `thumbnails`. first_file, last_file: the least and the greatest place of its files.
    """

    by_id: int
    series_id: str
    by_path: int
    by_size: int
    thumbnail: int | None
    is_drawn: bool
    first_file: int | None
    last_file: int | None
    kind: int
    sex: str | None
    age: str | None
    year: str | None
    matrix: str | None
    spacing: str | None
    path: str


@dataclass(frozen=True, slots=True)
class SeriesDoubt:
    """How much the label of an image series that is in doubt the most should be looked at: a row of `series_doubts`.

    doubt: of catalog.doubts.Doubt; urgency: the same with the confidence behind it, the least the most urgent.
    """

    series_id: str
    urgency: float
    about: str
    doubt: int
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One small picture of a series, JPEG bytes, at most 160 pixels on its longer side: a row of `thumbnails`.

    Where nothing could be drawn there is no image, and `problem` says why; it names no patient.
    """

    series_id: str
    image: bytes | None = None
    width: int | None = None
    height: int | None = None
    problem_kind: ProblemKind | None = None
    problem: str | None = None


# ------------------------------------------------------------------------------------------------ how it is told


class Stage(StrEnum):
    """The seven steps a person sees, in their order."""

    LIST = "list"
    DOWNLOAD = "download"
    SCAN = "scan"
    GROUP = "group"
    LABEL = "label"
    CHECK = "check"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a scan stands. Totals are None while nobody knows them."""

    stage: Stage = Stage.LIST
    files_done: int = 0
    files_total: int | None = None
    bytes_done: int = 0
    bytes_total: int | None = None
    unreadable_files: int = 0
    formats: Mapping[str, int] = field(default_factory=dict)
    """Seen so far: files per format."""
    modalities: Mapping[str, int] = field(default_factory=dict)
    """Seen so far: image files per modality group, by the DICOM tag alone."""
    note: str = ""
    """A sentence for the person, told once: what the scan does otherwise than it was asked to."""


class Watcher(Protocol):
    """Whoever follows a scan: hears progress, and may stop it."""

    def report(self, progress: Progress) -> None: ...

    def check(self) -> None:
        """Raise Cancelled when the person asked to stop. Called often; must be cheap."""
        ...


@dataclass(frozen=True, slots=True)
class Summary:
    """The headline numbers of one version; every one of them is a query over its tables."""

    files: int = 0
    readable_files: int = 0
    image_files: int = 0
    series: int = 0
    volumes: int = 0
    patients: int = 0
    patient_files: int = 0
    studies: int = 0
    bytes: int = 0
    unpacked_bytes: int = 0
    modalities: Mapping[str, int] = field(default_factory=dict)
    modality_groups: Mapping[str, int] = field(default_factory=dict)
    anatomy_zones: Mapping[str, int] = field(default_factory=dict)
    dimensions: Mapping[str, int] = field(default_factory=dict)
    formats: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)


class OriginKind(StrEnum):
    OBJECT = "object"
    FILE = "file"
    FOLDER = "folder"
    REMOTE = "remote"
    BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version's bytes lie, so that its pictures can be looked at later: a description of one Content.

    place: the storage's key of an object; the absolute path of a file or folder on this machine; the address of a
    bucket that was read in place; nothing of what else stayed on its server, where the dataset's source leads.
    identity, size_bytes: the content's, when it was scanned.
    """

    kind: OriginKind
    place: str
    name: str
    identity: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable, published state of a dataset. `tables` names the storage keys of its Parquet files.

    contents: where its bytes lie; empty for a version that was published before this was kept.
    fetched_bytes: what a scan fetched of files that it left on their server; None where it left none.
    notes: sentences on what the scan did otherwise than it was asked to.
    scan_identity: what the identity would be without corrections; "" where it is that. corrections: the ids of those
    that entered as clues.
    """

    number: int
    identity: str
    mode: Mode
    scanner_version: str
    created_at_utc: str
    summary: Summary
    tables: Mapping[str, tuple[str, ...]]
    licence: str | None = None
    contents: tuple[Origin, ...] = ()
    fetched_bytes: int | None = None
    notes: tuple[str, ...] = ()
    scan_identity: str = ""
    corrections: tuple[str, ...] = ()

    @property
    def scanned_as(self) -> str:
        """The identity of what was scanned, whatever people set right since."""
        return self.scan_identity or self.identity

    @property
    def is_in_place(self) -> bool:
        """Every byte was read where it lies, and none of them was copied."""
        return any(origin.kind is OriginKind.BUCKET for origin in self.contents)

    @property
    def is_partial(self) -> bool:
        """Some files were not read; every page says so before it shows a number."""
        return self.summary.readable_files < self.summary.files
