"""The pose of one person in one image, and the conventions that every array in posecount follows.

- **Images** are RGB, uint8, shape (height, width, 3): what MediaPipe wants and PyAV gives.
- **Landmarks** are float32, shape (33, 3), in image pixels: ``x * width, y * height, z * width``. x grows to the
  right, y downwards, z away from the camera with the hips near 0. Pixels, not fractions: aspect ratio matters.
- **Visibility** is float32, shape (33,), from 0 to 1.
- **Timestamps** are seconds, float, taken from the frame and never from the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Image = NDArray[np.uint8]

LANDMARK_NAMES: tuple[str, ...] = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""The 33 BlazePose landmarks in MediaPipe's order; left and right are the person's own."""

LANDMARK: dict[str, int] = {name: index for index, name in enumerate(LANDMARK_NAMES)}
"""Index of a landmark by its name."""

LANDMARK_COUNT = len(LANDMARK_NAMES)

CONNECTIONS: tuple[tuple[int, int], ...] = (
    # face
    *((0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10)),
    # arms and hands
    *((11, 12), (11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19)),
    *((12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20)),
    # trunk
    *((11, 23), (12, 24), (23, 24)),
    # legs and feet
    *((23, 25), (25, 27), (27, 29), (29, 31), (27, 31)),
    *((24, 26), (26, 28), (28, 30), (30, 32), (28, 32)),
)
"""Pairs of landmark indices that the skeleton connects, as in MediaPipe's ``PoseLandmarksConnections``."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One person's landmarks in one image.

    Attributes:
        landmarks: float32 (33, 3), image pixels.
        visibility: float32 (33,), 0 (hidden or out of frame) to 1.
        size: (width, height) of the image in pixels.

    Raises:
        ValueError: if an array has another shape, or a landmark is not finite.
    """

    landmarks: FloatArray
    visibility: FloatArray
    size: tuple[int, int]

    def __post_init__(self) -> None:
        if self.landmarks.shape != (LANDMARK_COUNT, 3):
            raise ValueError(f"landmarks must have shape (33, 3), not {self.landmarks.shape}")
        if self.visibility.shape != (LANDMARK_COUNT,):
            raise ValueError(f"visibility must have shape (33,), not {self.visibility.shape}")
        if np.count_nonzero(np.isfinite(self.landmarks)) < self.landmarks.size:  # half the time of `all`
            raise ValueError("the tracker returned landmarks that are not finite")

    def scaled(self, size: tuple[int, int]) -> Self:
        """The same pose in pixels of the same picture at another size, (width, height)."""
        if size == self.size:
            return self
        across, down = size[0] / self.size[0], size[1] / self.size[1]
        return type(self)(self.landmarks * np.array((across, down, across), np.float32), self.visibility, size)
