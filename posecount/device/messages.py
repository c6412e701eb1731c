"""What a device sends for each frame: 16 bytes of header, 528 of landmarks, and a picture where one was asked for.

All numbers are little-endian:

====== ======================== =======================================================================
offset type                     meaning
====== ======================== =======================================================================
0      uint8                    version, 1
1      uint8                    1 if there is a pose, plus 2 if there is a picture
2, 4   uint16, uint16           width and height of the camera's picture, pixels
6      uint16                   0
8      float64                  when the frame was taken, seconds by the device's own clock
16     float32 (33, 4)          x, y, z as fractions of width, height and width, as MediaPipe gives them; visibility
…      bytes                    the picture, JPEG
====== ======================== =======================================================================

At 15 frames a second that is 8.2 kB a second.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from posecount.errors import PosecountError
from posecount.pose import LANDMARK_COUNT, FloatArray, Pose

VERSION = 1
LARGEST_PICTURE = 400_000
"""Bytes: many times what a JPEG of 640 pixels takes."""

_HEADER = struct.Struct("<BBHHHd")
_LANDMARKS = LANDMARK_COUNT * 4 * 4
LARGEST_MESSAGE = _HEADER.size + _LANDMARKS + LARGEST_PICTURE
_HAS_POSE, _HAS_PICTURE = 1, 2
_SMALLEST_SIDE, _LARGEST_SIDE = 16, 8192
_REACH = 10.0
"""How far from the picture's corner a landmark may be, in widths or heights: guesses beyond the edges reach two."""
_TYPE = np.dtype("<f4")
_COORDINATES = np.arange(LANDMARK_COUNT * 4).reshape(LANDMARK_COUNT, 4)[:, :3].copy()
"""Of all numbers of a pose, those that are no visibility."""
_FAR = np.array(_REACH, np.float32)
_HIDDEN, _SEEN = np.zeros(LANDMARK_COUNT, np.float32), np.ones(LANDMARK_COUNT, np.float32)
_LATEST = 1e9
"""Seconds. A device's clock begins with its page."""

Fault = Literal["length", "version", "size", "time", "not finite", "far away", "picture", "early", "too many", "late"]


class FrameError(PosecountError):
    """A frame is not as it should be; `fault` says in what way.

    Args:
        fault: a word for the log.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"A frame from the device was dropped: {fault}. Try: reload the page.")
        self.fault = fault


class DeviceFrame(NamedTuple):
    """One frame of a device's camera.

    Attributes:
        timestamp: seconds, by the device's clock.
        size: width and height of the camera's picture in pixels.
        pose: None where no person was found.
        picture: a JPEG file, not decoded, or None.
    """

    timestamp: float
    size: tuple[int, int]
    pose: Pose | None
    picture: bytes | None = None


def decode_frame(data: bytes) -> DeviceFrame:
    """Read a message.

    Raises:
        FrameError: if it is not exactly as described above, or a landmark is not finite, or far from the picture.
    """
    if not _HEADER.size <= len(data) <= LARGEST_MESSAGE:
        raise FrameError("length")
    version, contents, width, height, zero, timestamp = _HEADER.unpack_from(data)
    if version != VERSION or zero or contents > _HAS_POSE + _HAS_PICTURE:
        raise FrameError("version")
    if not (_SMALLEST_SIDE <= width <= _LARGEST_SIDE and _SMALLEST_SIDE <= height <= _LARGEST_SIDE):
        raise FrameError("size")
    if not 0 <= timestamp <= _LATEST:  # NaN included
        raise FrameError("time")
    end = _HEADER.size + (_LANDMARKS if contents & _HAS_POSE else 0)
    if len(data) < end or bool(contents & _HAS_PICTURE) == (len(data) == end):
        raise FrameError("length")
    pose = _pose(data, width, height) if contents & _HAS_POSE else None
    return DeviceFrame(timestamp, (width, height), pose, data[end:] or None)


def _pose(data: bytes, width: int, height: int) -> Pose:
    values = np.frombuffer(data, _TYPE, LANDMARK_COUNT * 4, _HEADER.size)
    if np.count_nonzero(np.abs(values) <= _FAR) < len(values):  # NaN is neither more nor less
        raise FrameError("far away" if np.isfinite(values).all() else "not finite")
    visibility = np.maximum(values[3::4], _HIDDEN)
    np.minimum(visibility, _SEEN, out=visibility)
    return Pose((values * _scale(width, height)).take(_COORDINATES), visibility, (width, height))


@lru_cache(maxsize=256)
def _scale(width: int, height: int) -> FloatArray:
    """What the numbers of a pose are multiplied by, in their order."""
    scale = np.tile(np.array((width, height, width, 1), np.float32), LANDMARK_COUNT)
    scale.flags.writeable = False
    return scale


def encode_frame(frame: DeviceFrame) -> bytes:
    """Write a message, as a device does."""
    pose, picture = frame.pose, frame.picture
    contents = (_HAS_POSE if pose else 0) + (_HAS_PICTURE if picture else 0)
    header = _HEADER.pack(VERSION, contents, *frame.size, 0, frame.timestamp)
    if pose is None:
        return header + (picture or b"")
    width, height = frame.size
    fractions = pose.landmarks / _scale(width, height)[:3]
    values = np.column_stack((fractions, pose.visibility)).astype("<f4")
    return header + values.tobytes() + (picture or b"")
