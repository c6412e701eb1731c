"""The published pose embedding: 23 differences between joints, independent of position and scale.

Source: Google's "MediaPipe Pose Classification" notebook and its Java port in the ML Kit sample app.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from posecount.pose import LANDMARK, FloatArray

EMBEDDING_SIZE = 23
TORSO_MULTIPLIER = 2.5
"""Torso length times this approximates body size; the notebook's constant."""

_LEAST_SIZE = float(np.finfo(np.float32).tiny * 1e6)
"""This matters only if all landmarks coincide: the embedding is then zero, not NaN."""

_L = LANDMARK
# Rows of a point table: the 33 landmarks, then the two centres below.
_SHOULDER_CENTRE = 33
_HIP_CENTRE = 34
# Shoulder and hip as slices, which take a fifth of the time of a list of rows.
_LEFT = slice(_L["left_shoulder"], _L["left_hip"] + 1, _L["left_hip"] - _L["left_shoulder"])
_RIGHT = slice(_L["right_shoulder"], _L["right_hip"] + 1, _L["right_hip"] - _L["right_shoulder"])


def _pairs() -> tuple[tuple[int, int], ...]:
    """(from, to) of each difference, in the published order."""
    pairs = [(_HIP_CENTRE, _SHOULDER_CENTRE)]
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("shoulder", "wrist"),
        ("hip", "ankle"),
        ("hip", "wrist"),
        ("shoulder", "ankle"),
        ("hip", "wrist"),  # twice in the notebook and in ML Kit; kept, so that votes agree
    ):
        pairs += [(_L[f"{side}_{start}"], _L[f"{side}_{end}"]) for side in ("left", "right")]
    pairs += [(_L[f"left_{joint}"], _L[f"right_{joint}"]) for joint in ("elbow", "knee", "wrist", "ankle")]
    return tuple(pairs)


_ENDS = np.array(_pairs()).T
_REACH_WEIGHTS = np.ones(_HIP_CENTRE + 1, dtype=np.float32)
_REACH_WEIGHTS[_SHOULDER_CENTRE] = TORSO_MULTIPLIER


def _selections() -> tuple[FloatArray, FloatArray]:
    """Matrices for one pose: of landmarks (33, 3) to points (35, 3), and of those to the differences and to how far
    each point is from the hips (58, 3). A row has at most two numbers that are not 0: each result is rounded once."""
    points = np.eye(_HIP_CENTRE + 1, len(LANDMARK), dtype=np.float32)
    for centre, side in ((_SHOULDER_CENTRE, "shoulder"), (_HIP_CENTRE, "hip")):
        points[centre, [_L[f"left_{side}"], _L[f"right_{side}"]]] = 0.5
    rows = np.eye(_HIP_CENTRE + 1, dtype=np.float32)
    return points, np.concatenate([rows[_ENDS[1]] - rows[_ENDS[0]], rows - rows[_HIP_CENTRE]])


_POINTS, _DIFFERENCES = _selections()

BASIS = np.linalg.svd(_DIFFERENCES[:EMBEDDING_SIZE].astype(np.float64) @ _POINTS)[0][:, :11].astype(np.float32)
"""An orthonormal basis (23, 11) of all x, y or z that the differences of an embedding can have: they are those between
twelve joints. In it scalar products are the same, and take half the time."""

AXES_WEIGHTS = np.array((1.0, 1.0, 0.2), dtype=np.float32)
"""Weights of x, y and z in a distance: MediaPipe's z is far less certain. They are the notebook's constants."""

MIRROR = np.array((-1, 1, 1), dtype=np.float32)
"""An embedding times this is the embedding of the mirrored pose (x negated before normalising)."""

SWAP = np.array([0, *(row + 1 if row % 2 else row - 1 for row in range(1, 19)), *range(19, 23)])
"""The order of the rows of an embedding once left and right are swapped; see `SWAP_SIGNS`."""

SWAP_SIGNS = np.array([1.0] * 19 + [-1.0] * 4, dtype=np.float32)[:, None]
"""The signs that go with `SWAP`: the last four differences run from left to right."""


class Body(NamedTuple):
    """What counting reads of one pose, measured once.

    Attributes:
        embedding: float32 (23, 3), see `embed`.
        hips: x and y of the point between the hips, in pixels.
        size: the body's size, in pixels; never 0.
    """

    embedding: FloatArray
    hips: tuple[float, float]
    size: float


def measure(landmarks: FloatArray) -> Body:
    """Measure one pose, float32 (33, 3), image pixels."""
    # What `embed` does, to the bit, in a third less time: two products, and plain Python numbers.
    points = _POINTS.dot(landmarks)
    differences = _DIFFERENCES.dot(points)
    apart = differences[EMBEDDING_SIZE:]
    squares = apart * apart
    reaches = (squares[:, 0] + squares[:, 1]).tolist()
    torso = TORSO_MULTIPLIER * float(np.float32(sqrt(reaches[_SHOULDER_CENTRE])))
    size = float(np.float32(max(sqrt(max(reaches)), torso, _LEAST_SIZE)))
    x, y, _ = points[_HIP_CENTRE].tolist()
    embedding: FloatArray = np.multiply(differences[:EMBEDDING_SIZE], 100 / size)
    return Body(embedding, (x, y), size)


def embed(landmarks: FloatArray) -> FloatArray:
    """Embed poses.

    Args:
        landmarks: float (..., 33, 3), image pixels.

    Returns:
        float32 (..., 23, 3): joint differences, in hundredths of the body's size.

    Raises:
        ValueError: if the last two axes are not (33, 3).
    """
    landmarks = np.asarray(landmarks, dtype=np.float32)
    if landmarks.shape[-2:] != (len(LANDMARK), 3):
        raise ValueError(f"landmarks must have shape (..., 33, 3), not {landmarks.shape}")
    centres = (landmarks[..., _LEFT, :] + landmarks[..., _RIGHT, :]) * np.float32(0.5)
    points = np.concatenate([landmarks, centres], axis=-2)
    hips = points[..., _HIP_CENTRE, :]
    x, y = points[..., 0] - hips[..., None, 0], points[..., 1] - hips[..., None, 1]
    reach = np.sqrt(x * x + y * y)  # half the time of `numpy.linalg.norm`
    size = np.maximum((reach * _REACH_WEIGHTS).max(axis=-1), _LEAST_SIZE)
    ends = points.take(_ENDS, axis=-2)
    differences = ends[..., 1, :, :] - ends[..., 0, :, :]
    embedding: FloatArray = differences * (np.float32(100) / size)[..., None, None]
    return embedding
