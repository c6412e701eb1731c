"""Guide: shows where in the picture a person is to be, and from which side they are to be seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from posecount.pose import LANDMARK, FloatArray, Image

_GOOD, _NOT_YET = (90, 230, 150), (255, 200, 70)
_LONG = 240
"""Pixels of the longer side of the body whose outline is taken."""
_LIMB, _HEAD, _LEAST = 0.3, 0.27, 0.12
"""Width of a limb and radius of the head, as shares of the trunk's length; that is at least this share of the body."""
_TOP, _BOTTOM, _WIDE = 0.06, 0.82, 0.84
"""The body reaches from here to there down the picture at most, above the chart, and takes this share of its width."""

_L = LANDMARK
_TRUNK = [_L["left_shoulder"], _L["right_shoulder"], _L["right_hip"], _L["left_hip"]]
_LIMBS = [
    [_L[f"{side}_{name}"] for name in names]
    for side in ("left", "right")
    for names in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot_index"))
]
_EARS = [_L["left_ear"], _L["right_ear"], _L["nose"]]


@dataclass(frozen=True, slots=True)
class Guide:
    """What is shown while a person gets into position.

    Attributes:
        outline: of a body in a good place, a closed line of (x, y) in shares of the picture; empty where it is not
            known what they are about to do.
        is_good: whether the person is in a good place.
    """

    outline: tuple[tuple[float, float], ...]
    is_good: bool


def outline_of(landmarks: FloatArray) -> FloatArray:
    """The outline of a body.

    Args:
        landmarks: float32 (33, 3), pixels of any picture.

    Returns:
        float32 (K, 2), a closed line in pixels; its least x and y are 0, and the longer side is about 240.
    """
    points = landmarks[:, :2] - landmarks[:, :2].min(axis=0)
    scale = _LONG / max(float(points.max()), 1e-6)
    length = np.linalg.norm(points[_TRUNK[:2]].mean(axis=0) - points[_TRUNK[2:]].mean(axis=0))
    trunk = max(float(length) * scale, _LEAST * _LONG)
    points = (points * scale + trunk).round().astype(np.int32)
    mask = np.zeros((points[:, 1].max() + round(trunk), points[:, 0].max() + round(trunk)), np.uint8)
    width = max(round(_LIMB * trunk), 3)
    cv2.fillPoly(mask, [points[_TRUNK]], 255)
    for limb in (*_LIMBS, [*_TRUNK, _TRUNK[0]]):
        cv2.polylines(mask, [points[limb]], False, 255, width)
    head = points[_EARS].mean(axis=0).round().astype(int)
    cv2.circle(mask, (int(head[0]), int(head[1])), round(_HEAD * trunk), 255, -1)
    neck = points[_TRUNK[:2]].mean(axis=0).round().astype(np.int32)
    cv2.line(mask, (int(neck[0]), int(neck[1])), (int(head[0]), int(head[1])), 255, width)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    line = cv2.approxPolyDP(max(contours, key=cv2.contourArea), 1.0, True)[:, 0].astype(np.float32)
    return np.asarray(line - line.min(axis=0), dtype=np.float32)


def placed(outline: FloatArray, size: tuple[int, int]) -> tuple[tuple[float, float], ...]:
    """An outline where a body is to be in a picture of this (width, height), see `Guide.outline`."""
    width, height = size
    wide, tall = (float(each) for each in outline.max(axis=0))
    scale = min(_WIDE * width / max(wide, 1.0), (_BOTTOM - _TOP) * height / max(tall, 1.0))
    left, top = (width - wide * scale) / 2, _BOTTOM * height - tall * scale
    return tuple(
        (round((left + x * scale) / width, 3), round((top + y * scale) / height, 3)) for x, y in outline.tolist()
    )


def draw_guide(canvas: Image, guide: Guide, mirror: bool = False) -> None:
    """Draw it on an image, in place: green where the person is in a good place, with a frame around the picture.

    Args:
        canvas: RGB uint8 (height, width, 3).
        guide: what to draw.
        mirror: whether the canvas is mirrored.
    """
    height, width = canvas.shape[:2]
    colour, thick = _GOOD if guide.is_good else _NOT_YET, max(round(min(height, width) / 120), 2)
    cv2.rectangle(canvas, (0, 0), (width - 1, height - 1), colour, 2 * thick)
    if guide.outline:
        points = np.array(guide.outline) * (width, height)
        if mirror:
            points[:, 0] = width - 1 - points[:, 0]
        cv2.polylines(canvas, [points.round().astype(np.int32)], True, colour, thick)
