"""Movements: what the exercises of a dataset look like in motion, from rest samples to target samples and back.

A person may be far from all samples, seen from elsewhere or resting otherwise, and still move as the samples do. So a
repetition is compared both by place (half way between its rest and its target) and by movement (what changes between
them). On 97 real clips both together name 92 right, and 88 where negatives may win; place alone 92 and 87, movement
alone 86 and 81.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from posecount.counting.rhythm import mirror_free
from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.embedding import embed
from posecount.pose import FloatArray

FEATURES = 58
"""Components of `mirror_free`."""
_MEAN = np.full(FEATURES, 1 / FEATURES, np.float32)
_RANKS = (0.0, 0.05, 0.2)
"""Each target sample is paired with the rest samples at these ranks of nearness, as shares of all. The nearest is seen
from the same side, but often moves least: with the three nearest, 91 of the 97 clips are named right, with these 92."""
_NEGATIVE_RANKS = (0.0, 0.02, 0.05)
_NEAREST = 3
"""Pairs that are averaged."""
_PAIRED = 400
"""Target samples of an exercise, and as many of its rests, that are paired at most."""
_CONSISTENT = 0.65
"""A limb moves consistently if the mean of its moves is at least this share of their mean length: the legs in squats,
lunges and jumping jacks, the arms in jumping jacks, seen from any side."""
_SMALL, _SMALLEST = 0.1, 0.4
"""A small move is that of the tenth of the pairs that move least, but at least this share of the mean. Arm circles move
the legs by 0.2 of what jumping jacks do on average; 0.4 of squats and lunges is further than a bow or a step."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How like the movements of N exercises, and those of negatives, a repetition is.

    Attributes:
        costs: float32 (N + 1,), how unlike, in hundredths of body size; the last is the negatives', infinite where the
            dataset has none.
        inverted: bool (N,), whether rest and target are exchanged.
        extent: float32 (N,), how far the limbs go that move consistently in the exercise, by the one that goes least: 1
            is as far as a tenth of the samples do at most.
    """

    costs: FloatArray
    inverted: NDArray[np.bool_]
    extent: FloatArray


class Movements:
    """The movements of a dataset's exercises. It never changes.

    Attributes:
        names: the N exercises that have a rest.
        negatives: whether there are movements that lead to no exercise.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        features = mirror_free(embed(dataset.landmarks))
        labels = np.array(dataset.labels)
        exercises = [each for each in dataset.repeated if each.rest]
        self.names = tuple(each.name for each in exercises)
        pairs = [
            _pairs(features[np.isin(labels, each.rest)], features[labels == each.target], _RANKS) for each in exercises
        ]
        rests = np.isin(labels, [name for each in exercises for name in each.rest])
        negative = np.array([is_negative(name) for name in dataset.labels])
        self.negatives = bool(rests.any() and negative.any())
        if self.negatives:
            pairs.append(_pairs(features[rests], features[negative], _NEGATIVE_RANKS))
        empty = np.empty((0, FEATURES), np.float32)
        rest, target = (np.concatenate([pair[side] for pair in pairs] or [empty]) for side in (0, 1))
        self._middles, self._moves = 0.5 * (rest + target), target - rest
        ends = np.cumsum([0, *(len(pair[0]) for pair in pairs)]).tolist()
        self._slices = [slice(start, stop) for start, stop in pairwise(ends)]
        self._axes = [_consistent_limbs(self._moves[part]) for part in self._slices[: len(self.names)]]

    def compare(self, rest: FloatArray, target: FloatArray) -> Likeness:
        """Compare a repetition, by its mirror-free features at rest and at the turning point, float32 (58,) each."""
        count = len(self.names)
        costs = np.full(count + 1, np.inf, np.float32)
        inverted, extent = np.zeros(count, np.bool_), np.ones(count, np.float32)
        move = target - rest
        place = _size(0.5 * (rest + target) - self._middles)
        ways = np.stack((place + _size(move - self._moves), place + _size(move + self._moves)))
        for code, part in enumerate(self._slices):
            near = np.sort(ways[:, part], axis=1)[:, :_NEAREST].mean(axis=1)
            costs[code] = near.min()
            if code < count:
                inverted[code] = near[1] < near[0]
                onward = move if near[0] <= near[1] else -move
                extent[code] = min((float(onward[limb] @ axis) for limb, axis in self._axes[code]), default=1.0)
        return Likeness(costs, inverted, extent)


def _size(values: FloatArray) -> FloatArray:
    size: FloatArray = np.abs(values) @ _MEAN  # half the time of `mean`
    return size


def _pairs(rests: FloatArray, targets: FloatArray, ranks: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """Each target with some of the rests: float32 (P, 58), twice."""
    rests, targets = (each[:: len(each) // _PAIRED + 1] for each in (rests, targets))
    places = [min(int(rank * len(rests)), len(rests) - 1) for rank in ranks]
    chosen = np.stack([_size(rests - target).argsort()[places] for target in targets])
    return rests[chosen.T].reshape(-1, FEATURES), np.tile(targets, (len(places), 1))


def _consistent_limbs(moves: FloatArray) -> list[tuple[NDArray[np.intp], FloatArray]]:
    """The limbs that move alike in all pairs (P, 58), and an axis for each, along which a small move is 1."""
    found = []
    for limb in (_ARMS, _LEGS):
        usual = moves[:, limb].mean(axis=0)
        length = float(np.linalg.norm(usual))
        if length > _CONSISTENT * float(np.linalg.norm(moves[:, limb], axis=1).mean()):
            small = float(np.quantile(moves[:, limb] @ usual, _SMALL)) / length**2
            found.append((limb, usual / (length**2 * max(small, _SMALLEST))))
    return found


def _limb(pairs: tuple[int, ...], across: tuple[int, ...]) -> NDArray[np.intp]:
    """Features of `mirror_free`: of six blocks of eight pairs of differences, and of those from left to right."""
    return np.array([2 + 8 * block + pair for block in range(6) for pair in pairs] + list(across))


_ARMS = _limb((0, 1, 4), (50, 52, 54, 56))  # shoulder → elbow → wrist, shoulder → wrist; elbows, wrists
_LEGS = _limb((2, 3, 5), (51, 53, 55, 57))  # hip → knee → ankle, hip → ankle; knees, ankles
