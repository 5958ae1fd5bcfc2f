"""What a mask's own file calls its labels."""

from biodatamine_core.readers import dicom_segments
from biodatamine_core.readers.dicom_elements import read_header
from biodatamine_core.readers.dicom_sniff import is_dicom
from biodatamine_core.readers.interface import HEAD_BYTES
from biodatamine_core.readers.stream import HeaderStream, silenced
from biodatamine_core.records import Member


def label_names(member: Member) -> dict[int, str]:
    """Value -> name; {} for formats without names. Raises UnreadableMember where the file cannot be opened."""
    if not is_dicom(member.read(0, HEAD_BYTES)):
        return {}
    with silenced(), member.open() as source:
        return dicom_segments.names(read_header(HeaderStream(source)).data)
