"""Views: the pose as it is, mirrored, and with left and right swapped, in which it is compared with samples.

A view is an embedding, weighted and flat: float32 (69,).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posecount.counting.robust.tilt import ROLLS
from posecount.embedding import AXES_WEIGHTS, EMBEDDING_SIZE, MIRROR, SWAP, SWAP_SIGNS
from posecount.pose import FloatArray

VIEW_SIZE = 3 * EMBEDDING_SIZE
"""Components of a view."""

_FLAT = np.arange(VIEW_SIZE).reshape(EMBEDDING_SIZE, 3)
_ORDER: NDArray[np.intp] = np.stack([_FLAT, _FLAT, _FLAT[SWAP], _FLAT[SWAP]]).reshape(4, -1)
_SIGNS: FloatArray = np.stack(
    [sign * mirror * np.ones_like(_FLAT, dtype=np.float32) for sign in (1, SWAP_SIGNS) for mirror in (1, MIRROR)]
).reshape(4, -1)
"""The four views of an embedding are its components in this order with these signs: as it is, with x negated, with left
and right swapped, and with both. A view applied twice undoes itself."""


def _turns() -> FloatArray:
    """The matrices (3, 3, 3) that turn embeddings by each of `ROLLS`, and weight them."""
    turns = np.tile(np.eye(3, dtype=np.float32), (len(ROLLS), 1, 1))
    angles = np.deg2rad(ROLLS)
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(angles)
    turns[:, 0, 1] = np.sin(angles)
    turns[:, 1, 0] = -turns[:, 0, 1]
    return turns * AXES_WEIGHTS


_TURNS = _turns()


def flat(embeddings: FloatArray) -> FloatArray:
    """Embeddings (..., 23, 3), weighted and flat: float32 (..., 69)."""
    weighted: FloatArray = (embeddings * AXES_WEIGHTS).reshape(*embeddings.shape[:-2], -1)
    return weighted


def views_of(embedding: FloatArray, rolls: slice = slice(1)) -> FloatArray:
    """The four views of an embedding (23, 3), turned by some of `ROLLS`, by default by none: float32 (R, 4, 69)."""
    turns = _TURNS[rolls]
    views: FloatArray = (embedding @ turns).reshape(len(turns), -1).take(_ORDER, axis=1)
    views *= _SIGNS
    return views


def sample_views(sample: FloatArray) -> FloatArray:
    """The four views of a flat sample (69,): float32 (4, 69)."""
    views: FloatArray = sample.take(_ORDER) * _SIGNS
    return views


def seen_in(samples: FloatArray, views: NDArray[np.intp]) -> FloatArray:
    """Flat samples (K, 69), each in one of the four views (K,)."""
    places = _ORDER.take(views, axis=0)
    places += VIEW_SIZE * np.arange(len(samples))[:, None]
    seen: FloatArray = samples.take(places)
    seen *= _SIGNS.take(views, axis=0)
    return seen
