"""Video: real files, made here, whole and broken."""

import itertools
import struct
import subprocess
import sys
import textwrap
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pillow

import posecount.video.reader as reader
from posecount.errors import VideoError
from posecount.video.reader import Video
from posecount.video.writer import write_video


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
        frames = list(video.frames())
        assert video.broke_off is None
        assert video.frame_count == 50
    assert [frame.timestamp for frame in frames] == pytest.approx([index / 25 for index in range(50)], abs=1e-3)
    image = frames[10].image
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
        image = next(video.frames()).image
    assert image.shape == (64, 48, 3)
    np.testing.assert_allclose(image[5, 40], (220, 20, 20), atol=12)  # the top left quarter is now the top right


def test_frame_size_may_change(tmp_path: Path) -> None:
    path = tmp_path / "changes.ts"
    write_stream(path, [(64, 48), (96, 64)])
    with Video(path) as video:
        frames = list(video.frames())
    assert {frame.image.shape for frame in frames} == {(48, 64, 3), (64, 96, 3)}
    assert all(later.timestamp > earlier.timestamp for earlier, later in itertools.pairwise(frames))


def times_of(path: Path) -> list[float]:
    with Video(path) as video:
        return [frame.timestamp for frame in video.frames()]


def test_variable_frame_rate_keeps_the_times_of_the_file(tmp_path: Path) -> None:
    stamps = [0, 33, 66, 500, 520, 900, 1900, 1933]
    write_video(tmp_path / "vfr.mp4", ((picture(), stamp / 1000) for stamp in stamps))
    assert times_of(tmp_path / "vfr.mp4") == pytest.approx([stamp / 1000 for stamp in stamps], abs=1e-4)


def test_joined_files_go_on_where_the_first_ended(tmp_path: Path) -> None:
    path = tmp_path / "joined.ts"
    write_stream(path, [(64, 48), (64, 48)], frames=60)
    times = times_of(path)
    assert len(times) >= 115
    assert times[-1] == pytest.approx(len(times) / 30, abs=0.3)
    with Video(path) as video:
        assert video.key_times() == ([], 0.0)  # such a file is not cut


def test_240_frames_a_second_keep_their_times(tmp_path: Path) -> None:
    write_video(tmp_path / "fast.mp4", ((picture(), index / 240) for index in range(480)))
    times = times_of(tmp_path / "fast.mp4")
    assert len(times) == 480 and times[-1] == pytest.approx(479 / 240, abs=1e-3)


def test_8k_is_scaled_down_while_decoding_and_keeps_its_size_in_words(tmp_path: Path) -> None:
    path = tmp_path / "8k.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = 7680, 4320, "yuvj420p"
        frame = av.VideoFrame.from_ndarray(picture(7680, 4320), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with Video(path) as video:
        (read,) = video.frames(drawn=True)
    assert read.size == (7680, 4320)
    assert read.image.shape == (720, 1280, 3) and read.picture.shape == (1080, 1920, 3)


def test_a_header_that_claims_a_huge_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.gif"
    path.write_bytes(b"GIF89a" + struct.pack("<HHBBB", 65_000, 65_000, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;")
    with pytest.raises(VideoError, match=r"huge\.gif.*Try:"), Video(path) as video:
        list(video.frames())


def test_frames_of_few_pixels_and_many_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=30)
        stream.width, stream.height, stream.pix_fmt = 3000, 2600, "rgba64be"
        container.mux(stream.encode(av.VideoFrame(3000, 2600, "rgba64be")))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match=r"deep\.mov has frames of 3000 × 2600 pixels of 64 bits.*Try:"):
        Video(path)


def test_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    pictures = [Pillow.fromarray(picture(brightness=40 + 10 * index)) for index in range(10)]
    pictures[0].save(tmp_path / "moves.gif", save_all=True, append_images=pictures[1:], duration=100)
    assert times_of(tmp_path / "moves.gif") == pytest.approx([index / 10 for index in range(10)], abs=0.02)


@pytest.mark.parametrize(
    "text",
    [
        "This is a letter, and no video.\n" * 400,
        "#EXTM3U\n#EXTINF:10,\nclip.ts\n",
        "ffconcat version 1.0\nfile clip.ts\n",
    ],
    ids=["text", "playlist", "list of files"],
)
def test_text_that_is_called_mp4_is_an_error_in_words_and_opens_no_other_file(tmp_path: Path, text: str) -> None:
    write_stream(tmp_path / "clip.ts", [(64, 48)])
    (tmp_path / "text.mp4").write_text(text)
    with pytest.raises(VideoError, match=r"text\.mp4.*Try:"):
        Video(tmp_path / "text.mp4")


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
        frames = list(video.frames())
        assert 10 < len(frames) < 80
        assert video.broke_off


def test_mp4_without_its_index_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, ((picture(), index / 30) for index in range(60)))
    path.write_bytes(path.read_bytes().replace(b"moov", b"none"))
    with pytest.raises(VideoError, match=r"clip\.mp4.*Try:"):
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
        list(video.frames())


