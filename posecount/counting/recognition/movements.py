"""Movements: what the exercises of a dataset look like in motion, from rest samples to target samples and back.

A person may be far from all samples, seen from elsewhere or resting otherwise, and still move as the samples do. So a
repetition is compared both by place (half way between its rest and its target) and by movement (what changes between
them). On 97 real clips both together name 92 right, and 88 where negatives may win; place alone 92 and 87, movement
alone 86 and 81.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from posecount.counting.recognition.limbs import NEAREST, Limbs, Move, consistent_axes
from posecount.counting.recognition.place import Place
from posecount.counting.rhythm import FEATURES, mirror_free
from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.embedding import embed
from posecount.pose import FloatArray

_Rows = TypeVar("_Rows", FloatArray, NDArray[np.intp])
_MEAN = np.full(FEATURES, 1 / FEATURES, np.float32)
_RANKS = (0.0, 0.05, 0.2)
"""Each target sample is paired with the rest samples at these ranks of nearness, as shares of all. The nearest is seen
from the same side, but often moves least: with the three nearest, 91 of the 97 clips are named right, with these 92."""
_NEGATIVE_RANKS = (0.0, 0.02, 0.05)
_SHORTLIST = 6
"""Pairs of an exercise that are compared exactly, each way, after a preselection by Euclidean distance."""
_DENSE = 10.0
"""What pairs, left out, cost at most (the median) where an exercise has samples enough: 4.4 to 9.98 in the starter. Ten
of squats cost each other 16 and ten of curls 5.5, so that squats would cost as much as squats as they do as curls."""
_NEGATIVES_SPARSE = 0.5
"""The share of it that counts of negatives, which are unlike each other however many there are. Of ten samples a class,
drawn four times, with 0, 0.5 and 1, 91, 90 and 82 of 132 clips are exact, and 385, 256 and 66 repetitions false."""
_LEAST_SHARE = 0.25
"""No exercise costs less than this share of what its few samples say."""
_LEFT_OUT = 50
"""Pairs of an exercise, at most, that are left out to learn what they cost."""
CUT = 0.4
"""The share of their movement at which pairs are cut short, to be compared with shallow repetitions: see
`naming._MARGIN_PERHAPS`."""
_FAR = 1.4
"""What costs this many times what the nearest exercise does is not asked for its limbs, as it is not done."""
_TARGETS, _RESTS = 1000, 1600
"""Target samples of an exercise, and rests, that are paired at most: all of the starter's are. Of 400 rests it would
depend on the order of samples which: when presses came, 12 bench presses became push-ups."""
_NEGATIVES = 400
"""Negatives that are paired at most. With more, all margins are smaller."""
_COMPARED = 400
"""Rests of an exercise that are compared with those of others, at most."""
_ENOUGH = 20
"""Target samples of an exercise from which on it may be one of the arms alone: ten of push-ups, each seen from another
side, do not say that the legs take part."""
_SHARED = 1.5
"""A rest is shared if the rests of other exercises are at most this many times as far from it as its own are."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How like the movements of N exercises, and those of negatives, a repetition is.

    Attributes:
        costs: float32 (N + 1,), how unlike, in hundredths of body size; the last is the negatives', infinite where the
            dataset has none.
        inverted: bool (N,), whether rest and target are exchanged.
        extent: float32 (N,), how far the limbs go that move consistently in the exercise, by the one that goes least: 1
            is as far as a tenth of the samples do at most.
        limbs: float32 (N,), at least 1 where the limbs move that do the exercise, and no others; 0 where others
            cost far less.
        cut: float32 (N + 1,), the costs as exercises that are broken off early; the negatives' are the same.
    """

    costs: FloatArray
    inverted: NDArray[np.bool_]
    extent: FloatArray
    limbs: FloatArray
    cut: FloatArray


def median_costs(likeness: Sequence[Likeness], cut: bool = False) -> FloatArray:
    """The medians of `Likeness.costs` of some repetitions, or of `Likeness.cut`: (N + 1,)."""
    costs = np.sort([each.cut if cut else each.costs for each in likeness], axis=0)
    middle: FloatArray = 0.5 * (costs[len(costs) // 2] + costs[(len(costs) - 1) // 2])
    return middle


class Movements:
    """The movements of a dataset's exercises. It never changes.

    Args:
        dataset: the samples.
        turned: exercises counted the other way round than the dataset has them, such as a press from the top: of
            these, the hands at rest do not say what stays in its place.

    Attributes:
        names: the N exercises that have a rest.
        negatives: whether there are movements that lead to no exercise.
        gestures: exercises done by the arms alone, from a rest in which others rest too, such as standing. Who waves,
            stretches or picks something up may do one.
        place: what stays in its place in each exercise.
    """

    def __init__(self, dataset: PoseDataset, turned: Collection[str] = ()) -> None:
        features = mirror_free(embed(dataset.landmarks))
        labels = np.array(dataset.labels)
        exercises = [each for each in dataset.repeated if each.rest]
        self.names = tuple(each.name for each in exercises)
        at_rest = [np.flatnonzero(np.isin(labels, each.rest)) for each in exercises]
        at_target = [np.flatnonzero(labels == each.target) for each in exercises]
        pairs = [
            _pairs(features, rests, _some(targets, _TARGETS), _RANKS)
            for rests, targets in zip(at_rest, at_target, strict=True)
        ]
        self._limbs = [Limbs.of(_middles_and_moves(features[pair]), len(_RANKS)) for pair in pairs]
        own = [features[rests] for rests in at_rest]
        enough = [len(targets) >= _ENOUGH for targets in at_target]
        self.gestures = frozenset(
            name
            for code, name in enumerate(self.names)
            if enough[code] and self._limbs[code].arms and not self._limbs[code].legs and _shares_rest(own, code)
        )
        self.place = Place.of(
            [
                (dataset.landmarks[rests], dataset.landmarks[targets])
                for rests, targets in zip(at_rest, at_target, strict=True)
            ],
            [
                each.arms and are_enough and name not in turned
                for name, each, are_enough in zip(self.names, self._limbs, enough, strict=True)
            ],
            [each.legs for each in self._limbs],
        )
        # With the rests of gestures too, pull-ups are nearer to negatives: one clip then counts 1 of 7 instead of 6.
        starting = [each for each in exercises if each.name not in self.gestures] or exercises
        rests = np.flatnonzero(np.isin(labels, [name for each in starting for name in each.rest]))
        negative = np.flatnonzero([is_negative(name) for name in dataset.labels])
        self.negatives = bool(len(rests) and len(negative))
        ranks_of = [_RANKS] * len(pairs)
        if self.negatives:
            pairs.append(_pairs(features, rests, _some(negative, _NEGATIVES), _NEGATIVE_RANKS))
            ranks_of.append(_NEGATIVE_RANKS)
        both = [_middles_and_moves(features[pair]) for pair in pairs]
        # Most poses are in several pairs, so these are kept once.
        used, ends_of = np.unique(np.concatenate([np.empty((2, 0), np.intp), *pairs], axis=1), return_inverse=True)
        self._poses = features[used]
        self._rests, self._targets = ends_of.reshape(2, -1)
        ends = np.cumsum([0, *map(len, both)]).tolist()
        self._slices = [slice(start, stop) for start, stop in pairwise(ends)]
        axes = [consistent_axes(each[:, FEATURES:]) for each in both[: len(self.names)]]
        self._axes = np.concatenate([*axes, np.empty((0, FEATURES), np.float32)])
        ends = np.cumsum([0, *map(len, axes)]).tolist()
        self._axes_of = [slice(start, stop) for start, stop in pairwise(ends)]
        usual = [_usual_cost(each, len(ranks)) for each, ranks in zip(both, ranks_of, strict=True)]
        self._sparse = np.maximum(np.array(usual, np.float32) - _DENSE, 0)
        if self.negatives:
            self._sparse[-1] *= _NEGATIVES_SPARSE
        empty = np.empty(0, np.float32)
        self._squares: FloatArray = np.concatenate([*(np.einsum("pf,pf->p", each, each) for each in both), empty])

    def compare(self, rest: FloatArray, target: FloatArray, excluded: NDArray[np.bool_] | None = None) -> Likeness:
        """Compare a repetition, by its mirror-free features at rest and at the turning point, float32 (58,) each.

        Exercises that it cannot be, bool (N,), may be excluded: they cost infinitely much.
        """
        count = len(self.names)
        costs = np.full(count + 1, np.inf, np.float32)
        inverted = np.zeros(count, np.bool_)
        extent, limbs = np.ones(count, np.float32), np.zeros(count, np.float32)
        if not self._slices:
            return Likeness(costs, inverted, extent, limbs, costs)
        middle, move = 0.5 * (rest + target), target - rest
        short, beyond = self._shortlist(middle, move)
        rests, targets = (self._poses.take(ends.take(short), axis=0) for ends in (self._rests, self._targets))
        pairs, moved = targets - rests, np.stack((move, -move))
        exact = _size(middle - 0.5 * (rests + targets)) + _size(moved[:, None] - pairs)
        exact[beyond] = np.inf
        near = _of_nearest(exact)
        costs[: len(near)] = self._denser(near)
        part = np.float32(CUT) * pairs[:count]
        early = _size(middle - rests[:count] - 0.5 * part) + _size(moved[:, None] - part)
        early[beyond[:count]] = np.inf
        cut = np.append(self._denser(_of_nearest(early)), costs[-1:])
        ways = near[:count].argmin(axis=1).tolist()
        along = (self._axes @ move).tolist()
        for code, way in enumerate(ways):
            inverted[code] = way == 1
            extent[code] = min((-each if way else each for each in along[self._axes_of[code]]), default=1.0)
        onward = Move.of(move)
        for code in (self.names.index(name) for name in self.gestures):
            if not self._limbs[code].elbows_fit(onward):
                costs[code] = np.inf
        if excluded is not None:
            costs[:-1][excluded] = np.inf
        for code in np.flatnonzero(costs[:count] <= _FAR * costs[:count].min(initial=np.inf)).tolist():
            way = ways[code]
            nearest = pairs[code, way].take(exact[code, way].argsort()[:NEAREST], axis=0)
            limbs[code] = self._limbs[code].fit(onward.back() if way else onward, nearest)
        cut[np.isinf(costs)] = np.inf
        return Likeness(costs, inverted, extent, limbs, cut)

    def _denser(self, near: FloatArray) -> FloatArray:
        """What repetitions cost at least, either way (K, 2), if all exercises had samples enough: (K,)."""
        least = near.min(axis=1)
        costs: FloatArray = np.maximum(least - self._sparse[: len(least)], _LEAST_SHARE * least)
        return costs

    def _shortlist(self, middle: FloatArray, move: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """The pairs of each exercise, and of the negatives, that are nearest to a repetition and to its reverse.

        Returns:
            Indices (N + 1, 2, S), without the negatives if there are none, and which of them only fill up.
        """
        at, on = self._poses @ middle, self._poses @ move
        place = self._squares - (at.take(self._rests) + at.take(self._targets))
        along = 2 * (on.take(self._targets) - on.take(self._rests))
        ways = np.stack((place - along, place + along))
        short = np.zeros((len(self._slices), 2, _SHORTLIST), np.intp)
        beyond = np.ones(short.shape, np.bool_)
        for code, part in enumerate(self._slices):
            room = min(_SHORTLIST, part.stop - part.start)
            short[code, :, :room] = part.start + ways[:, part].argpartition(room - 1, axis=1)[:, :room]
            beyond[code, :, :room] = False
        return short, beyond


def _shares_rest(rests: list[FloatArray], code: int) -> bool:
    """Whether an exercise's rests (N, 58) are about as near to those of others as to each other."""
    others = [each for index, each in enumerate(rests) if index != code]
    if not others:
        return False
    own = _some(rests[code], _COMPARED)
    theirs = _some(np.concatenate(others), _COMPARED)
    to_own = np.median([np.sort(_size(own - rest))[1:2].sum() for rest in own])
    to_others = np.median([_size(theirs - rest).min() for rest in own])
    return bool(to_others <= _SHARED * to_own)


