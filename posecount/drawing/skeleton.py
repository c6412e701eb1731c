"""Skeleton: draws the landmarks of a pose and the bones between them."""

from __future__ import annotations

import cv2
import numpy as np

from posecount.pose import CONNECTIONS, LANDMARK, LANDMARK_NAMES, Image, Pose

_VISIBLE = 0.5
"""Visibility below which a landmark is drawn dim: the middle of the range, as in MediaPipe's own drawing."""

_DIM = (110, 116, 122)
_LEFT, _RIGHT, _MIDDLE = (255, 170, 60), (60, 200, 255), (235, 240, 245)

_FACE_END = LANDMARK["mouth_right"]
_FINGERS = {LANDMARK[f"{side}_{finger}"] for side in ("left", "right") for finger in ("pinky", "index", "thumb")}


def _side(start: int, end: int) -> tuple[int, int, int]:
    sides = {LANDMARK_NAMES[index].partition("_")[0] for index in (start, end)}
    return _LEFT if sides == {"left"} else _RIGHT if sides == {"right"} else _MIDDLE


_BONES = np.array(CONNECTIONS)
_FINE = [end <= _FACE_END or end in _FINGERS for _, end in CONNECTIONS]
_BONE_KINDS = (
    (_MIDDLE, True, [index for index, is_fine in enumerate(_FINE) if is_fine]),
    *(
        (colour, False, [n for n, bone in enumerate(CONNECTIONS) if _side(*bone) == colour and not _FINE[n]])
        for colour in (_MIDDLE, _LEFT, _RIGHT)
    ),
)
"""Colour, whether the bones belong to face or hands, which are drawn thin, and the bones' indices."""
_JOINTS = tuple(
    (index, _side(index, index))
    for index, name in enumerate(LANDMARK_NAMES)
    if name.endswith(("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))
)


def draw_skeleton(canvas: Image, pose: Pose, mirror: bool = False, scale: float = 1.0) -> None:
    """Draw a pose on an image, in place; bones that are not visible are dim.

    Args:
        canvas: RGB uint8 (height, width, 3), of any size: the pose is scaled to it.
        pose: landmarks may lie outside the picture.
        mirror: whether the canvas is mirrored.
        scale: thickness of lines; 1 suits a picture 640 pixels wide.
    """
    height, width = canvas.shape[:2]
    landmarks = pose.scaled((width, height)).landmarks
    # Landmarks are guessed beyond the edges, sometimes far beyond, and OpenCV needs them within its integers.
    limit = 4 * (width + height)
    points = np.fmin(np.fmax(landmarks[:, :2], -limit), limit).astype(np.int32)  # NaN becomes the limit
    if mirror:
        points[:, 0] = width - 1 - points[:, 0]
    visible = (pose.visibility >= _VISIBLE).tolist()
    bones, shown = list(points.take(_BONES, axis=0)), [visible[start] and visible[end] for start, end in CONNECTIONS]
    thick, radius = max(round(3 * scale), 1), max(round(4 * scale), 2)
    # One call for all bones of a kind takes half the time of a call for each.
    if not all(shown):
        cv2.polylines(canvas, [bone for bone, is_shown in zip(bones, shown, strict=True) if not is_shown], False, _DIM)
    for colour, is_fine, of_kind in _BONE_KINDS:
        chosen = [bones[index] for index in of_kind if shown[index]]
        cv2.polylines(canvas, chosen, False, colour, (thick + 1) // 3 if is_fine else thick)
    joints = points.tolist()
    for index, colour in _JOINTS:
        if visible[index]:
            cv2.circle(canvas, joints[index], radius, colour, -1)
