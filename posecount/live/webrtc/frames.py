"""From WebRTC's frames to the library's images, and what is written on them beside the overlay."""

from __future__ import annotations

import threading
from typing import cast

import av
import cv2
from av.video.reformatter import VideoReformatter

from posecount.drawing.overlay import draw_message, draw_notice
from posecount.pose import Image

cv2.setNumThreads(1)  # frames of several sessions are processed at once: OpenCV's own threads would get in the way


class _Colours(threading.local):
    """Turns frames into RGB; one for each media thread, as setting one up takes five times as long as a frame."""

    def __init__(self) -> None:
        self.reformatter = VideoReformatter()


_colours = _Colours()


def picture(frame: av.VideoFrame, longest_side: float) -> Image:
    """RGB uint8 (height, width, 3) of a frame, scaled down to even sizes where a side is longer than this."""
    image = cast(Image, _colours.reformatter.reformat(frame, format="rgb24", threads=1).to_ndarray())
    scale = longest_side / max(frame.width, frame.height)
    if scale >= 1:
        return image
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (frame.width, frame.height))
    return cast(Image, cv2.resize(image, (width, height)))  # a quarter of the time of doing both at once


def draw_recording(image: Image, message: str, notice: str) -> None:
    """Write on an image, in place, what a recorder has to say; nothing where that is empty."""
    if message:
        draw_message(image, message, canvas=image)
    if notice:
        draw_notice(image, notice)


def with_error(image: Image, error: str | None) -> Image:
    """The image with an error written across it; the image itself where that fails."""
    try:
        return draw_message(image, error or "Starting again")
    except Exception:  # noqa: BLE001 - the image itself may be what is wrong; returning it beats raising
        return image
