"""A camera of this machine, to count without a browser."""

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
    """A camera, which delivers frames until reading stops. Read it once; use it as a context manager.

    Args:
        index: 0 is the first camera.

    Attributes:
        frame_count: None, as a camera has no end.
        broke_off: after reading, why frames stopped coming, or None.

    Raises:
        VideoError: if the camera does not exist or is in use.
    """

    frame_count: int | None = None

    def __init__(self, index: int) -> None:
        self.index = index
        self.broke_off: str | None = None
        self._capture = cv2.VideoCapture(index)
        if not self._capture.isOpened():
            raise VideoError(
                f"Camera {index} cannot be opened. Try: plug it in, close programs that use it, or use another number."
            )

    def __str__(self) -> str:
        return f"camera {self.index}"

    def frames(self, drawn: bool = False) -> Iterator[Frame]:
        """Yield each frame, with the time it arrived, as some drivers give no timestamps. `drawn` changes nothing."""
        first: float | None = None
        last = -1.0
        while True:
            done, picture = self._capture.read()
            now = monotonic()
            if not done:
                if first is None:
                    raise VideoError(f"Camera {self.index} delivers no picture. Try: unplug it and plug it in again.")
                self.broke_off = "the camera delivered no more pictures"
                return
            first = now if first is None else first
            last = max(now - first, last + 0.001)
            image = cast(Image, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            yield Frame(image, last, (image.shape[1], image.shape[0]), image)

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
