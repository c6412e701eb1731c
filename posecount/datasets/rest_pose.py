"""Rest poses: standing upright, the legs straight, the arms hanging. They tell where a repetition turns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from posecount.pose import LANDMARK, FloatArray

_UPRIGHT_DEGREES, _LEG_DEGREES, _ARM_DEGREES = 25.0, 30.0, 35.0
"""The most that trunk, thighs and shins, and arms lean from the vertical of the picture. Depth is not used: it turns
the trunk of a standing person by 20 to 35 degrees (medians of the starter's and Google's classes)."""
_LEG, _ARM = 1.0, 0.6
"""How far down legs and arms reach at least, in lengths of the trunk: those of a person who sits facing the camera, or
stretches the arms towards it, look short."""
_MOST, _FEW = 0.5, 0.1
"""A class rests if this share of it is rest poses; the other is its turning point if hardly any of it is. Measured:
0.96 and 0.00 of the starter's jumping jacks, 0.51 and 0.01 of the squats in Google's sample app, at most 0.06 of any
class of push-ups and sit-ups."""


def is_rest_pose(landmarks: FloatArray) -> NDArray[np.bool_]:
    """Whether poses stand upright with straight legs and hanging arms.

    Args:
        landmarks: float32 (N, 33, 3), image pixels.

    Returns:
        bool (N,).
    """
    sides = ("left", "right")
    shoulder, hip, knee, ankle, wrist = (
        landmarks[:, [LANDMARK[f"{side}_{part}"] for side in sides], :2].astype(np.float64)
        for part in ("shoulder", "hip", "knee", "ankle", "wrist")
    )
    trunk = (hip - shoulder).mean(axis=1)
    length = np.hypot(trunk[:, 0], trunk[:, 1])[:, None]
    upright = _lean(trunk) < _UPRIGHT_DEGREES
    straight = (_lean(knee - hip) < _LEG_DEGREES) & (_lean(ankle - knee) < _LEG_DEGREES)
    standing = straight & ((ankle - hip)[..., 1] > _LEG * length)
    hanging = (_lean(wrist - shoulder) < _ARM_DEGREES) & ((wrist - shoulder)[..., 1] > _ARM * length)
    rest: NDArray[np.bool_] = upright & standing.all(axis=1) & hanging.all(axis=1)
    return rest


def suggested_target(samples: Mapping[str, FloatArray]) -> str | None:
    """The class at the turning point of an exercise, if its samples leave no doubt: the one that is no rest pose.

    Args:
        samples: for each class of the exercise its landmarks, float32 (N, 33, 3), N at least 1.

    Returns:
        None unless there are two classes, one of rest poses and one without.
    """
    if len(samples) != 2:
        return None
    few, most = sorted((float(is_rest_pose(landmarks).mean()), name) for name, landmarks in samples.items())
    return few[1] if few[0] <= _FEW and most[0] >= _MOST else None


def _lean(limb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees between vectors (..., 2) and straight down."""
    lean: NDArray[np.float64] = np.degrees(np.arctan2(np.abs(limb[..., 0]), limb[..., 1]))
    return lean
