"""Records become findings: one file per check, one line in CHECKS each."""

from typing import TYPE_CHECKING

from biodatamine_core import memory
from biodatamine_core.checks import (
    affine_forms_disagree,
    blank_image,
    burned_in_annotation,
    class_imbalance,
    constant_image,
    duplicate_file,
    duplicate_name,
    duplicate_pixels,
    duplicate_positions,
    eight_bit_ct,
    empty_file,
    gantry_tilt,
    identifying_paths,
    identifying_tags,
    image_without_mask,
    image_without_patient,
    inverted,
    lossy_compression,
    mask_geometry_mismatch,
    mask_without_image,
    missing_metadata,
    missing_slices,
    missing_spacing,
    mixed_modality,
    mixed_orientation,
    mixed_photometric,
    mixed_spacing,
    patient_in_several_splits,
    placeholder_file,
    refused_member,
    series_contradicts_study,
    sop_class_contradicts_modality,
    table_not_joined,
    tag_contradicts_text,
    truncated_pixels,
    undecodable_pixels,
    uneven_slices,
    unreadable_file,
)
from biodatamine_core.checks.affected import write
from biodatamine_core.checks.interface import Check, Explanation, Found
from biodatamine_core.checks.marking import mark_files, mark_series
from biodatamine_core.errors import NotFound
from biodatamine_core.records import Finding, Severity, Watcher
from biodatamine_core.tables import Writer

if TYPE_CHECKING:
    import duckdb

__all__ = ["CHECKS", "Check", "Explanation", "Found", "explanation", "mark_files", "mark_series", "run"]

CHECKS: tuple[Check, ...] = (
    unreadable_file,
    truncated_pixels,
    undecodable_pixels,
    refused_member,
    empty_file,
    placeholder_file,
    duplicate_file,
    duplicate_pixels,
    duplicate_name,
    patient_in_several_splits,
    image_without_patient,
    image_without_mask,
    mask_geometry_mismatch,
    mask_without_image,
    class_imbalance,
    mixed_modality,
    mixed_orientation,
    mixed_photometric,
    mixed_spacing,
    missing_metadata,
    missing_spacing,
    missing_slices,
    uneven_slices,
    duplicate_positions,
    gantry_tilt,
    affine_forms_disagree,
    constant_image,
    blank_image,
    inverted,
    eight_bit_ct,
    lossy_compression,
    sop_class_contradicts_modality,
    tag_contradicts_text,
    series_contradicts_study,
    burned_in_annotation,
    identifying_paths,
    identifying_tags,
    table_not_joined,
)

_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def run(connection: "duckdb.DuckDBPyConnection", affected: Writer, watcher: Watcher | None = None) -> list[Finding]:
    """All findings of one scan, the worst and then the most frequent first.

    connection: has the views `files`, `series`, `clues` and `thumbnails`. affected: of that table, gets the rows that
    each finding counts. The watcher may stop it between two checks.
    """
    findings: list[Finding] = []
    for check in CHECKS:
        if watcher is not None:
            watcher.check()
        for found in check.run(connection):
            write(connection, found, affected)
            findings.append(found.finding)
        memory.give_back()
    return sorted(findings, key=lambda f: (_WORST_FIRST.index(f.severity), -f.count, f.code, f.subject))


def explanation(code: str) -> Explanation:
    """Why a finding matters to a training, and what to do. Raises NotFound for a code that no check has."""
    for check in CHECKS:
        if code == check.CODE:
            return check.EXPLANATION
    known = ", ".join(check.CODE for check in CHECKS)
    raise NotFound(f'No check is called "{code}"; there are {known}.')
