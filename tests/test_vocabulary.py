"""The tables of words and codes are whole, and looking things up in them does what a person expects."""

from collections import Counter

import pytest

from biodatamine_core import vocabulary
from biodatamine_core.vocabulary import Anatomy
from biodatamine_core.vocabulary.rows import rows
from biodatamine_core.vocabulary.words import parts_of, split_words

# Table -> the columns that tell its rows apart.
TABLES = {
    "modalities": ("code",),
    "sop_classes": ("uid",),
    "zones": ("zone",),
    "body_parts": ("term", "snomed_code"),
    "bids": ("datatype", "suffix"),
    "words": ("phrase", "language", "about", "where"),
    "word_patterns": ("pattern",),
}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_says_where_it_comes_from(table):
    assert [row for row in rows(table) if not row["source"].strip()] == []


@pytest.mark.parametrize(("table", "key"), TABLES.items())
def test_no_row_stands_twice(table, key):
    counted = Counter(tuple(row[column] for column in key) for row in rows(table))
    assert [row for row, count in counted.items() if count > 1] == []


def test_no_code_names_two_body_parts():
    counted = Counter(row["snomed_code"] for row in rows("body_parts") if row["snomed_code"])
    assert [code for code, count in counted.items() if count > 1] == []


@pytest.mark.parametrize(
    ("table", "column"), [("body_parts", "anatomy"), ("bids", "anatomy"), ("modalities", "shows"), ("words", "value")]
)
def test_every_anatomy_is_of_known_zones_in_their_order(table, column):
    values = {row[column] for row in rows(table) if row[column] and row.get("about", "anatomy") == "anatomy"}
    assert [value for value in values if str(vocabulary.anatomy(value)) != value] == []


def test_a_region_lies_in_the_same_zones_everywhere():
    values = {row["anatomy"] for row in rows("body_parts")}
    values |= {row["value"] for row in rows("words") if row["about"] in ("anatomy", "coverage")}
    zones = {(part.region, part.zones) for part in map(vocabulary.anatomy, values) if part.region}
    assert [region for region, count in Counter(region for region, _ in zones).items() if count > 1] == []


def test_every_modality_is_in_a_group_and_every_code_in_the_list():
    assert {row["group"] for row in rows("modalities")} == set(vocabulary.MODALITY_GROUPS) - {"Unknown"}
    codes = {row["modality"] for table in ("sop_classes", "bids") for row in rows(table)}
    codes |= {row["value"] for row in rows("words") if row["about"] == "modality"}
    assert [code for code in codes if code and not vocabulary.is_modality(code)] == []


def test_words_use_only_what_the_reader_knows():
    meanings = {"anatomy", "modality", "object", "coverage", "nothing", "negation", "span"}
    assert {row["about"] for row in rows("words")} == meanings
    assert {row["where"] for row in rows("words")} == {"anywhere", "text", "volume", "beside", "alone"}
    assert {row["language"] for row in rows("words")} == {
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "cs",
        "tr",
        "sv",
        "ru",
    }


def test_a_phrase_means_one_thing():
    meanings = {
        (" ".join(split_words(row["phrase"])), row["about"], row["where"], row["value"]) for row in rows("words")
    }
    counted = Counter(meaning[:3] for meaning in meanings)
    assert [phrase for phrase, count in counted.items() if count > 1] == []


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("CT", "CT"),
        ("MR", "MRI"),
        ("dx", "X-ray"),
        ("MG", "Mammography"),
        ("NM", "PET/NM"),
        ("OPT", "Optical"),
        ("SM", "Microscopy"),
        ("SEG", "Other"),
        ("BANANA", "Other"),
        ("unknown", "Unknown"),
        ("", "Unknown"),
        (None, "Unknown"),
    ],
)
def test_modality_group(code, group):
    assert vocabulary.modality_group(code) == group


def test_names_are_for_people():
    assert vocabulary.zone_name("upper_extremity") == "Upper extremity"
    assert vocabulary.modality_name("MR") == "Magnetic resonance"


