"""Turns a video file into what Chromium takes for a camera: JPEG pictures, one after the other."""

from pathlib import Path

import cv2

from posecount import Video
from posecount.pose import Image

FRAME_RATE = 30
SIZE = (640, 480)


def write_camera_file(clip: Path, target: Path, before_s: float, after_s: float) -> None:
    """Write a clip as MJPEG, which Chromium plays as a camera at 30 frames a second, in a loop.

    Args:
        clip: any video; letterboxed to 640x480.
        target: ends in ``.mjpeg``.
        before_s: seconds to hold the first picture, so that connecting costs no repetition.
        after_s: seconds to hold the last picture, so that a test can look before the film begins again.
    """
    count, picture = 0, b""
    with target.open("wb") as file, Video(clip) as video:
        for frame in video.frames():
            if not picture:
                file.write(_jpeg(frame.image) * round(before_s * FRAME_RATE))
            picture = _jpeg(frame.image)
            while count / FRAME_RATE <= frame.timestamp:
                file.write(picture)
                count += 1
        file.write(picture * round(after_s * FRAME_RATE))


def _jpeg(image: Image) -> bytes:
    height, width = image.shape[:2]
    scale = min(SIZE[0] / width, SIZE[1] / height)
    inner = cv2.resize(image, (round(width * scale), round(height * scale)))
    across, down = SIZE[0] - inner.shape[1], SIZE[1] - inner.shape[0]
    sides = (down // 2, down - down // 2, across // 2, across - across // 2)
    picture = cv2.copyMakeBorder(inner, *sides, cv2.BORDER_CONSTANT)
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()
