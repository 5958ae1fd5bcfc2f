"""DICOM files: what their header says. What it means is for inference to conclude."""

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from biodatamine_core.readers import dicom_geometry, dicom_pixels, dicom_segments
from biodatamine_core.readers import dicom_tags as tags
from biodatamine_core.readers.dicom_elements import Elements, Header, read_header, walked
from biodatamine_core.readers.dicom_sniff import is_dicom
from biodatamine_core.readers.interface import HEAD_BYTES, Picture, problem
from biodatamine_core.readers.stream import HeaderStream, silenced
from biodatamine_core.records import FileRecord, Member, Mode, ProblemKind, Pseudonym, Role, UnreadableMember

name = "DICOM"

_IDENTIFYING = frozenset(tags.IDENTIFYING)
_OF_THE_FILE_ALONE = {
    tags.SOP_INSTANCE_UID, tags.ACQUISITION_TIME, tags.SLICE_THICKNESS, tags.ECHO_TIME, tags.TRIGGER_TIME,
    tags.FRAME_TIME, tags.DIFFUSION_B_VALUE, tags.SIEMENS_B_VALUE, tags.ACQUISITION_NUMBER, tags.INSTANCE_NUMBER,
    tags.IMAGE_POSITION_PATIENT, tags.IMAGE_ORIENTATION_PATIENT, tags.TEMPORAL_POSITION_IDENTIFIER,
    tags.PIXEL_SPACING, tags.GRID_FRAME_OFFSET_VECTOR, tags.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
}  # fmt: skip
"""What only the geometry asks for, and the instance: worked out file by file."""
_ALIKE_IN_SERIES = tuple(sorted(tags.WANTED - tags.PIXELS - _OF_THE_FILE_ALONE))
_MOST_SERIES = 64
_known_series: dict[Any, tuple[Role, dict[str, Any]]] = {}
_DIRECTORY = "1.2.840.10008.1.3.10"
_SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
# PS3.4 table B.5-1: storage classes without an image, or whose image is no picture of a patient. A final dot: a family.
_OBJECTS = (
    "1.2.840.10008.5.1.4.1.1.4.2",  # MR Spectroscopy
    "1.2.840.10008.5.1.4.1.1.9.",  # waveforms
    "1.2.840.10008.5.1.4.1.1.11.",  # presentation states
    "1.2.840.10008.5.1.4.1.1.66",  # Raw Data
    "1.2.840.10008.5.1.4.1.1.66.1",  # Spatial Registration
    "1.2.840.10008.5.1.4.1.1.66.2",  # Spatial Fiducials
    "1.2.840.10008.5.1.4.1.1.66.3",  # Deformable Spatial Registration
    "1.2.840.10008.5.1.4.1.1.66.5",  # Surface Segmentation
    "1.2.840.10008.5.1.4.1.1.66.6",  # Tractography Results
    "1.2.840.10008.5.1.4.1.1.67",  # Real World Value Mapping
    "1.2.840.10008.5.1.4.1.1.68.",  # surface scans
    "1.2.840.10008.5.1.4.1.1.77.1.5.3",  # Stereometric Relationship
    "1.2.840.10008.5.1.4.1.1.78.",  # ophthalmic measurements
    "1.2.840.10008.5.1.4.1.1.79.",
    "1.2.840.10008.5.1.4.1.1.80.",
    "1.2.840.10008.5.1.4.1.1.88.",  # structured reports, key object selections
    "1.2.840.10008.5.1.4.1.1.90.",  # content assessment
    "1.2.840.10008.5.1.4.1.1.104.",  # encapsulated documents
    "1.2.840.10008.5.1.4.1.1.200.",  # protocols
    "1.2.840.10008.5.1.4.1.1.481.3",  # RT Structure Set
    "1.2.840.10008.5.1.4.1.1.481.4",  # RT treatment records and plans
    "1.2.840.10008.5.1.4.1.1.481.5",
    "1.2.840.10008.5.1.4.1.1.481.6",
    "1.2.840.10008.5.1.4.1.1.481.7",
    "1.2.840.10008.5.1.4.1.1.481.8",
    "1.2.840.10008.5.1.4.1.1.481.9",
    "1.2.840.10008.5.1.4.34.",  # RT deliveries
    "1.2.840.10008.5.1.4.38.",  # hanging protocols
    "1.2.840.10008.5.1.4.39.",  # colour palettes
    "1.2.840.10008.5.1.4.43.",  # implant templates
)


