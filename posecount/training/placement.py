"""Placement: whether a person is where the samples of an exercise were taken, and what to do about it."""

from __future__ import annotations

import numpy as np

from posecount.datasets.dataset import PoseDataset, exercise_of
from posecount.pose import LANDMARK, FloatArray, Pose

_SMALL = 0.2
"""A body whose longer side is less than this share of the picture's shorter one is too far away to be tracked well."""
_CUT = 0.02
"""Shares of the picture: shoulders or hips this near to its edge are about to leave it."""
_MARGIN, _SLACK = 1.5, 0.15
"""A view is another one beyond this many times the samples' widest or narrowest, and this much more."""
_VISIBLE = 0.5

_L = LANDMARK
_SHOULDERS = [_L["left_shoulder"], _L["right_shoulder"]]
_HIPS = [_L["left_hip"], _L["right_hip"]]


def facing(landmarks: FloatArray) -> FloatArray:
    """How far N poses (N, 33, 3) face the camera: the shoulders' width as a share of the trunk's length, (N,).

    About 0.7 from the front and 0.1 from the side of a person who stands or lies across the picture.
    """
    shoulders, hips = landmarks[:, _SHOULDERS, :2], landmarks[:, _HIPS, :2]
    width = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=1)
    trunk = np.linalg.norm(shoulders.mean(axis=1) - hips.mean(axis=1), axis=1)
    return np.asarray(width / np.maximum(trunk, 1e-6), dtype=np.float32)


class Placement:
    """Gives advice for the exercises of a dataset. It never changes.

    Args:
        dataset: its samples show from where each exercise is seen.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        views = facing(dataset.landmarks)
        names = np.array([exercise_of(label) for label in dataset.labels])
        self._ranges = {
            str(name): (float(views[names == name].min()), float(views[names == name].max())) for name in set(names)
        }

    def advice(self, pose: Pose, exercise: str | None = None) -> str | None:
        """What the person should do first, in words; None where they are in a good place.

        Args:
            pose: of the frame.
            exercise: what they are about to do; None gives no advice about the view.
        """
        width, height = pose.size
        points = pose.landmarks[pose.visibility >= _VISIBLE, :2]
        if not len(points) or not width or not height:
            return None
        trunk = pose.landmarks[[*_SHOULDERS, *_HIPS], :2] / (width, height)
        if (trunk < _CUT).any() or (trunk > 1 - _CUT).any():
            return "Step back: you are too close, or too far to one side"
        if float((points.max(axis=0) - points.min(axis=0)).max()) < _SMALL * min(width, height):
            return "Come closer: you are too far away"
        if exercise in self._ranges:
            least, most = self._ranges[exercise]
            view = float(facing(pose.landmarks[None])[0])
            if view > _MARGIN * most + _SLACK:
                return "Turn to the side"
            if view < least / _MARGIN - _SLACK:
                return "Turn to face the camera"
        return None
