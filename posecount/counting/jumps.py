"""Jumps: the tracked body is suddenly another one, as when another person comes in, or a film is cut."""

from __future__ import annotations

from math import exp, hypot, inf, log

from posecount.embedding import TORSO_MULTIPLIER
from posecount.pose import LANDMARK, Pose

_WITHIN_S = 0.25
"""Frames further apart than this say nothing: a person may have moved meanwhile."""
_PLACE = 0.45
"""Sizes of the body that the hips may move from one frame to the next. On 68 clips of footage and 17 others no person
moved them by more than 0.34, at 10 frames a second; cuts did by 0.5 to 1.5."""
_SIZE = 1.6
"""Ratio of the sizes. There, at most 1.5 in movement; at cuts 1.7 to 5."""

_L = LANDMARK
_ENDS = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))


class JumpDetector:
    """Compares each pose of a stream with the one before."""

    def __init__(self) -> None:
        self._last: tuple[float, float, float] | None = None
        self._time = -inf

    def update(self, pose: Pose, timestamp: float) -> bool:
        """Take in a pose; return whether it is another body than the one before, by place or size."""
        (shoulder_x, shoulder_y), (x, y) = (
            (
                float(pose.landmarks[_L[left], 0] + pose.landmarks[_L[right], 0]) / 2,
                float(pose.landmarks[_L[left], 1] + pose.landmarks[_L[right], 1]) / 2,
            )
            for left, right in _ENDS
        )
        away = pose.landmarks[:, :2] - (x, y)
        reach = float((away * away).sum(axis=1).max()) ** 0.5
        size = max(TORSO_MULTIPLIER * hypot(shoulder_x - x, shoulder_y - y), reach, 1e-6)
        last, since = self._last, timestamp - self._time
        self._last, self._time = (x, y, size), timestamp
        if last is None or not 0 <= since < _WITHIN_S:
            return False
        moved = hypot(x - last[0], y - last[1]) / min(size, last[2])
        return moved > _PLACE or exp(abs(log(size / last[2]))) > _SIZE