def test_body_part_terms_and_both_snomed_codes_name_the_same_region():
    liver = Anatomy(("abdomen",), "liver")
    assert vocabulary.body_part("Liver") == vocabulary.coded_region("10200004") == liver
    assert vocabulary.coded_region("T-62000") == liver
    assert vocabulary.body_part("BANANA") is None


def test_sop_class_knows_images_objects_and_indexes():
    roles = {
        "1.2.840.10008.5.1.4.1.1.2": ("image", "CT"),
        "1.2.840.10008.5.1.4.1.1.66.4": ("segmentation", "SEG"),
        "1.2.840.10008.5.1.4.1.1.88.11": ("object", "SR"),
        "1.2.840.10008.5.1.4.1.1.7": ("image", None),
        "1.2.840.10008.1.3.10": ("index", None),
    }
    kinds = {uid: vocabulary.sop_class(uid) for uid in roles}
    assert {uid: (kind.role, kind.modality) for uid, kind in kinds.items()} == roles
    assert vocabulary.sop_class("1.2.3") is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param(["abdomen:liver", "abdomen"], "abdomen:liver", id="organ within its zone"),
        pytest.param(["abdomen:liver", "chest"], "chest+abdomen", id="organ and another zone"),
        pytest.param(["abdomen:liver", "abdomen:kidney"], "abdomen", id="two organs of one zone"),
        pytest.param(["head", "neck", "chest", "abdomen", "pelvis"], "whole_body", id="more than four"),
        pytest.param(["phantom", "head"], "phantom", id="phantom"),
    ],
)
def test_body_parts_taken_together(parts, expected):
    whole = vocabulary.together(vocabulary.anatomy(part) for part in parts)
    assert (None if whole is None else str(whole)) == expected


def test_every_pattern_finds_its_example():
    found = {
        row["pattern"]: [word.value for word in vocabulary.find_words(row["example"])] for row in rows("word_patterns")
    }
    assert found == {row["pattern"]: [row["value"]] for row in rows("word_patterns")}


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        pytest.param("lumbarspine", ("lumbar", "spine"), id="two terms"),
        pytest.param("biopsylung", ("biopsy", "lung"), id="a procedure and a term"),
        pytest.param("leberarterien", ("leber", "arterien"), id="German"),
        pytest.param("halswirbelsaulenct", ("halswirbelsaule", "ct"), id="a joint between two parts"),
        pytest.param("5mmchest", ("5mm", "chest"), id="behind a number"),
        pytest.param("t1mprsag", ("t1mprsag",), id="behind a number, but no word"),
        pytest.param("headquarters", ("headquarters",), id="a part that no table holds"),
        pytest.param("microscopy", ("microscopy",), id="a word of the tables"),
        pytest.param("handover", ("handover",), id="the beginning alone is no part"),
    ],
)
def test_compounds_are_taken_apart_only_where_every_part_is_known(word, parts):
    assert parts_of(word) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("AbdPel_Thorax-C/A/P", ["abd", "pel", "thorax", "c", "a", "p"], id="separators and camel case"),
        pytest.param("MRIBrain CTs", ["mri", "brain", "cts"], id="capitals"),
        pytest.param("chest2 pe1 170CC", ["chest", "pe1", "170cc"], id="numbers"),
        pytest.param("Głowa SCHÄDEL Kafatası", ["glowa", "schadel", "kafatasi"], id="accents"),
    ],
)
def test_text_is_split_into_plain_words(text, words):
    assert split_words(text) == words


@pytest.mark.parametrize(
    ("region", "name"),
    [
        pytest.param("cspine", "Cervical spine", id="an abbreviation"),
        pytest.param("liver", "Liver", id="a word"),
        pytest.param("upper_extremity", "Upper extremity", id="a zone"),
        pytest.param("chest_abdomen_pelvis", "Chest abdomen pelvis", id="several zones"),
    ],
)
def test_a_region_has_a_name_that_people_read(region, name):
    assert vocabulary.region_name(region) == name
