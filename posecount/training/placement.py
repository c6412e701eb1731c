"""Placement: whether a person is where the samples of an exercise were taken, and what to do about it."""

from __future__ import annotations

import numpy as np

from posecount.datasets.dataset import PoseDataset, exercise_of
from posecount.drawing.guide import Guide, outline_of, placed
from posecount.pose import LANDMARK, FloatArray, Pose

_SMALL = 0.2
"""A body whose longer side is less than this share of the picture's shorter one is too far away to be tracked well."""
_CUT = 0.02
"""Shares of the picture: shoulders or hips this near to its edge are about to leave it."""
_MARGIN, _SLACK = 1.5, 0.15
"""A view is another one beyond this many times the samples' widest or narrowest, and this much more."""
_VISIBLE = 0.5
_SIZES = 100
"""Outlines that are kept, each for one size of picture, at most."""
_MOST = 120
"""Samples of an exercise of which the most usual one is looked for."""
_ACROSS, _LIES = 2.0, 0.2
"""A body lies across the picture if it is this many times as wide as tall, and is one that lies if this share does."""
_AHEAD = 0.5
"""A head this far before the hips, as a share of the trunk's length, shows which way a person lies."""

_L = LANDMARK
_SHOULDERS = [_L["left_shoulder"], _L["right_shoulder"]]
_HIPS = [_L["left_hip"], _L["right_hip"]]
_ANKLES = [_L["left_ankle"], _L["right_ankle"]]


def facing(landmarks: FloatArray) -> FloatArray:
    """How far N poses (N, 33, 3) face the camera: the shoulders' width as a share of the trunk's length, (N,).

    About 0.7 from the front and 0.1 from the side of a person who stands or lies across the picture.
    """
    shoulders, hips = landmarks[:, _SHOULDERS, :2], landmarks[:, _HIPS, :2]
    width = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=1)
    trunk = np.linalg.norm(shoulders.mean(axis=1) - hips.mean(axis=1), axis=1)
    return np.asarray(width / np.maximum(trunk, 1e-6), dtype=np.float32)


class Placement:
    """Gives advice for the exercises of a dataset. All sessions may share one: it keeps outlines, but nobody's state.

    Args:
        dataset: its samples show from where each exercise is seen.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        self._dataset = dataset
        # Of the most usual sample of an exercise: how far the head is before the hips, and the outline.
        self._outlines: dict[str, tuple[float, FloatArray]] = {}
        self._placed: dict[object, tuple[tuple[float, float], ...]] = {}  # by exercise, side and size of picture
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

    def guide(self, exercise: str | None, pose: Pose | None, size: tuple[int, int], is_good: bool) -> Guide:
        """What to show of where the person is to be.

        Args:
            exercise: what they are about to do; None, or one that the dataset does not have, gives no outline.
            pose: as they are; who lies the other way round gets the outline turned round. None where no one is seen.
            size: (width, height) of the picture.
            is_good: whether they are in a good place.
        """
        if exercise is None or exercise not in self._ranges:
            return Guide((), is_good)
        if exercise not in self._outlines:
            usual = self._usual(exercise)
            self._outlines[exercise] = _ahead(usual), outline_of(usual)
        ahead, outline = self._outlines[exercise]
        is_turned = pose is not None and _ahead(pose.landmarks) * ahead < -(_AHEAD**2)
        key = exercise, is_turned, size
        shown = self._placed.get(key)
        if shown is None:
            turned = (outline.max(axis=0) - outline) * (1, 0) + outline * (0, 1)
            if len(self._placed) >= _SIZES:
                self._placed.clear()  # a device may tell another size with every frame
            shown = self._placed[key] = placed(turned if is_turned else outline, size)
        return Guide(shown, is_good)

    def _usual(self, exercise: str) -> FloatArray:
        known = (*self._dataset.repeated, *self._dataset.holds)
        states = next(((each.rest or (each.target,)) for each in known if each.name == exercise), ())
        labels = [exercise_of(label) == exercise and (not states or label in states) for label in self._dataset.labels]
        rows = np.flatnonzero(labels)
        # From the front, a body that lies is short: then only the views from the side are looked at.
        shoulders, ankles = (
            self._dataset.landmarks[rows][:, points, :2].mean(axis=1) for points in (_SHOULDERS, _ANKLES)
        )
        across = np.abs((shoulders - ankles)[:, 0]) > _ACROSS * np.abs((shoulders - ankles)[:, 1])
        if across.mean() > _LIES:
            rows = rows[across]
        rows = rows[:: -(-len(rows) // _MOST)]
        points = self._dataset.landmarks[rows, :, :2]
        points = points - points[:, _HIPS].mean(axis=1, keepdims=True)
        points = points / np.maximum(np.abs(points).max(axis=(1, 2), keepdims=True), 1e-6)
        apart = np.abs(points[:, None] - points[None]).mean(axis=(2, 3))
        usual: FloatArray = self._dataset.landmarks[rows[int(np.argmin(apart.sum(axis=1)))]]
        return usual


def _ahead(landmarks: FloatArray) -> float:
    """How far the nose is to the right of the hips, as a share of the trunk's length."""
    shoulders, hips = (landmarks[points, :2].mean(axis=0) for points in (_SHOULDERS, _HIPS))
    trunk = max(float(np.linalg.norm(shoulders - hips)), 1e-6)
    return float(landmarks[_L["nose"], 0] - hips[0]) / trunk
