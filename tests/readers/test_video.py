"""The AVI and MP4 readers against FFmpeg."""

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from biodatamine_core import readers
from biodatamine_core.records import FileRecord, Mode, ProblemKind, Pseudonym, Role
from tests.builders import member_of

PSEUDONYM = Pseudonym(b"test")


def inspect(data: bytes, mode: Mode = Mode.FULL, path: str = "a.bin") -> FileRecord:
    return readers.inspect(member_of(data, path), PSEUDONYM, mode)


def video(
    format: str,
    frames: int = 12,
    rate: int = 25,
    size: tuple[int, int] = (64, 48),
    target: Path | None = None,
    **options: Any,
) -> bytes:
    """A recording of noise; FFmpeg moves an index to the front only in a file, which `target` then is."""
    stream = io.BytesIO()
    with av.open(str(target) if target else stream, "w", format=format, options=options) as container:
        track = container.add_stream("mjpeg" if format == "avi" else "mpeg4", rate=rate)
        track.width, track.height, track.pix_fmt = *size, "yuvj420p" if format == "avi" else "yuv420p"
        for number in range(frames):
            pixels = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3), np.uint8)
            container.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(track.encode())
    return stream.getvalue()


@pytest.mark.parametrize(("container", "format"), [("mp4", "MP4"), ("mov", "MOV"), ("avi", "AVI")])
@pytest.mark.parametrize(("frames", "rate", "size"), [(12, 25, (64, 48)), (31, 10, (320, 240))])
def test_size_frames_and_their_time_are_those_that_ffmpeg_reads(
    container: str, format: str, frames: int, rate: int, size: tuple[int, int]
) -> None:
    data = video(container, frames, rate, size)
    with av.open(io.BytesIO(data)) as opened:
        track = opened.streams.video[0]
        assert (track.width, track.height, track.frames) == (*size, frames)
    for mode in Mode:
        record = inspect(data, mode)
        assert (record.format, record.role, record.readable) == (format, Role.IMAGE, True)
        assert (record.shape, record.frames) == ((*size, 1, frames), frames)
        assert record.frame_time_ms == pytest.approx(1000 / rate)


def test_the_index_may_stand_in_front_of_the_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    video("mp4", target=path, movflags="faststart")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert inspect(data).frames == 12


def test_a_fragmented_recording_does_not_say_how_many_frames_it_has() -> None:
    record = inspect(video("mp4", movflags="frag_keyframe+empty_moov"))
    assert (record.shape, record.frames, record.readable) == ((64, 48), None, True)


@pytest.mark.parametrize("container", ["mp4", "mov", "avi"])
def test_a_cut_recording_is_truncated(container: str) -> None:
    data = video(container)
    assert inspect(data[: len(data) // 2]).problem_kind is ProblemKind.TRUNCATED


def test_sound_alone_is_no_image() -> None:
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        track = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(track.encode(frame))
        container.mux(track.encode())
    assert (inspect(stream.getvalue()).role, inspect(stream.getvalue()).shape) == (Role.OTHER, None)


def test_a_photograph_in_the_same_boxes_is_no_recording() -> None:
    assert inspect(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(2000)).format == "unknown"
