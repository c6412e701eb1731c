"""RecentPoses: the poses of a session's last minute, to learn from what was just done."""

from __future__ import annotations

from collections import deque
from itertools import takewhile

from posecount.pose import Pose
from posecount.tracking.sequence import LandmarkSequence

_KEPT_S = 60.0
_RATE = 15.0
"""Frames a second that are kept: `posecount.counting.rhythm` uses no more."""


class RecentPoses:
    """The poses of the last `_KEPT_S` seconds, without pictures. Not thread-safe."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, Pose]] = deque()
        self._due = float("-inf")

    def add(self, pose: Pose | None, timestamp: float) -> None:
        """Take in a frame, at a time in seconds that never runs back."""
        if pose is None or timestamp < self._due - 1e-6:
            return
        self._due = max(self._due + 1 / _RATE, timestamp)
        self._poses.append((timestamp, pose))
        while timestamp - self._poses[0][0] > _KEPT_S:
            self._poses.popleft()

    def sequence(self, since: float = float("-inf")) -> LandmarkSequence:
        """What is kept since a time, in the session's own time."""
        newest_first = takewhile(lambda each: each[0] >= since, reversed(self._poses))
        return LandmarkSequence.from_poses(reversed(list(newest_first)))
