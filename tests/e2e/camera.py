"""Turns a video file into what Chromium takes for a camera: JPEG pictures, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import cv2

from posecount import Video
from posecount.pose import Image

FRAME_RATE = 30
SIZE = (640, 480)


@dataclass(frozen=True)
class Shot:
    """A piece of a film.

    Attributes:
        clip: any video; letterboxed to 640x480.
        start, end: which seconds of it.
        before_s, after_s: seconds to hold its first and its last picture.
    """

    clip: Path
    start: float = 0.0
    end: float = inf
    before_s: float = 0.0
    after_s: float = 0.0


def write_camera_file(clip: Path, target: Path, before_s: float, after_s: float) -> None:
    """Write a clip as MJPEG, which Chromium plays as a camera at 30 frames a second, in a loop.

    Args:
        clip: any video.
        target: ends in ``.mjpeg``.
        before_s: seconds to hold the first picture, so that connecting costs no repetition.
        after_s: seconds to hold the last picture, so that a test can look before the film begins again.
    """
    write_film([Shot(clip, before_s=before_s, after_s=after_s)], target)


def write_film(shots: Sequence[Shot], target: Path) -> None:
    """Write shots one after the other, as `write_camera_file` writes one."""
    with target.open("wb") as file:
        for shot in shots:
            count, picture = 0, b""
            with Video(shot.clip) as video:
                for frame in video.frames():
                    if frame.timestamp < shot.start:
                        continue
                    if frame.timestamp >= shot.end:
                        break
                    if not picture:
                        file.write(_jpeg(frame.image) * round(shot.before_s * FRAME_RATE))
                    picture = _jpeg(frame.image)
                    while count / FRAME_RATE <= frame.timestamp - shot.start:
                        file.write(picture)
                        count += 1
            file.write(picture * round(shot.after_s * FRAME_RATE))


def _jpeg(image: Image) -> bytes:
    height, width = image.shape[:2]
    scale = min(SIZE[0] / width, SIZE[1] / height)
    inner = cv2.resize(image, (round(width * scale), round(height * scale)))
    across, down = SIZE[0] - inner.shape[1], SIZE[1] - inner.shape[0]
    sides = (down // 2, down - down // 2, across // 2, across - across // 2)
    picture = cv2.copyMakeBorder(inner, *sides, cv2.BORDER_CONSTANT)
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()
