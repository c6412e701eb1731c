"""A camera of this machine, for counting without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from types import TracebackType
from typing import Self, cast

import cv2

from posecount.errors import VideoError
from posecount.pose import Image
from posecount.video.reader import Frame


class Camera:
    """Frames of a camera until somebody stops reading; read it once, use it as a context manager.

    Args:
        index: 0 is the first camera.

    Attributes:
        frame_count: None: a camera has no end.
        broke_off: after reading, why no more frames came, or None.

    Raises:
        VideoError: if there is no such camera, or it is in use.
    """

    frame_count: int | None = None

    def __init__(self, index: int) -> None:
        self.index = index
        self.broke_off: str | None = None
        self._capture = cv2.VideoCapture(index)
        if not self._capture.isOpened():
            raise VideoError(
                f"Camera {index} cannot be opened. Remedy: plug it in, close what else uses it, or try another number."
            )

    def __str__(self) -> str:
        return f"camera {self.index}"

    def frames(self, drawn: bool = False) -> Iterator[Frame]:
        """Yield each frame; its time is when it came, as not every system's driver stamps frames."""
        first: float | None = None
        last = -1.0
        while True:
            done, picture = self._capture.read()
            now = monotonic()
            if not done:
                if first is None:
                    raise VideoError(f"Camera {self.index} gives no picture. Remedy: unplug it and plug it in again.")
                self.broke_off = "the camera gave no more pictures"
                return
            first = now if first is None else first
            last = max(now - first, last + 0.001)
            image = cast(Image, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            yield Frame(image, last, (image.shape[1], image.shape[0]), image)

    def close(self) -> None:
        """Give the camera back."""
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
