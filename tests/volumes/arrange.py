"""Files in a folder, their series, and what is seen of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from biodatamine_core import archives, readers, workspaces
from biodatamine_core.readers.label_names import label_names
from biodatamine_core.records import FileRecord, Member, Mode, Pseudonym
from biodatamine_core.series import shapes_of
from biodatamine_core.series.evidence import series_of
from biodatamine_core.settings import Limits, Settings
from biodatamine_core.storage import LocalFolder
from biodatamine_core.volumes import Volume, volume
from biodatamine_core.volumes.build import Sampling, build
from biodatamine_core.volumes.members import members_of
from biodatamine_core.volumes.plan import plan_of
from biodatamine_core.volumes.size import strides_of
from biodatamine_core.workspaces import Dataset


def scanned(source: Path, mode: Mode = Mode.FULL) -> Dataset:
    """The dataset of a folder or an archive; its store and state lie beside it."""
    settings = Settings(storage_url=str(source.parent / "store"), state_dir=source.parent / "state")
    return workspaces.open_workspace(settings).scan(str(source), mode=mode)


def folder_of(files: Mapping[str, bytes], place: Path) -> Path:
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place


def only_series(dataset: Dataset) -> str:
    (series_id,) = dataset.series["series_id"]
    return str(series_id)


def looked_at(files: Mapping[str, bytes], tmp_path: Path) -> Volume:
    """The volume of the only series of these files, without the tables between."""
    folder = LocalFolder(folder_of(files, tmp_path / "data"))
    records = [inspected(member) for member in archives.walk(folder, Limits())]
    (shape,) = shapes_of(records)
    return volume(series_of(shape), shape.files, [folder], Limits())


def mask_looked_at(data: bytes, tmp_path: Path) -> tuple[Volume, dict[int, str]]:
    """A DICOM segmentation as it is laid over an image, and the names of its segments."""
    folder = LocalFolder(folder_of({"mask.dcm": data}, tmp_path / "data"))
    (member,) = archives.walk(folder, Limits())
    (shape,) = shapes_of([inspected(member)])
    series = series_of(shape)
    plan = plan_of(series, shape.files, as_mask=True)
    sampling = Sampling(strides_of(plan, 1), is_mask=True)
    return build(series, plan, sampling, members_of([folder], shape.files, Limits())), label_names(member)


def inspected(member: Member) -> FileRecord:
    record = readers.inspect(archives.unpacked(member), Pseudonym(b"key"), Mode.FULL)
    return replace(record, file_id=member.path, size_bytes=member.size_bytes or 0)
