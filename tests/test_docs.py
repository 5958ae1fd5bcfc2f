"""The examples in the docs run, and what the README says is there is there."""

import re
import sys
import types
from pathlib import Path

import pytest

import biodatamine_core
from biodatamine_core import checks, database, readers, sources, tables
from biodatamine_core.records import Dimensions, Mode, Pseudonym, Role, SeriesRecord
from tests.builders import member_of

ROOT = Path(__file__).parents[1]


def example(page: str) -> types.ModuleType:
    """The one Python block of a page, as a module."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    module = types.ModuleType(f"example_of_{Path(page).stem.replace('-', '_')}")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    exec(compile(code, page, "exec"), module.__dict__)
    return module


def test_the_example_check_finds_what_it_says(tmp_path: Path) -> None:
    check = example("docs/add-a-check.md")
    series = [
        SeriesRecord(name, f"{name}.png", "PNG", Role.IMAGE, 1, 9, name, dimensions=Dimensions.IMAGE_2D, shape=shape)
        for name, shape in {"small": (8, 8), "large": (512, 512), "without": None}.items()
    ]
    with tables.Writer("series", tmp_path / "series.parquet") as writer:
        writer.append(series)
    with database.connect() as connection:
        database.create_view(connection, "series", [tmp_path / "series.parquet"])
        (found,) = check.run(connection)
        finding = found.finding
        assert connection.sql(found.affected).fetchall() == [("small", None)]
    assert (finding.count, finding.looked_at, finding.not_judged, finding.examples) == (1, 2, 1, ("small.png",))
    assert check.CODE not in {other.CODE for other in checks.CHECKS}


def test_the_example_source_reads_its_address_and_no_other() -> None:
    source = example("docs/add-a-source.md").MiniSource
    found = source.parse("MINI:42")
    assert (found.url, found.title) == ("mini:42", "Mini archive 42")
    assert [artifact.name for artifact in found.artifacts(None)] == ["42.zip"]
    assert source.parse("https://example.org/42.zip") is None
    assert source.kind not in {other.kind for other in sources.SOURCES}


def test_the_example_reader_states_facts_and_draws() -> None:
    reader = example("docs/add-a-reader.md")
    whole, cut = b"P5 4 3 255\n" + bytes(range(12)), b"P5 4 3 255\n" + bytes(5)
    assert reader.sniff(whole, "x") and not reader.sniff(b"P6 4 3 255\n", "x.pgm")
    record = reader.inspect(member_of(whole, "x"), whole, Pseudonym(b"k"), Mode.FULL)
    assert (record.shape, record.readable) == ((4, 3), True)
    assert reader.inspect(member_of(cut, "x"), cut, Pseudonym(b"k"), Mode.FULL).problem_kind == "truncated"
    assert reader.middle_picture(member_of(whole, "x")).pixels.shape == (3, 4)
    assert reader.name not in {other.name for other in readers.READERS}


def test_the_five_lines_in_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("BIODATAMINE_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("BIODATAMINE_STATE", str(tmp_path / "state"))
    module = example("README.md")
    assert module.dataset.summary.series == len(module.dataset.series) > 0


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*.md")))
def test_every_link_and_picture_of_a_page_is_there(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (ROOT / page).parent.joinpath(link).exists()]


def test_the_readmes_map_names_folders_that_exist() -> None:
    map_of = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    paths = {path.split("{")[0].rstrip("/") for path in re.findall(r"`([\w./{},-]+/?)`", map_of) if "/" in path}
    assert not [path for path in paths if not (ROOT / path).exists() and path != "data/store"]


def test_the_public_names_are_there() -> None:
    assert [name for name in biodatamine_core.__all__ if not hasattr(biodatamine_core, name)] == []
