"""Each sample's nearest other samples, from which outliers, quality and the map of a dataset are derived.

The distance is the published classifier's: the mean weighted absolute difference of embeddings, to the pose or to its
mirror image, whichever is smaller. Labels play no part, so relabelling a sample changes nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import joblib
import numpy as np
from numpy.typing import NDArray

from posecount.embedding import AXES_WEIGHTS, EMBEDDING_SIZE, embed
from posecount.pose import FloatArray

IntArray = NDArray[np.int32]

NEIGHBOURS = 32
"""How many neighbours are kept per sample: the 10 that may vote, and more, so that removals rarely need a search."""
TWINS = 8
"""How many near-duplicates are kept per sample."""
TWIN_DISTANCE = 1.0
"""Two poses nearer than this are near-duplicates, in hundredths of the body's size. Measured: the same photo compressed
again, smaller or darker is 0.3 to 1.5 from itself; of 812 samples of different photos 3 % are nearer."""

_FEWEST = 12
"""A sample with fewer neighbours left after removals is searched again: 10 vote, and two more measure the margin."""
_COLUMNS = 4096
_TILE = 131_072
"""Values in a tile of distances: its three buffers fit a processor's level-2 cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest other samples of each of N samples, nearest first; equally near ones stay in order.

    Attributes:
        landmarks: float32 (N, 33, 3), the poses.
        indices: int32 (N, 32), samples that are not near-duplicates; -1 where there are no more.
        distances: float32 (N, 32), hundredths of the body's size; infinite where there are no more.
        radius: float32 (N,), the distance up to which every sample is listed.
        twins: int32 (N, 8), near-duplicates (see `TWIN_DISTANCE`); -1 where there are no more.
        twin_distances: float32 (N, 8).
    """

    landmarks: FloatArray
    indices: IntArray
    distances: FloatArray
    radius: FloatArray
    twins: IntArray
    twin_distances: FloatArray

    def __len__(self) -> int:
        return len(self.landmarks)


def find_neighbours(landmarks: FloatArray, previous: Neighbours | None = None) -> Neighbours:
    """Find the neighbours of every sample among all others.

    Args:
        landmarks: float32 (N, 33, 3), image pixels.
        previous: the result for an earlier state of the dataset: then only samples added since are searched.
    """
    count = len(landmarks)
    found = Neighbours(
        landmarks,
        np.full((count, NEIGHBOURS), -1, np.int32),
        np.full((count, NEIGHBOURS), np.inf, np.float32),
        np.full(count, np.inf, np.float32),
        np.full((count, TWINS), -1, np.int32),
        np.full((count, TWINS), np.inf, np.float32),
    )
    features = _Features(landmarks)
    origin = _origins(landmarks, previous.landmarks) if previous is not None else np.full(count, -1, np.int32)
    known, new = np.flatnonzero(origin >= 0), np.flatnonzero(origin < 0)
    if previous is None or len(new) > len(known):
        new = np.arange(count)
    else:
        _carry_over(previous, found, origin, known)
        if len(new):
            _insert(found, known, new, features, _Features(landmarks[new]))
        listed = (found.indices >= 0).sum(axis=1)
        twins = (found.twins >= 0).sum(axis=1)
        poor = (listed < _FEWEST) & (listed + twins < count - 1)
        poor[new] = True
        new = np.flatnonzero(poor)
    if count:
        _search(found, new, features)
    return found


def cross_distances(landmarks: FloatArray, others: FloatArray) -> FloatArray:
    """Distances of N poses to M others, float32 (N, M), from landmarks (N, 33, 3) and (M, 33, 3) in image pixels."""
    return _Features(landmarks).distances(np.arange(len(landmarks)), _Features(others))


class _Features:
    """Weighted embeddings, component-major: the x components, which change sign in a mirror, and the others."""

    def __init__(self, landmarks: FloatArray) -> None:
        weighted = (embed(landmarks) * AXES_WEIGHTS / np.float32(EMBEDDING_SIZE * 3)).T  # (3, 23, N)
        self.x: FloatArray = np.ascontiguousarray(weighted[0])
        self.rest: FloatArray = np.ascontiguousarray(weighted[1:].reshape(2 * EMBEDDING_SIZE, -1))

    def distances(self, rows: NDArray[np.intp], others: _Features) -> FloatArray:
        """Distances of some samples to all others, float32 (rows, M)."""
        count = others.x.shape[1]
        result = np.empty((len(rows), count), np.float32)
        height = _height(count)
        with np.errstate():  # which also restores the buffer size
            np.setbufsize(1024)  # NumPy copies rows shorter than a third of its buffer, which takes twice as long
            for top in range(0, len(rows), height):
                for left in range(0, count, _COLUMNS):
                    columns = slice(left, min(left + _COLUMNS, count))
                    tile = slice(top, top + height)
                    self._tile(rows[tile], others, columns, result[tile, columns])
        return result

    def _tile(self, rows: NDArray[np.intp], others: _Features, columns: slice, result: FloatArray) -> None:
        same = np.zeros(result.shape, np.float32)
        difference = np.empty_like(same)
        for mine, theirs in zip(self.rest[:, rows], others.rest[:, columns], strict=True):
            np.subtract(mine[:, None], theirs, out=difference)
            same += np.abs(difference, out=difference)
        mirrored = same.copy()
        for mine, theirs in zip(self.x[:, rows], others.x[:, columns], strict=True):
            np.subtract(mine[:, None], theirs, out=difference)
            same += np.abs(difference, out=difference)
            np.add(mine[:, None], theirs, out=difference)
            mirrored += np.abs(difference, out=difference)
        np.minimum(same, mirrored, out=result)


def _height(columns: int) -> int:
    """How many rows a tile with that many columns has."""
    return _TILE // max(1, min(columns, _COLUMNS))


def _search(found: Neighbours, rows: NDArray[np.intp], features: _Features) -> None:
    """Fill in the rows of samples, each searched among all others."""

    def search(block: NDArray[np.intp]) -> None:
        distances = features.distances(block, features)
        distances[np.arange(len(block)), block] = np.inf  # a sample is not its own neighbour
        near = distances < TWIN_DISTANCE
        if near.any():
            twins = np.where(near, distances, np.inf)
            found.twins[block], found.twin_distances[block] = _nearest(twins, TWINS)
            distances[near] = np.inf
        found.indices[block], found.distances[block] = _nearest(distances, NEIGHBOURS)
        found.radius[block] = found.distances[block, -1]

    height = _height(len(found))
    blocks = [rows[top : top + height] for top in range(0, len(rows), height)]
    # Threads: NumPy releases the interpreter lock in the loops that matter, and nothing is copied.
    joblib.Parallel(n_jobs=-1, prefer="threads", require="sharedmem")(joblib.delayed(search)(block) for block in blocks)


def _nearest(distances: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
    """The `count` smallest of each row, ascending; -1 and infinity where a row has fewer finite values."""
    rows, columns = distances.shape
    indices = np.full((rows, count), -1, np.int32)
    values = np.full((rows, count), np.inf, np.float32)
    kept = min(count, columns)
    near = (
        np.argpartition(distances, kept - 1, axis=1)[:, :kept]
        if kept < columns
        else np.tile(np.arange(columns), (rows, 1))
    )
    near.sort(axis=1)
    order = np.argsort(np.take_along_axis(distances, near, axis=1), axis=1, kind="stable")
    indices[:, :kept] = np.take_along_axis(near, order, axis=1)
    values[:, :kept] = np.take_along_axis(distances, indices[:, :kept].astype(np.intp), axis=1)
    indices[~np.isfinite(values)] = -1
    return indices, values


def _origins(landmarks: FloatArray, previous: FloatArray) -> IntArray:
    """For each pose the index of the same pose in an earlier state, or -1; each is used once."""
    known: defaultdict[bytes, list[int]] = defaultdict(list)
    for index in range(len(previous) - 1, -1, -1):
        known[previous[index].tobytes()].append(index)
    origin = np.full(len(landmarks), -1, np.int32)
    for index, pose in enumerate(landmarks):
        earlier = known.get(pose.tobytes())
        if earlier:
            origin[index] = earlier.pop()
    return origin


def _carry_over(previous: Neighbours, found: Neighbours, origin: IntArray, known: NDArray[np.intp]) -> None:
    """Copy the rows of samples that existed before, without neighbours that are gone."""
    renamed = np.full(len(previous) + 1, -1, np.int32)  # the last entry stands for "none", index -1
    renamed[origin[known]] = known
    for source, values, target, target_values in (
        (previous.indices, previous.distances, found.indices, found.distances),
        (previous.twins, previous.twin_distances, found.twins, found.twin_distances),
    ):
        indices = renamed[source[origin[known]]]
        distances = np.where(indices < 0, np.inf, values[origin[known]])
        order = np.argsort(distances, axis=1, kind="stable")
        target[known] = np.take_along_axis(indices, order, axis=1)
        target_values[known] = np.take_along_axis(distances, order, axis=1)
    found.radius[known] = previous.radius[origin[known]]


def _insert(
    found: Neighbours, known: NDArray[np.intp], new: NDArray[np.intp], features: _Features, added_features: _Features
) -> None:
    """Add new samples to the lists of those that existed before."""
    for top in range(0, len(known), 1024):
        rows = known[top : top + 1024]
        distances = features.distances(rows, added_features)
        near = distances < TWIN_DISTANCE
        for indices, values, added in (
            (found.twins, found.twin_distances, np.where(near, distances, np.inf)),
            (
                found.indices,
                found.distances,
                np.where(near | (distances > found.radius[rows, None]), np.inf, distances),
            ),
        ):
            width = indices.shape[1]
            place, merged = _nearest(np.concatenate([values[rows], added], axis=1), width)
            candidates = np.concatenate([indices[rows], np.broadcast_to(new, added.shape)], axis=1)
            values[rows] = merged
            indices[rows] = np.where(
                place < 0, -1, np.take_along_axis(candidates, np.maximum(place, 0).astype(np.intp), axis=1)
            )
        full = found.indices[rows, -1] >= 0
        found.radius[rows[full]] = np.minimum(found.radius[rows[full]], found.distances[rows[full], -1])
