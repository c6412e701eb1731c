"""Video: real files, made here, whole and broken."""

import itertools
import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from posecount.video import Video, VideoError, write_video


def picture(width: int = 64, height: int = 48, brightness: int = 60) -> np.ndarray:
    """Grey, with a red top left quarter."""
    image = np.full((height, width, 3), brightness, dtype=np.uint8)
    image[: height // 2, : width // 2] = (220, 20, 20)
    return image


def write_stream(path: Path, sizes: list[tuple[int, int]], frames: int = 60) -> None:
    """MPEG transport stream: each size in turn, which a player must follow, and which may end anywhere."""
    with path.open("wb") as whole:
        for number, size in enumerate(sizes):
            part = path.with_suffix(f".{number}.ts")
            with av.open(str(part), "w", format="mpegts") as container:
                stream = container.add_stream("libx264", rate=30, options={"g": "10"})
                stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
                for index in range(frames):
                    noise = np.random.default_rng(index).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
                container.mux(stream.encode(None))
            whole.write(part.read_bytes())


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, ((picture(), index / 25) for index in range(50)))
    with Video(path) as video:
        frames = list(video)
        assert video.broke_off is None
        assert video.frame_count == 50
    assert [timestamp for _, timestamp in frames] == pytest.approx([index / 25 for index in range(50)], abs=1e-3)
    image = frames[10][0]
    assert image.shape == (48, 64, 3) and image.dtype == np.uint8
    np.testing.assert_allclose(image[5, 5], (220, 20, 20), atol=12)  # RGB, not BGR


def test_nothing_is_left_behind_when_encoding_fails(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="no frames"):
        write_video(tmp_path / "clip.mp4", iter(()))
    assert list(tmp_path.iterdir()) == []


def test_portrait_video_of_a_phone_stands_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    write_video(path, ((picture(), index / 30) for index in range(10)))
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    # "turn by a quarter clockwise", as phones write it
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    with Video(path) as video:
        image, _ = next(iter(video))
    assert image.shape == (64, 48, 3)
    np.testing.assert_allclose(image[5, 40], (220, 20, 20), atol=12)  # the top left quarter is now the top right


def test_frame_size_may_change(tmp_path: Path) -> None:
    path = tmp_path / "changes.ts"
    write_stream(path, [(64, 48), (96, 64)])
    with Video(path) as video:
        frames = list(video)
    assert {image.shape for image, _ in frames} == {(48, 64, 3), (64, 96, 3)}
    assert all(later > earlier for (_, earlier), (_, later) in itertools.pairwise(frames))


def test_truncated_video_yields_what_it_has_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(90):
            noise = np.random.default_rng(index).integers(0, 255, (48, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(stream.encode(None))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with Video(path) as video:
        frames = list(video)
        assert 10 < len(frames) < 80
        assert video.broke_off


def test_mp4_without_its_index_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, ((picture(), index / 30) for index in range(60)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VideoError, match=r"clip\.mp4.*Remedy"):
        Video(path)


def test_sound_without_picture_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(b"\0\0" * 8000)
    with pytest.raises(VideoError, match="no video stream"):
        Video(path)


def test_video_without_frames_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    with pytest.raises(VideoError, match=r"empty\.mp4"), Video(path) as video:
        list(video)


@pytest.mark.parametrize("content", [None, b"", b"not a video"])
def test_what_is_no_video_is_an_error_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=r"clip\.mp4.*Remedy"):
        Video(path)


def test_a_list_of_other_files_is_no_video(tmp_path: Path) -> None:
    write_video(tmp_path / "private.mp4", ((picture(), index / 25) for index in range(5)))
    upload = tmp_path / "upload.mp4"
    upload.write_text("ffconcat version 1.0\nfile private.mp4\n")
    with av.open(str(upload)) as container:
        assert container.format.name == "concat"  # FFmpeg would follow it
    with pytest.raises(VideoError, match="cannot be opened as a video"):
        Video(upload)


def test_frames_of_too_many_pixels_are_refused_before_one_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, ((picture(), index / 25) for index in range(5)))
    monkeypatch.setattr("posecount.video.MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(VideoError, match="64 × 48 pixels"):
        Video(path)
