"""Visibility: which limbs of a pose the camera sees."""

from __future__ import annotations

from typing import Literal

import numpy as np

from posecount.pose import LANDMARK, Pose

Limb = Literal["arms", "legs"]

_VISIBLE = 0.5
_OUTSIDE = 0.02
"""A landmark further outside the picture than this share of its size is a guess, whatever its visibility."""

_L = LANDMARK
_JOINTS = np.array(
    [_L[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "hip", "knee") for side in ("left", "right")]
)
"""Those of the arms, then those of the legs."""
_PLACES = np.array([[3 * joint + axis for joint in _JOINTS] for axis in (0, 1)])
"""Of landmarks, flat: x and y of these."""
_NONE: frozenset[Limb] = frozenset()


def hidden_limbs(pose: Pose) -> frozenset[Limb]:
    """The limbs with a joint that is visible neither on the left nor on the right."""
    width, height = pose.size
    near_x, near_y = -_OUTSIDE * width, -_OUTSIDE * height
    far_x, far_y = width - near_x, height - near_y
    # Plain Python numbers: for a few joints arrays are slower.
    visible = pose.visibility.take(_JOINTS).tolist()
    xs, ys = pose.landmarks.take(_PLACES).tolist()
    if min(visible) >= _VISIBLE and near_x <= min(xs) and max(xs) <= far_x and near_y <= min(ys) and max(ys) <= far_y:
        return _NONE  # as in most frames
    seen = [visibility >= _VISIBLE for visibility in visible]
    inside = [near_x <= x <= far_x and near_y <= y <= far_y for x, y in zip(xs, ys, strict=True)]
    # The tracker finds no person without shoulders, so without any the size of the picture must be wrong.
    if inside[0] or inside[1]:
        seen = [one and other for one, other in zip(seen, inside, strict=True)]
    if all(seen):
        return _NONE
    both = [left or right for left, right in zip(seen[::2], seen[1::2], strict=True)]
    limbs: tuple[tuple[Limb, list[bool]], ...] = (("arms", both[:2]), ("legs", both[2:]))
    return frozenset(limb for limb, joints in limbs if not all(joints))