def sniff(head: bytes, name: str) -> bool:
    return is_dicom(head)


def inspect(member: Member, head: bytes, pseudonym: Pseudonym, mode: Mode) -> FileRecord:
    """The facts of one DICOM file: allowed elements only, each parsed by itself."""
    is_whole = len(head) < HEAD_BYTES
    size_bytes = len(head) if is_whole else member.size_bytes
    header = walked(head, is_whole)
    if header is not None and (mode is not Mode.FULL or _is_stated(header, size_bytes)):
        return _record(member, header, None, size_bytes, pseudonym)
    with io.BytesIO(head) if is_whole else member.open() as source:
        stream = HeaderStream(source)
        try:
            header = read_header(stream)
            return _record(member, header, stream if mode is Mode.FULL else None, size_bytes, pseudonym)
        except UnreadableMember as unreadable:
            found = unreadable.problem
            return FileRecord(file_id="", path=member.path, format=name, **problem(found.kind, found.sentence))


def _is_stated(header: Header, size_bytes: int | None) -> bool:
    """Whether the lengths of pixels and file are known without reading on."""
    return header.pixel_tag is None or (header.pixel_length is not None and size_bytes is not None)


def _record(
    member: Member, header: Header, stream: HeaderStream | None, size_bytes: int | None, pseudonym: Pseudonym
) -> FileRecord:
    """stream: at the first byte of the pixels, None where they are not to be looked at."""
    role, facts = _facts_of_series(header, pseudonym)
    pixels = facts if "shape" in facts else {}
    available = None if size_bytes is None else size_bytes - header.pixel_offset
    found = _header_problem(header, role) or dicom_pixels.shortage(header, pixels, stream, available)
    geometry = _geometry(header) if pixels else {}
    own = {"readable": True, "sop_instance_uid": header.data.text(tags.SOP_INSTANCE_UID), **geometry, **(found or {})}
    return FileRecord(file_id="", path=member.path, format=name, role=role, **facts, **own)


def _geometry(header: Header) -> dict[str, Any]:
    if header.is_usual:
        return dicom_geometry.usual_facts(header.data, header.is_explicit)
    return dicom_geometry.facts(header.data)


def _facts_of_series(header: Header, pseudonym: Pseudonym) -> tuple[Role, dict[str, Any]]:
    """What the files of a series say alike: worked out once for those that say it in the same bytes."""
    if not header.is_usual:
        return _role_and_facts(header, pseudonym)
    sop_class = header.meta.raw((tags.MEDIA_STORAGE_SOP_CLASS_UID,))
    syntax = (header.transfer_syntax_uid, header.is_explicit, header.pixel_tag)
    key = (pseudonym, sop_class, syntax, header.data.raw(_ALIKE_IN_SERIES))
    try:
        known = _known_series.get(key)
    except TypeError:  # a sequence of undefined length
        return _role_and_facts(header, pseudonym)
    if known is None:
        if len(_known_series) >= _MOST_SERIES:
            _known_series.clear()
        known = _known_series[key] = _role_and_facts(header, pseudonym)
    return known


def _role_and_facts(header: Header, pseudonym: Pseudonym) -> tuple[Role, dict[str, Any]]:
    role = _role(header)
    facts = {**_identity(header, pseudonym), **_description(header.data), **_acquisition(header.data)}
    if role in (Role.IMAGE, Role.SEGMENTATION) and (header.pixel_tag is not None or header.ended_early):
        facts |= dicom_pixels.facts(header.data, header.pixel_tag)
    if role is Role.SEGMENTATION:
        facts["referenced_series_uids"] = dicom_segments.referenced_series_uids(header.data) or None
    return role, facts


def middle_picture(member: Member) -> Picture:
    """The middle frame, decompressed, rescaled and in RGB or grey; of a Siemens mosaic its middle tile."""
    with silenced():
        return dicom_pixels.middle_picture(member)


