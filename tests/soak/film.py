"""A clip as a camera would send it: encoded beforehand, so that sending costs nothing, with each frame's number in it.

The number is drawn at both edges, clear of person and overlay, so that a mirrored picture can be read too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor

from posecount import Video
from posecount.pose import Image

_BITS = 10
_TOP, _BOTTOM, _WIDTH = 0.25, 0.8, 0.05
"""Of the picture: from below the count to above the chart."""
_STAND_S = 5.0
"""Seconds that the last picture stands, so that the last repetition ends and its count can be read."""


@dataclass(frozen=True)
class Film:
    """Packets of VP8, one a frame, to be played over and over."""

    packets: tuple[bytes, ...]
    frame_rate: int


@cache
def film(clip: Path, width: int, height: int, frame_rate: int) -> Film:
    """Encode a clip at this size and rate."""
    encoder = Vp8Encoder()  # as a browser encodes: for speed
    encoder.target_bitrate = 1_200_000
    packets: list[bytes] = []
    image: Image = np.zeros((height, width, 3), np.uint8)

    def add(picture: Image) -> None:
        frame = av.VideoFrame.from_ndarray(_numbered(picture, len(packets)), format="rgb24")
        frame.pts, frame.time_base = len(packets), Fraction(1, frame_rate)
        # A key frame a second, as a film that is encoded beforehand cannot send one on request.
        payloads, _ = encoder.encode(frame, force_keyframe=len(packets) % frame_rate == 0)
        packets.append(b"".join(VpxPayloadDescriptor.parse(payload)[1] for payload in payloads))

    with Video(clip) as video:
        for frame in video.frames():
            if frame.timestamp >= len(packets) / frame_rate - 1e-6:
                image = cast(Image, cv2.resize(frame.image, (width, height)))
                add(image)
    for _ in range(round(_STAND_S * frame_rate)):
        add(image)
    assert len(packets) < 2**_BITS
    return Film(tuple(packets), frame_rate)


def _numbered(image: Image, number: int) -> Image:
    image = image.copy()
    height, width = image.shape[:2]
    for bit, (top, bottom) in enumerate(_rows(height)):
        colour = 235 if number >> bit & 1 else 20
        image[top:bottom, : round(_WIDTH * width)] = colour
        image[top:bottom, -round(_WIDTH * width) :] = colour
    return image


def read_number(luma: Image) -> int:
    """The number in a picture's luma (height, width)."""
    height, width = luma.shape
    middle = round(_WIDTH * width / 2)
    return sum((int(luma[(top + bottom) // 2, middle]) > 128) << bit for bit, (top, bottom) in enumerate(_rows(height)))


def _rows(height: int) -> list[tuple[int, int]]:
    edges = np.linspace(_TOP * height, _BOTTOM * height, _BITS + 1).round().astype(int).tolist()
    return list(pairwise(edges))
