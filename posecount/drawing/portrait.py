"""A sample's portrait: the picture with the skeleton, and beside it the pose seen from above."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import cv2
import numpy as np

from posecount.datasets.photos import PhotoError, read_photo
from posecount.drawing.skeleton import draw_skeleton
from posecount.pose import LANDMARK, LANDMARK_COUNT, FloatArray, Image, Pose

HEIGHT = 360
"""Pixels; a portrait is shown at half of this or less, so it stays sharp on a phone."""

_BACKGROUND = (24, 32, 36)
_GAP = 4
_NARROWEST, _WIDEST = 0.8, 1.8
"""Width over height of a picture in a portrait; panoramas are cropped, and tall pictures get margins."""


def draw_portrait(
    image: Image | Path | None,
    landmarks: FloatArray,
    visibility: FloatArray | None = None,
    height: int = HEIGHT,
    above: bool = True,
) -> Image:
    """Draw a sample for a person to judge.

    Left: the picture with the skeleton. Right: the notebook's top-down projection, with x from left to right as in the
    picture, z from the top (away from the camera) to the bottom (towards it), and the hips at half height.

    Args:
        image: RGB uint8 (height, width, 3) or its file; None, or an unreadable file, gives a plain background.
        landmarks: float32 (33, 3), pixels of the image.
        visibility: float32 (33,); None or NaN where unknown, which is drawn as visible.
        height: of the portrait, in pixels.
        above: draw the right half as well.

    Returns:
        RGB uint8 (height, width, 3).
    """
    if isinstance(image, Path):
        try:
            image = read_photo(image)
        except PhotoError:
            image = None
    if visibility is None:
        visibility = np.ones(LANDMARK_COUNT, dtype=np.float32)
    visibility = np.nan_to_num(visibility, nan=1.0)
    if image is None:
        image, landmarks = _plain(landmarks)
    size = (int(image.shape[1]), int(image.shape[0]))
    factor = height / size[1]
    picture = cast(Image, cv2.resize(image, (max(round(size[0] * factor), 1), height), interpolation=cv2.INTER_AREA))
    scale = height / 400
    draw_skeleton(picture, Pose(landmarks, visibility, size), scale=scale)
    picture = _cut(picture, height)
    if not above:
        return picture
    projection = np.full_like(picture, _BACKGROUND)
    draw_skeleton(projection, _from_above(landmarks * np.float32(factor), visibility, projection), scale=scale)
    gap = np.zeros((height, _GAP, 3), dtype=np.uint8)
    return np.hstack((picture, gap, projection))


def _from_above(landmarks: FloatArray, visibility: FloatArray, canvas: Image) -> Pose:
    """The pose with z in place of y, scaled down if needed to fit the canvas."""
    height, width = canvas.shape[:2]
    centre = landmarks[[LANDMARK["left_hip"], LANDMARK["right_hip"]]].mean(axis=0)
    offset = landmarks - centre
    shrink = min(1.0, 0.46 * height / max(float(np.abs(offset[:, 2]).max()), 1.0))
    shrink = min(shrink, 0.46 * width / max(float(np.abs(offset[:, 0]).max()), 1.0))
    points = np.zeros_like(landmarks)
    points[:, 0] = width / 2 + offset[:, 0] * shrink
    points[:, 1] = height / 2 - offset[:, 2] * shrink
    return Pose(points, visibility, (width, height))


def _plain(landmarks: FloatArray) -> tuple[Image, FloatArray]:
    """A plain background around the pose, and the landmarks on it."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    extent = max(float((high - low).max()), 1e-6)
    side = 400
    moved = landmarks.copy()
    moved[:, :2] = (landmarks[:, :2] - (low + high) / 2) * (0.9 * side / extent) + side / 2
    moved[:, 2] = landmarks[:, 2] * (0.9 * side / extent)
    return np.full((side, side, 3), _BACKGROUND, dtype=np.uint8), moved


def _cut(picture: Image, height: int) -> Image:
    width = int(picture.shape[1])
    narrowest, widest = round(_NARROWEST * height), round(_WIDEST * height)
    if width > widest:
        left = (width - widest) // 2
        return np.ascontiguousarray(picture[:, left : left + widest])
    if width < narrowest:
        left = (narrowest - width) // 2
        wide = np.full((height, narrowest, 3), _BACKGROUND, dtype=np.uint8)
        wide[:, left : left + width] = picture
        return wide
    return picture
