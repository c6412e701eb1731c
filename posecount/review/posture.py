"""Posture: the inclination of a sample's trunk, and samples that differ in it from their class."""

from __future__ import annotations

import numpy as np

from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.pose import LANDMARK, FloatArray

_FEWEST_FOR_POSTURE = 5
_POSTURE_DEGREES = 45.0
"""Measured: of 1,288 samples of ten classes, with views from all sides, 2 % are further from their class's usual trunk
direction; a standing pose among push-ups is 60 to 90 degrees off."""
_POSTURE_WINDOW = 40.0
"""Most of a class is within this many degrees, either way."""


def trunk_inclination(landmarks: FloatArray) -> FloatArray:
    """Degrees of the trunk above the horizontal, 90 upright, -90 upside down.

    Args:
        landmarks: float32 (..., 33, 3), image pixels.
    """
    shoulders = landmarks[..., LANDMARK["left_shoulder"], :] + landmarks[..., LANDMARK["right_shoulder"], :]
    trunk = shoulders - landmarks[..., LANDMARK["left_hip"], :] - landmarks[..., LANDMARK["right_hip"], :]
    # With depth: a trunk that points at the camera is short in the picture, but not upright.
    inclination: FloatArray = np.degrees(np.arctan2(-trunk[..., 1], np.hypot(trunk[..., 0], trunk[..., 2]))).astype(
        np.float32
    )
    return inclination


def posture_outliers(dataset: PoseDataset) -> FloatArray:
    """For samples far off in trunk inclination, the usual one of their class, float32 (N,); NaN for the others.

    Usual is where most samples of a class are: the median of two equal groups would be between them, where none is.
    """
    inclination = trunk_inclination(dataset.landmarks)
    usual = np.full(len(dataset), np.nan, np.float32)
    labels = np.array(dataset.labels)
    for name in dataset.classes:
        members = np.flatnonzero(labels == name)
        if len(members) >= _FEWEST_FOR_POSTURE and not is_negative(name):
            sorted_ = np.sort(inclination[members])
            below, above = np.searchsorted(sorted_, (sorted_ - _POSTURE_WINDOW, sorted_ + _POSTURE_WINDOW))
            most = (above - below).argmax()
            centre = np.median(sorted_[below[most] : above[most]])
            usual[members[np.abs(inclination[members] - centre) > _POSTURE_DEGREES]] = centre
    return usual
