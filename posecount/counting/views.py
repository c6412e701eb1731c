"""Views: the pose as it is, mirrored, and with left and right swapped, in which it is compared with samples.

A view is an embedding, weighted and flat: float32 (69,), its 23 x, then its y, then its z components.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posecount.counting.tilt import ROLLS
from posecount.embedding import AXES_WEIGHTS, EMBEDDING_SIZE, SWAP, SWAP_SIGNS
from posecount.pose import FloatArray

VIEW_SIZE = 3 * EMBEDDING_SIZE
"""Components of a view."""

_FLAT = np.arange(VIEW_SIZE).reshape(3, EMBEDDING_SIZE)
_ORDER = np.stack([_FLAT, _FLAT, _FLAT[:, SWAP], _FLAT[:, SWAP]]).reshape(4, VIEW_SIZE)
_MIRROR = np.array((-1, 1, 1), dtype=np.float32)[:, None]
_SIGNS = np.stack(
    [sign * mirror * np.ones(_FLAT.shape, np.float32) for sign in (1, SWAP_SIGNS.T) for mirror in (1, _MIRROR)]
).reshape(4, VIEW_SIZE)
"""The four views of an embedding are its components in this order with these signs: as it is, with x negated, with left
and right swapped, and with both. The second differs from the first in x alone, and the fourth from the third."""


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
    """Embeddings (..., 23, 3) as they are: float32 (..., 69)."""
    weighted: FloatArray = (embeddings * AXES_WEIGHTS).swapaxes(-1, -2).reshape(*embeddings.shape[:-2], VIEW_SIZE)
    return weighted


def views_of(embedding: FloatArray, roll: int = 0) -> FloatArray:
    """The four views of an embedding (23, 3), turned by one of `ROLLS`: float32 (4, 69)."""
    turned = (embedding @ _TURNS[roll]).T.reshape(VIEW_SIZE)
    views: FloatArray = turned.take(_ORDER) * _SIGNS
    return views


def seen_in(samples: FloatArray, views: NDArray[np.intp]) -> FloatArray:
    """Samples (k, 69), each seen in one of the four views (k,); a view applied twice undoes itself."""
    seen: FloatArray = np.take_along_axis(samples, _ORDER[views], axis=1) * _SIGNS[views]
    return seen
