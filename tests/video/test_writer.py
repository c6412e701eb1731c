"""Annotated video: plays in browsers, with the sound of its source."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from posecount.video.reader import Video
from posecount.video.writer import video_frame, write_video


def write_with_sound(path: Path, codec: str, seconds: float = 3.0, begin: float = 0.0) -> None:
    """Grey pictures with a tone; both begin at `begin` by the file's clock."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound: Any = container.add_stream(codec, rate=48_000, layout="mono")
        resampler = av.AudioResampler(
            format=sound.codec_context.format.name, layout="mono", rate=48_000, frame_size=sound.frame_size or 1024
        )
        for index in range(round(seconds * 30)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 99, np.uint8), format="rgb24")
            frame.pts, frame.time_base = index + round(begin * 30), Fraction(1, 30)
            container.mux(video.encode(frame))
            tone = np.sin(np.arange(1600) / 48_000 * 440 * 6.28) * 9000
            samples = av.AudioFrame.from_ndarray(tone.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
            samples.sample_rate, samples.time_base = 48_000, Fraction(1, 48_000)
            samples.pts = index * 1600 + round(begin * 48_000)
            for piece in resampler.resample(samples):
                container.mux(sound.encode(piece))
        container.mux(sound.encode(None))
        container.mux(video.encode(None))


@pytest.mark.parametrize(
    ("name", "codec", "begin"),
    [("a.mp4", "aac", 0.0), ("a.mkv", "libopus", 0.0), ("a.mkv", "pcm_s16le", 0.0), ("late.mkv", "aac", 5.0)],
)
def test_the_sound_is_taken_over_in_time_as_aac(tmp_path: Path, name: str, codec: str, begin: float) -> None:
    write_with_sound(tmp_path / name, codec, begin=begin)
    with Video(tmp_path / name) as video:
        write_video(tmp_path / "out.mp4", ((frame.image, frame.timestamp) for frame in video.frames()), video)
    with av.open(str(tmp_path / "out.mp4")) as container:
        (picture,), (sound,) = container.streams.video, container.streams.audio
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert picture.codec_context.pix_fmt == "yuv420p"
        frames = list(container.decode(sound))
    loud = np.concatenate([np.abs(frame.to_ndarray()).max(axis=0) for frame in frames])
    assert frames[0].time == pytest.approx(0, abs=0.1)
    assert len(loud) / 48_000 == pytest.approx(3, abs=0.2)
    assert (loud > 0.05).mean() > 0.5


def test_a_silent_video_stays_silent_and_odd_sizes_become_even(tmp_path: Path) -> None:
    frames = [(np.zeros((49, 65, 3), np.uint8), index / 30) for index in range(30)]
    write_video(tmp_path / "silent.mp4", frames)
    with Video(tmp_path / "silent.mp4") as video:
        write_video(tmp_path / "out.mp4", ((frame.image, frame.timestamp) for frame in video.frames()), video)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio
        assert (container.streams.video[0].width, container.streams.video[0].height) == (64, 48)


def test_the_index_is_in_front_so_that_playing_begins_at_once(tmp_path: Path) -> None:
    write_video(tmp_path / "out.mp4", ((np.zeros((48, 64, 3), np.uint8), index / 30) for index in range(30)))
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("size", [(640, 480), (640, 482), (322, 242), (2, 2), (321, 240), (320, 241), (1, 1)])
def test_a_frame_to_encode_has_the_size_and_the_colours_of_its_picture(size: tuple[int, int]) -> None:
    image = np.full((size[1], size[0], 3), (200, 90, 40), np.uint8)
    shown = video_frame(image).to_ndarray(format="rgb24")
    assert shown.shape == image.shape
    assert np.abs(shown.astype(int) - image).max() <= 3


def test_sound_that_changes_in_the_middle_is_converted(tmp_path: Path) -> None:
    for layout in ("5.1", "stereo"):
        with av.open(str(tmp_path / f"{layout}.ts"), "w") as container:
            video: Any = container.add_stream("libx264", rate=30)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            sound: Any = container.add_stream("ac3", rate=48_000, layout=layout)
            for _ in range(30):
                container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))))
            channels = 6 if layout == "5.1" else 2
            for index in range(30):
                frame = av.AudioFrame.from_ndarray(np.zeros((channels, 1536), np.float32), "fltp", layout)
                frame.rate, frame.pts = 48_000, index * 1536
                container.mux(sound.encode(frame))
            container.mux(video.encode(None))
            container.mux(sound.encode(None))
    joined = tmp_path / "joined.ts"
    joined.write_bytes((tmp_path / "5.1.ts").read_bytes() + (tmp_path / "stereo.ts").read_bytes())
    copy_with_sound(joined, tmp_path / "out.mp4")


def copy_with_sound(source: Path, output: Path) -> None:
    """Write a video again; its picture is complete, and its sound can be decoded."""
    with Video(source) as video:
        written = [(frame.picture, frame.timestamp) for frame in video.frames()]
    with Video(source) as video:
        write_video(output, ((frame.picture, frame.timestamp) for frame in video.frames()), video)
    with av.open(str(output)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(written)
    with av.open(str(output)) as container:
        assert sum(1 for _ in container.decode(audio=0)) > 40


@pytest.mark.parametrize("name", ["sound_changes.ts", "broken_sound.ts"])
def test_bad_sound_never_costs_the_picture(tmp_path: Path, shared: Path, name: str) -> None:
    copy_with_sound(shared / "hostile" / name, tmp_path / "out.mp4")