@pytest.mark.parametrize("content", [None, b"", b"not a video"])
def test_what_is_no_video_is_an_error_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=r"clip\.mp4.*Try:"):
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
    monkeypatch.setattr("posecount.video.reader.MAX_FRAME_PIXELS", 64 * 48 - 1)
    with pytest.raises(VideoError, match="64 × 48 pixels"):
        Video(path)


def test_drawing_on_a_picture_does_not_spoil_the_frames_after_it(tmp_path: Path) -> None:
    path = tmp_path / "animation.mov"
    with av.open(str(path), "w") as container:  # RGB from the file on, and each frame only says what has changed
        stream = container.add_stream("qtrle", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        for index in range(6):
            image = np.full((48, 64, 3), 90, np.uint8)
            image[:8, 8 * index : 8 * index + 8] = 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    with Video(path) as video:
        untouched = [frame.picture.copy() for frame in video.frames(drawn=True)]
    drawn_on = []
    with Video(path) as video:
        for frame in video.frames(drawn=True):
            drawn_on.append(frame.picture.copy())
            frame.picture[...] = 0
    np.testing.assert_array_equal(drawn_on, untouched)


@pytest.mark.parametrize("name", ["10:30.mp4", "http:clip.mp4", "100%d.mp4"])
def test_a_name_is_never_taken_for_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(name, ((picture(), index / 30) for index in range(9)))
    with Video(name) as video:
        write_video("copy.mp4", ((frame.picture, frame.timestamp) for frame in video.frames()), video)
    for path in (name, "copy.mp4"):
        with Video(path) as video:
            assert len(list(video.frames())) == 9


def test_an_empty_file_and_a_picture_are_called_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.touch()
    with pytest.raises(VideoError, match=r"clip\.mp4 is empty\. Try:"):
        Video(path)
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF"):
        Pillow.fromarray(picture()).save(path, format=kind)
        with pytest.raises(VideoError, match=r"clip\.mp4 is a picture.*Try:"):
            Video(path)


def test_frames_that_grow_past_the_limit_in_the_middle_are_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_stream(tmp_path / "grows.ts", [(64, 48), (320, 240)], frames=30)
    monkeypatch.setattr(reader, "MAX_GROWN_PIXELS", 64 * 48 * 4)
    with Video(tmp_path / "grows.ts") as video:
        sizes = {frame.size for frame in video.frames()}
    assert sizes == {(64, 48)} and video.broke_off


def encoded(width: int, height: int) -> bytes:
    """Grey frames of H.264, without a container, of which a decoder keeps eight."""
    codec = av.codec.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "yuv420p", Fraction(1, 30)
    codec.options = {"preset": "ultrafast", "refs": "8", "bf": "3"}
    grey = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 99, np.uint8), "yuv420p")
    packets = [packet for frame in [grey] * 14 + [None] for packet in codec.encode(frame)]
    return b"".join(map(bytes, packets))


def test_frames_that_grow_in_the_middle_take_no_more_than_250_mb(tmp_path: Path) -> None:
    small, large = encoded(320, 240), encoded(7680, 4320)  # less than 36 million pixels, which a header may claim
    (tmp_path / "small.h264").write_bytes(small)
    (tmp_path / "grows.h264").write_bytes(small + large)
    code = """
        import sys
        from posecount.video.reader import Video
        from tests.memory import peak
        for path in sys.argv[1:]:
            before = peak()
            with Video(path) as video:
                frames = sum(1 for _ in video.frames(drawn=True))
        print(peak() - before, frames, video.broke_off)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "small.h264"), str(tmp_path / "grows.h264")],
        capture_output=True,
        text=True,
        check=True,
    )
    megabytes, frames, broke_off = done.stdout.split(maxsplit=2)
    assert float(megabytes) < 250 and int(frames) > 0 and "could not be decoded" in broke_off
