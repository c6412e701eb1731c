"""Single poses taken from a stream one after the other, each with its picture, while the person has no hand free."""

from __future__ import annotations

from math import ceil

from posecount.jpeg import encode_jpeg
from posecount.pose import Image, Pose

PATIENCE_S = 10.0
"""Seconds to wait for a person to come into the frame, for each pose."""

_PICTURE_SIDE = 640
_ASK_BEFORE_S = 0.2
"""Seconds before a pose is due when a device is asked for a picture: what the question takes to arrive."""


class PoseBurst:
    """Takes poses from a stream at regular intervals, after a countdown.

    One thread adds frames; other threads may read.

    Args:
        count: how many poses to take.
        delay: seconds from the first frame added to the first pose, to get into it.
        every: seconds from one pose to the next.

    Attributes:
        taken: the poses so far, each with the frame as JPEG.
        full: whether it takes no more: it has all, was stopped, or has seen no one for `PATIENCE_S`.
    """

    def __init__(self, count: int = 1, delay: float = 0.0, every: float = 1.0) -> None:
        self.count = count
        self.taken: tuple[tuple[Pose, bytes], ...] = ()
        self.full = False
        self._delay = delay
        self._every = every
        self._due: float | None = None  # when the next pose is to be taken
        self._now = 0.0
        self._is_empty = False  # no one is in the frame

    def add(self, image: Image | None, pose: Pose | None, timestamp: float) -> None:
        """Take in a frame.

        Args:
            image: RGB uint8 (height, width, 3); it is not kept. None where a device has tracked the pose and kept its
                picture: then no pose is taken.
            pose: the pose in it, or None.
            timestamp: seconds.
        """
        if self._due is None:
            self._due = timestamp + self._delay
        self._now, self._is_empty = timestamp, pose is None
        if self.full or timestamp < self._due - 1e-6:
            return
        if pose is None:
            self.full = timestamp - self._due >= PATIENCE_S
            return
        if image is None:
            return
        self.taken = (*self.taken, (pose, encode_jpeg(image)))
        self._due = timestamp + self._every
        self.full = len(self.taken) >= self.count

    def stop(self) -> None:
        """Take no more; those taken stay."""
        self.full = True

    @property
    def picture_side(self) -> int:
        """Pixels of the longer side of the picture that the next frame should bring; 0 if it needs none."""
        is_due = self._due is not None and not self.full and self._now >= self._due - _ASK_BEFORE_S
        return _PICTURE_SIDE if is_due else 0

    @property
    def message(self) -> str:
        """The message to show to the person while it takes poses."""
        if self._due is None or self.full:
            return ""
        if self._is_empty:
            return "Step into the frame"
        return (
            f"Get ready: {self._seconds}" if not self.taken else f"Pose {len(self.taken)} of {self.count}: hold still"
        )

    @property
    def notice(self) -> str:
        """What the person should read from across the room: the seconds until the first pose."""
        return str(self._seconds) if self._due is not None and not (self.full or self.taken) else ""

    @property
    def _seconds(self) -> int:
        return max(ceil((self._due or 0.0) - self._now), 0)
