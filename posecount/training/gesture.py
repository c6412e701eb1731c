"""The gesture that pauses and resumes: forearms crossed before the chest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posecount.pose import LANDMARK, FloatArray, Pose

HELD_S = 2.0
"""Seconds for which the forearms must be crossed."""
_BREAK_S = 0.3
"""Seconds for which they may seem not to be: the tracker loses a wrist behind the other arm for a frame or two."""
_VISIBLE = 0.5
_UPRIGHT = 0.87
"""Cosine of 30°: the trunk stands, so that no push-up, plank or sit-up can be the gesture."""
_FACING = 0.35
"""The shoulders' width as a share of the trunk's length; from the side, arms before the chest always overlap."""
_ABOVE, _BELOW = -0.15, 0.65
"""Where wrists are before the chest: share of the way from the shoulders down to the hips."""
_APART = 0.15
"""How far each wrist must be past the other, as a share of the shoulders' width. Folded hands are not."""
_STILL = 0.12
"""How far the shoulders may move meanwhile, as a share of the trunk's length."""

_L = LANDMARK
_ORDER = [_L["left_shoulder"], _L["right_shoulder"], _L["left_wrist"], _L["right_wrist"]]
_POINTS = [_L[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist", "hip") for side in ("left", "right")]


def crossed(landmarks: FloatArray, visibility: FloatArray) -> NDArray[np.bool_]:
    """In which of N poses the forearms are crossed before the chest.

    Args:
        landmarks: float32 (N, 33, 3), image pixels; NaN where there was no pose.
        visibility: float32 (N, 33), 0 to 1.

    Returns:
        bool (N,).
    """
    points = landmarks[:, _POINTS, :2]
    left_shoulder, right_shoulder, left_elbow, right_elbow, left_wrist, right_wrist = points.swapaxes(0, 1)[:6]
    shoulders, hips = points[:, 0:2].mean(axis=1), points[:, 6:8].mean(axis=1)
    down = hips - shoulders
    with np.errstate(invalid="ignore", divide="ignore"):
        length = np.linalg.norm(down, axis=1)
        across = left_shoulder - right_shoulder
        width = np.linalg.norm(across, axis=1)
        # Along the shoulders from the right (0) to the left one (1), and down the trunk from shoulders (0) to hips (1).
        side = [((wrist - right_shoulder) * across).sum(axis=1) / width**2 for wrist in (left_wrist, right_wrist)]
        deep = [((wrist - shoulders) * down).sum(axis=1) / length**2 for wrist in (left_wrist, right_wrist)]
        found = (visibility[:, _POINTS[:6]] >= _VISIBLE).all(axis=1)
        found &= (down[:, 1] > _UPRIGHT * length) & (width > _FACING * length)
        found &= side[1] - side[0] > _APART
        for each in deep:
            found &= (each > _ABOVE) & (each < _BELOW)
        found &= _cross(left_elbow, left_wrist, right_elbow, right_wrist)
    return np.asarray(found)


def _cross(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> NDArray[np.bool_]:
    """Whether the lines from a to b and from c to d cross; each (N, 2)."""

    def turn(p: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
        turned: FloatArray = (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (r[:, 0] - p[:, 0])
        return turned

    return np.asarray((turn(a, b, c) * turn(a, b, d) < 0) & (turn(c, d, a) * turn(c, d, b) < 0))


def _wrists_have_changed_sides(landmarks: FloatArray) -> bool:
    """Whether the wrists' order along the shoulders is that of crossed forearms, which it seldom is: one pose
    (33, 3), at a tenth of what `crossed` costs."""
    at = landmarks.item
    (lx, ly), (rx, ry), (lwx, lwy), (rwx, rwy) = ((at(index, 0), at(index, 1)) for index in _ORDER)
    return bool((rwx - lwx) * (lx - rx) + (rwy - lwy) * (ly - ry) > 0)


def _distance(a: FloatArray, b: FloatArray) -> float:
    return float(np.linalg.norm(a - b))


class PauseGesture:
    """Follows one stream's poses and tells when the gesture has been made. One gesture is told once."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._seen = 0.0
        self._told = False
        self._place: FloatArray = np.zeros(2, np.float32)  # of the shoulders when it began

    def update(self, pose: Pose | None, timestamp: float, is_moving: bool = False) -> bool:
        """Take in a frame; whether it completes the gesture.

        Args:
            pose: None where no person was found.
            timestamp: seconds, of the frame.
            is_moving: whether a repetition is under way, in which no gesture counts.
        """
        makes = (
            pose is not None
            and not is_moving
            and _wrists_have_changed_sides(pose.landmarks)
            and bool(crossed(pose.landmarks[None], pose.visibility[None])[0])
        )
        if pose is not None and makes:
            shoulders, hips = pose.landmarks[_POINTS[:2], :2].mean(axis=0), pose.landmarks[_POINTS[6:], :2].mean(axis=0)
            if self._since is None or _distance(shoulders, self._place) > _STILL * _distance(shoulders, hips):
                self._since, self._place = timestamp, shoulders
            self._seen = timestamp
        elif is_moving or timestamp - self._seen > _BREAK_S:
            self._since, self._told = None, False
        if self._since is None or self._told or self._seen - self._since < HELD_S:
            return False
        self._told = True
        return True
