"""What a device sends: read exactly as it was written, and dropped where it is anything else."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecount.device.messages import LARGEST_MESSAGE, DeviceFrame, FrameError, decode_frame, encode_frame
from posecount.pose import Pose
from tests.live.scripted import UP

SIZE = (640, 480)
FRAME = DeviceFrame(12.5, SIZE, Pose(UP, np.linspace(0, 1, 33, dtype=np.float32), SIZE))


def changed(offset: int, kind: str, value: float) -> bytes:
    data = bytearray(encode_frame(FRAME))
    struct.pack_into(kind, data, offset, value)
    return bytes(data)


def fault(data: bytes) -> str:
    with pytest.raises(FrameError) as caught:
        decode_frame(data)
    return caught.value.fault


def test_a_frame_is_read_as_it_was_written() -> None:
    for picture in (None, b"a picture"):
        read = decode_frame(encode_frame(DeviceFrame(FRAME.timestamp, FRAME.size, FRAME.pose, picture)))
        assert (read.timestamp, read.size, read.picture) == (12.5, SIZE, picture)
        assert read.pose and FRAME.pose
        assert read.pose.landmarks == pytest.approx(FRAME.pose.landmarks, rel=1e-6)
        assert (read.pose.visibility == FRAME.pose.visibility).all()
    assert decode_frame(encode_frame(DeviceFrame(1.0, SIZE, None))).pose is None


def test_fifteen_frames_a_second_fit_into_12_kb_with_the_framing_of_the_socket() -> None:
    assert 15 * (len(encode_frame(FRAME)) + 8) <= 12_000


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "length"),
        (encode_frame(FRAME)[:-1], "length"),
        (encode_frame(FRAME) + b"x", "length"),
        (encode_frame(FRAME) + bytes(LARGEST_MESSAGE), "length"),
        (changed(0, "<B", 2), "version"),
        (changed(1, "<B", 9), "version"),
        (changed(1, "<B", 3), "length"),  # a picture is announced and missing
        (changed(2, "<H", 0), "size"),
        (changed(4, "<H", 60_000), "size"),
        (changed(8, "<d", float("nan")), "time"),
        (changed(8, "<d", float("inf")), "time"),
        (changed(8, "<d", -1.0), "time"),
        (changed(16, "<f", float("nan")), "not finite"),
        (changed(16 + 33 * 16 - 4, "<f", float("inf")), "not finite"),
        (changed(20, "<f", 1e6), "far away"),
        (changed(24, "<f", -3e38), "far away"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused_with_a_word_for_why(data: bytes, expected: str) -> None:
    assert fault(data) == expected


@given(st.binary(max_size=700) | st.builds(lambda body: b"\x01\x01" + body, st.binary(min_size=542, max_size=542)))
def test_whatever_bytes_come_there_is_a_sound_frame_or_one_kind_of_error(data: bytes) -> None:
    try:
        frame = decode_frame(data)
    except FrameError:
        return
    assert np.isfinite(frame.timestamp)
    if frame.pose:
        assert np.isfinite(frame.pose.landmarks).all()
        assert np.abs(frame.pose.landmarks).max() <= 10 * max(frame.size)
        assert ((frame.pose.visibility >= 0) & (frame.pose.visibility <= 1)).all()


@given(st.integers(0, 543), st.binary(min_size=1, max_size=8))
def test_a_frame_with_some_bytes_changed_is_sound_or_refused(offset: int, noise: bytes) -> None:
    data = bytearray(encode_frame(FRAME))
    data[offset : offset + len(noise)] = noise
    try:
        frame = decode_frame(bytes(data))
    except FrameError:
        return
    assert frame.pose is None or np.isfinite(frame.pose.landmarks).all()
