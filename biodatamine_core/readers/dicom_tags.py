"""The DICOM elements that are read, and no other: the allow-list.

Names are the standard's keywords (PS3.6). Identifying elements are looked at only for whether they are filled in.
"""

TRANSFER_SYNTAX_UID = 0x00020010
MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
DIRECTORY_RECORD_SEQUENCE = 0x00041220

SPECIFIC_CHARACTER_SET = 0x00080005
IMAGE_TYPE = 0x00080008
SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
STUDY_DATE = 0x00080020
SERIES_DATE = 0x00080021
ACQUISITION_DATE = 0x00080022
ACQUISITION_TIME = 0x00080032
MODALITY = 0x00080060
MANUFACTURER = 0x00080070
CODE_VALUE = 0x00080100
CODING_SCHEME_DESIGNATOR = 0x00080102
CODE_MEANING = 0x00080104
LONG_CODE_VALUE = 0x00080119
STUDY_DESCRIPTION = 0x00081030
SERIES_DESCRIPTION = 0x0008103E
MANUFACTURER_MODEL_NAME = 0x00081090
ANATOMIC_REGION_SEQUENCE = 0x00082218
PATIENT_ID = 0x00100020
PATIENT_SEX = 0x00100040
PATIENT_AGE = 0x00101010
BODY_PART_EXAMINED = 0x00180015
SLICE_THICKNESS = 0x00180050
KVP = 0x00180060
ECHO_TIME = 0x00180081
MAGNETIC_FIELD_STRENGTH = 0x00180087
PROTOCOL_NAME = 0x00181030
TRIGGER_TIME = 0x00181060
FRAME_TIME = 0x00181063
IMAGER_PIXEL_SPACING = 0x00181164
NOMINAL_SCANNED_PIXEL_SPACING = 0x00182010
VIEW_POSITION = 0x00185101
DIFFUSION_B_VALUE = 0x00189087
STUDY_INSTANCE_UID = 0x0020000D
SERIES_INSTANCE_UID = 0x0020000E
ACQUISITION_NUMBER = 0x00200012
INSTANCE_NUMBER = 0x00200013
IMAGE_POSITION_PATIENT = 0x00200032
IMAGE_ORIENTATION_PATIENT = 0x00200037
LATERALITY = 0x00200060
IMAGE_LATERALITY = 0x00200062
TEMPORAL_POSITION_IDENTIFIER = 0x00200100
FRAME_ANATOMY_SEQUENCE = 0x00209071
PLANE_POSITION_SEQUENCE = 0x00209113
PLANE_ORIENTATION_SEQUENCE = 0x00209116
SAMPLES_PER_PIXEL = 0x00280002
PHOTOMETRIC_INTERPRETATION = 0x00280004
NUMBER_OF_FRAMES = 0x00280008
ROWS = 0x00280010
COLUMNS = 0x00280011
PIXEL_SPACING = 0x00280030
BITS_ALLOCATED = 0x00280100
BITS_STORED = 0x00280101
PIXEL_REPRESENTATION = 0x00280103
BURNED_IN_ANNOTATION = 0x00280301
RESCALE_INTERCEPT = 0x00281052
RESCALE_SLOPE = 0x00281053
LOSSY_IMAGE_COMPRESSION = 0x00282110
PIXEL_MEASURES_SEQUENCE = 0x00289110
PIXEL_VALUE_TRANSFORMATION_SEQUENCE = 0x00289145
REQUESTED_PROCEDURE_DESCRIPTION = 0x00321060
GRID_FRAME_OFFSET_VECTOR = 0x3004000C
SHARED_FUNCTIONAL_GROUPS_SEQUENCE = 0x52009229
PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE = 0x52009230
FLOAT_PIXEL_DATA = 0x7FE00008
DOUBLE_FLOAT_PIXEL_DATA = 0x7FE00009
PIXEL_DATA = 0x7FE00010

SIEMENS_CREATOR = 0x00190010
"""Holds "SIEMENS MR HEADER" where the two elements below are Siemens' own."""
SIEMENS_IMAGES_IN_MOSAIC = 0x0019100A
SIEMENS_B_VALUE = 0x0019100C

IDENTIFYING = {
    0x00080050: "AccessionNumber",
    0x00080080: "InstitutionName",
    0x00080081: "InstitutionAddress",
    0x00080090: "ReferringPhysicianName",
    0x00080092: "ReferringPhysicianAddress",
    0x00080094: "ReferringPhysicianTelephoneNumbers",
    0x0008009C: "ConsultingPhysicianName",
    0x00081010: "StationName",
    0x00081040: "InstitutionalDepartmentName",
    0x00081048: "PhysiciansOfRecord",
    0x00081050: "PerformingPhysicianName",
    0x00081060: "NameOfPhysiciansReadingStudy",
    0x00081070: "OperatorsName",
    0x00100010: "PatientName",
    0x00100020: "PatientID",
    0x00100021: "IssuerOfPatientID",
    0x00100030: "PatientBirthDate",
    0x00100032: "PatientBirthTime",
    0x00101000: "OtherPatientIDs",
    0x00101001: "OtherPatientNames",
    0x00101002: "OtherPatientIDsSequence",
    0x00101005: "PatientBirthName",
    0x00101040: "PatientAddress",
    0x00101060: "PatientMotherBirthName",
    0x00101080: "MilitaryRank",
    0x00101090: "MedicalRecordLocator",
    0x00102154: "PatientTelephoneNumbers",
    0x00102155: "PatientTelecomInformation",
    0x001021F0: "PatientReligiousPreference",
    0x00102297: "ResponsiblePerson",
    0x00102299: "ResponsibleOrganization",
    0x00104000: "PatientComments",
    0x00181000: "DeviceSerialNumber",
    0x00321032: "RequestingPhysician",
    0x00380010: "AdmissionID",
    0x00380300: "CurrentPatientLocation",
    0x00380400: "PatientInstitutionResidence",
    0x00400006: "ScheduledPerformingPhysicianName",
    0x00401010: "NamesOfIntendedRecipientsOfResults",
    0x00402010: "OrderCallbackPhoneNumber",
}
"""Direct identifiers (people, places, numbers) of the Basic Application Level Confidentiality Profile, PS3.15 E.1-1."""

PLACEHOLDERS = frozenset(
    b"anon anonymous anonymized anonymised anonym deidentified de-identified removed redacted withheld hidden"
    b" unknown none null n/a na nn no name no^name anonymous^anonymous x xx xxx xxxx 0 00000000 19000101".split()
) | {b"no name"}
"""Values, lower case, that stand where an identifier was taken out: they identify nobody and count as empty."""

WANTED = frozenset(
    number for name, number in list(globals().items()) if name.isupper() and isinstance(number, int)
) | frozenset(IDENTIFYING)