def _some(rows: _Rows, most: int) -> _Rows:
    """Of many rows (N, ...), a part that is spread evenly."""
    return rows[:: max(len(rows) - 1, 0) // most + 1]


def _size(values: FloatArray) -> FloatArray:
    size: FloatArray = np.abs(values) @ _MEAN  # half the time of `mean`
    return size


def _of_nearest(costs: FloatArray) -> FloatArray:
    """The mean of what the nearest pairs cost, of (K, 2, S): (K, 2)."""
    mean: FloatArray = np.add.reduce(np.sort(costs, axis=2)[:, :, :NEAREST], axis=2) / np.float32(NEAREST)
    return mean


def _pairs(
    features: FloatArray, rests: NDArray[np.intp], targets: NDArray[np.intp], ranks: tuple[float, ...]
) -> NDArray[np.intp]:
    """Each target with some of the rests, by their indices: (2, P)."""
    rests = _some(rests, _RESTS)
    places = [min(int(rank * len(rests)), len(rests) - 1) for rank in ranks]
    poses = features[rests]
    chosen = np.stack([_size(poses - features[target]).argsort()[places] for target in targets])
    return np.stack((rests[chosen.T].ravel(), np.tile(targets, len(places))))


def _middles_and_moves(pairs: FloatArray) -> FloatArray:
    """Of rests and targets (2, P, 58) what is half way, and what moves: (P, 116)."""
    rests, targets = pairs
    return np.concatenate((0.5 * (rests + targets), targets - rests), axis=1).astype(np.float32)


def _usual_cost(pairs: FloatArray, ranks: int) -> float:
    """What pairs (P, 116), left out with all of their target, cost (the median): the denser the samples, the less."""
    target = np.tile(np.arange(len(pairs) // ranks), ranks)
    costs = []
    for index in range(0, len(pairs), len(pairs) // _LEFT_OUT + 1):
        apart = np.abs(pairs[target != target[index]] - pairs[index]).sum(axis=1) / FEATURES
        if len(apart) >= NEAREST:
            costs.append(np.partition(apart, NEAREST - 1)[:NEAREST].mean())
    return float(np.median(costs)) if costs else 0.0
