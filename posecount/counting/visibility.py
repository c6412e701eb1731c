"""Visibility: which limbs of a pose the camera sees."""

from __future__ import annotations

from typing import Literal

from posecount.pose import LANDMARK, Pose

Limb = Literal["arms", "legs"]

_VISIBLE = 0.5
_OUTSIDE = 0.02
"""A landmark further outside the picture than this share of its size is a guess, whatever its visibility."""

_L = LANDMARK
_SHOULDERS = (_L["left_shoulder"], _L["right_shoulder"])
_JOINTS: dict[Limb, tuple[tuple[int, int], ...]] = {
    "arms": (_SHOULDERS, (_L["left_elbow"], _L["right_elbow"])),
    "legs": ((_L["left_hip"], _L["right_hip"]), (_L["left_knee"], _L["right_knee"])),
}


def hidden_limbs(pose: Pose) -> frozenset[Limb]:
    """The limbs with a joint that is visible neither on the left nor on the right."""
    width, height = pose.size
    near_x, near_y = -_OUTSIDE * width, -_OUTSIDE * height
    far_x, far_y = width - near_x, height - near_y
    # Plain Python numbers: for a few joints arrays are slower.
    points, visibility = pose.landmarks[:, :2].tolist(), pose.visibility.tolist()

    def inside(joint: int) -> bool:
        x, y = points[joint]
        return bool(near_x <= x <= far_x and near_y <= y <= far_y)

    # The tracker finds no person without shoulders, so the size of the picture must be wrong.
    anywhere = not any(map(inside, _SHOULDERS))

    def seen(joint: int) -> bool:
        return bool(visibility[joint] >= _VISIBLE) and (anywhere or inside(joint))

    return frozenset(
        limb for limb, pairs in _JOINTS.items() if not all(seen(left) or seen(right) for left, right in pairs)
    )
