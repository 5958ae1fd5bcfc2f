"""The modality that the header of a volume states in the words of its format."""

_CODES = {
    "CT": "CT",
    "MR": "MR", "MRI": "MR", "MRA": "MR", "DWMRI": "MR", "MRSERIES": "MR",
    "PET": "PT", "SPECT": "NM", "GAMMA": "NM", "NM": "NM",
    "US": "US", "DSA": "XA", "DR": "DX",
}  # fmt: skip
"""Sources: MINC, minc.h, MI_MODALITY ("MRI__"); MetaIO, metaImageTypes.h ("MET_MOD_MR"); NRRD, key "modality" of the
diffusion MRI convention of NA-MIC; Philips PAR, "Series Type"."""


def stated_modality(stated: object) -> str | None:
    """The DICOM code of what a header states, as text or bytes; None where it is no modality's word."""
    text = stated.decode("latin-1") if isinstance(stated, bytes) else str(stated)
    return _CODES.get(text.strip().upper().removeprefix("MET_MOD_").rstrip("_"))