def small_picture(member: Member, least_side: int) -> Picture:
    """As middle_picture, with the numbers as they are stored: few of them become values."""
    with silenced():
        return dicom_pixels.middle_picture(member, as_stored=True)


def planes(member: Member, wanted: Sequence[int]) -> Iterator[Picture]:
    """These frames, each as middle_picture gives it; of a Siemens mosaic its tiles."""
    pictures = dicom_pixels.planes(member, wanted)
    while True:
        with silenced():  # frame by frame: others take turns in between
            picture = next(pictures, None)
        if picture is None:
            return
        yield picture


def _role(header: Header) -> Role:
    """By SOP class; where it says nothing, whether there are rows and columns."""
    data = header.data
    sop_class = data.text(tags.SOP_CLASS_UID) or header.meta.text(tags.MEDIA_STORAGE_SOP_CLASS_UID) or ""
    role = _role_of_class(sop_class)
    if role is Role.INDEX or data.items(tags.DIRECTORY_RECORD_SEQUENCE):
        return Role.INDEX
    if role is not None:
        return role
    if data.integer(tags.ROWS) and data.integer(tags.COLUMNS):
        return Role.IMAGE
    return Role.IMAGE if "Image Storage" in _uid_name(sop_class) else Role.OBJECT


@lru_cache(256)
def _role_of_class(sop_class: str) -> Role | None:
    if sop_class == _DIRECTORY:
        return Role.INDEX
    if sop_class in _SEGMENTATIONS:
        return Role.SEGMENTATION
    if any(sop_class.startswith(known) if known.endswith(".") else sop_class == known for known in _OBJECTS):
        return Role.OBJECT
    return None


def _uid_name(uid: str) -> str:
    from pydicom.uid import UID

    with silenced():
        return str(UID(uid).name)


def _header_problem(header: Header, role: Role) -> dict[str, Any] | None:
    """What is wrong before the pixels, the worst first."""
    if header.is_empty:
        return problem(ProblemKind.TRUNCATED, "It ends before its first DICOM element.")
    if header.ended_early:
        return problem(ProblemKind.TRUNCATED, "Its DICOM header ends within an element: the file was cut.")
    if header.is_broken:
        return problem(ProblemKind.CORRUPT, "Its DICOM header cannot be parsed to the end.")
    if role in (Role.IMAGE, Role.SEGMENTATION) and header.pixel_tag is None:
        return problem(ProblemKind.CORRUPT, "It says that it is an image, but holds no pixel data.")
    return None


def _identity(header: Header, pseudonym: Pseudonym) -> dict[str, Any]:
    """Who, when and which object, as far as it may be kept."""
    data = header.data
    patient_id = data.text(tags.PATIENT_ID) if data.has(tags.PATIENT_ID) else None
    study_uid = data.text(tags.STUDY_INSTANCE_UID)
    sex = (data.text(tags.PATIENT_SEX) or "").upper()
    return {
        "patient_key": pseudonym(patient_id) if patient_id else None,
        "study_key": pseudonym(study_uid) if study_uid else None,
        "patient_sex": sex if sex in ("M", "F", "O") else None,
        "patient_age_years": _age_years(data.text(tags.PATIENT_AGE)),
        "acquisition_year": _year(data),
        "identifying_tags": tuple(tags.IDENTIFYING[tag] for tag in data.present(_IDENTIFYING) if data.has(tag)),
        "sop_class_uid": data.text(tags.SOP_CLASS_UID) or header.meta.text(tags.MEDIA_STORAGE_SOP_CLASS_UID),
        "series_uid": data.text(tags.SERIES_INSTANCE_UID),
        "transfer_syntax_uid": header.transfer_syntax_uid,
        "frame_of_reference_uid": data.text(tags.FRAME_OF_REFERENCE_UID),
    }


def _description(data: Elements) -> dict[str, Any]:
    """What it says it shows, and how it was made."""
    return {
        "modality_tag": data.text(tags.MODALITY),
        "image_type": data.texts(tags.IMAGE_TYPE) or None,
        "body_part_examined": data.text(tags.BODY_PART_EXAMINED),
        "anatomic_region": _anatomic_region(data),
        "laterality": data.text(tags.IMAGE_LATERALITY) or data.text(tags.LATERALITY),
        "view_position": data.text(tags.VIEW_POSITION),
        "study_description": data.text(tags.STUDY_DESCRIPTION),
        "series_description": data.text(tags.SERIES_DESCRIPTION),
        "protocol_name": data.text(tags.PROTOCOL_NAME),
        "requested_procedure_description": data.text(tags.REQUESTED_PROCEDURE_DESCRIPTION),
        "manufacturer": data.text(tags.MANUFACTURER),
        "manufacturer_model": data.text(tags.MANUFACTURER_MODEL_NAME),
        "magnetic_field_strength_t": data.number(tags.MAGNETIC_FIELD_STRENGTH),
        "kvp": data.number(tags.KVP),
        "convolution_kernel": data.text(tags.CONVOLUTION_KERNEL),
        "burned_in_annotation": data.text(tags.BURNED_IN_ANNOTATION),
        "lossy_image_compression": data.text(tags.LOSSY_IMAGE_COMPRESSION),
    }


def _acquisition(data: Elements) -> dict[str, Any]:
    """How an MR was weighted and which agent was given. Sources: PS3.3 C.8.3.1, C.8.13.4, C.7.6.4, C.7.6.4b."""
    timing = data.first(tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first(tags.MR_TIMING_AND_RELATED_PARAMETERS_SEQUENCE)
    agent = data.first(tags.CONTRAST_BOLUS_AGENT_SEQUENCE)
    return {
        "scanning_sequence": data.texts(tags.SCANNING_SEQUENCE) or data.texts(tags.ECHO_PULSE_SEQUENCE) or None,
        "sequence_variant": data.texts(tags.SEQUENCE_VARIANT) or None,
        "sequence_name": data.text(tags.SEQUENCE_NAME) or data.text(tags.PULSE_SEQUENCE_NAME),
        "acquisition_contrast": data.text(tags.ACQUISITION_CONTRAST),
        "repetition_time_ms": data.number(tags.REPETITION_TIME) or timing.number(tags.REPETITION_TIME),
        "inversion_time_ms": data.number(tags.INVERSION_TIME),
        "flip_angle_deg": data.number(tags.FLIP_ANGLE) or timing.number(tags.FLIP_ANGLE),
        "contrast_agent": data.text(tags.CONTRAST_BOLUS_AGENT) or agent.text(tags.CODE_MEANING),
    }


def _anatomic_region(data: Elements) -> str | None:
    """`scheme:code meaning` of the coded region, its own or that of the shared frames."""
    frames = data.first(tags.SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first(tags.FRAME_ANATOMY_SEQUENCE)
    for holder in (data, frames):
        region = holder.first(tags.ANATOMIC_REGION_SEQUENCE)
        code = region.text(tags.CODE_VALUE) or region.text(tags.LONG_CODE_VALUE)
        if code:
            scheme = region.text(tags.CODING_SCHEME_DESIGNATOR) or ""
            return f"{scheme}:{code} {region.text(tags.CODE_MEANING) or ''}".strip()
    return None


def _age_years(text: str | None) -> float | None:
    """Years of an age string "045Y", "018M", "006W", "003D" (PS3.5 table 6.2-1); 90 and over is 90, as HIPAA asks."""
    days_of = {"Y": 365.25, "M": 365.25 / 12, "W": 7.0, "D": 1.0}
    text = (text or "").upper()
    if not text[:-1].isascii() or not text[:-1].isdigit() or text[-1:] not in days_of:
        return None
    number = int(text[:-1])
    years = float(number) if text.endswith("Y") else round(number * days_of[text[-1]] / 365.25, 2)
    return min(years, 90.0) if number < 1000 else None


def _year(data: Elements) -> int | None:
    """The year that it was made in; the first date that can be one (no X-rays before 1895)."""
    for tag in (tags.ACQUISITION_DATE, tags.SERIES_DATE, tags.STUDY_DATE):
        text = (data.text(tag) or "").replace(".", "").replace("-", "")
        if len(text) >= 8 and text[:8].isascii() and text[:8].isdigit() and 1895 <= int(text[:4]) <= 2100:
            return int(text[:4])
    return None
