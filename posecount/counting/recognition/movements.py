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

from posecount.counting.recognition.place import Place
from posecount.counting.rhythm import FEATURES, mirror_free
from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.embedding import embed
from posecount.pose import FloatArray

_MEAN = np.full(FEATURES, 1 / FEATURES, np.float32)
_RANKS = (0.0, 0.05, 0.2)
"""Each target sample is paired with the rest samples at these ranks of nearness, as shares of all. The nearest is seen
from the same side, but often moves least: with the three nearest, 91 of the 97 clips are named right, with these 92."""
_NEGATIVE_RANKS = (0.0, 0.02, 0.05)
_NEAREST = 3
"""Pairs that are averaged."""
_SHORTLIST = 6
"""Pairs of an exercise that are compared exactly, each way, after a preselection by Euclidean distance."""
_FAR = 1.4
"""What costs this many times what the nearest exercise does is not asked for its limbs, as it is not done."""
_PAIRED = 400
"""Target samples of an exercise, and as many of its rests, that are paired at most."""
_CONSISTENT = 0.65
"""A limb moves consistently if the mean of its moves is at least this share of their mean length: the legs in squats,
lunges and jumping jacks, the arms in jumping jacks, seen from any side."""
_SMALL, _SMALLEST = 0.1, 0.4
"""A small move is that of the tenth of the pairs that move least, but at least this share of the mean. Arm circles move
the legs by 0.2 of what jumping jacks do on average; 0.4 of squats and lunges is further than a bow or a step."""
_TAKES_PART = 0.75
"""A limb takes part in an exercise if pairs, left out, move it by at least this share of what those like them do (the
median): the arms in curls, presses and pull-ups, the legs in squats and lunges, both in push-ups and jumping jacks."""
_PART = 0.45
"""The share that a person's limb has to move of what the nearest pairs do. Bench presses, front raises and pull-ups
that look most like push-ups or squats move the legs by 0.2 to 0.42; people who do those, by 0.47 and more."""
_MAIN = 0.4
"""That is asked of a limb that in these pairs moves at least this share of what the other does: the legs of jumping
jacks often move too little for a tracker to tell."""
_MOST, _FURTHER = 0.95, 1.75
"""Trunk, arms and legs go at most this many times as far as those of 95 in 100 pairs do. Of people who do the exercise
none goes further than 1.6 times; who bows with raised arms moves the trunk 2.7 times as far as jumping jacks do."""
_JITTER = 4.0
"""They may always go this far, in hundredths of body size: the root mean square of what they move."""
_SHARED = 1.5
"""A rest is shared if the rests of other exercises are at most this many times as far from it as its own are."""
_ELBOW, _ELBOW_SLACK = (0.05, 0.95), 1.2
"""The share of the upper arms in what the arms do is that of 90 in 100 pairs, or this many times more or less. Front
raises have 0.8 to 1.4 of what the forearms move, curls 0.24, and their samples 0.64 to 1.33 and 0.07 to 0.64."""
_LEFT_OUT = 360
"""Pairs of an exercise, about, that are left out one by one to learn which limbs take part."""


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
    """

    costs: FloatArray
    inverted: NDArray[np.bool_]
    extent: FloatArray
    limbs: FloatArray


class Movements:
    """The movements of a dataset's exercises. It never changes.

    Attributes:
        names: the N exercises that have a rest.
        negatives: whether there are movements that lead to no exercise.
        gestures: exercises done by the arms alone, from a rest in which others rest too, such as standing. Who waves,
            stretches or picks something up may do one.
        place: what stays in its place in each exercise.
    """

    def __init__(self, dataset: PoseDataset) -> None:
        features = mirror_free(embed(dataset.landmarks))
        labels = np.array(dataset.labels)
        exercises = [each for each in dataset.repeated if each.rest]
        self.names = tuple(each.name for each in exercises)
        pairs = [
            _pairs(features[np.isin(labels, each.rest)], features[labels == each.target], _RANKS) for each in exercises
        ]
        self._limbs = [_Limbs.of(_middles_and_moves(*pair)) for pair in pairs]
        own = [features[np.isin(labels, each.rest)] for each in exercises]
        self.gestures = frozenset(
            name
            for code, name in enumerate(self.names)
            if self._limbs[code].arms and not self._limbs[code].legs and _shares_rest(own, code)
        )
        self.place = Place.of(
            [(dataset.landmarks[np.isin(labels, e.rest)], dataset.landmarks[labels == e.target]) for e in exercises],
            [each.arms for each in self._limbs],
            [each.legs for each in self._limbs],
        )
        # With the rests of gestures too, pull-ups are nearer to negatives: one clip then counts 1 of 7 instead of 6.
        starting = [each for each in exercises if each.name not in self.gestures] or exercises
        rests = np.isin(labels, [name for each in starting for name in each.rest])
        negative = np.array([is_negative(name) for name in dataset.labels])
        self.negatives = bool(rests.any() and negative.any())
        if self.negatives:
            pairs.append(_pairs(features[rests], features[negative], _NEGATIVE_RANKS))
        empty = np.empty((0, FEATURES), np.float32)
        rest, target = (np.concatenate([pair[side] for pair in pairs] or [empty]) for side in (0, 1))
        both = _middles_and_moves(rest, target)
        self._middles, self._moves = both[:, :FEATURES].copy(), both[:, FEATURES:].copy()
        ends = np.cumsum([0, *(len(pair[0]) for pair in pairs)]).tolist()
        self._slices = [slice(start, stop) for start, stop in pairwise(ends)]
        self._axes = [_consistent_limbs(self._moves[part]) for part in self._slices[: len(self.names)]]
        self._squares: FloatArray = np.einsum("pf,pf->p", both, both)

    def compare(self, rest: FloatArray, target: FloatArray, excluded: NDArray[np.bool_] | None = None) -> Likeness:
        """Compare a repetition, by its mirror-free features at rest and at the turning point, float32 (58,) each.

        Exercises that it cannot be, bool (N,), may be excluded: they cost infinitely much.
        """
        count = len(self.names)
        costs = np.full(count + 1, np.inf, np.float32)
        inverted = np.zeros(count, np.bool_)
        extent, limbs = np.ones(count, np.float32), np.zeros(count, np.float32)
        if not self._slices:
            return Likeness(costs, inverted, extent, limbs)
        middle, move = 0.5 * (rest + target), target - rest
        short, beyond = self._shortlist(middle, move)
        pairs, moved = self._moves[short], np.stack((move, -move))
        exact = _size(middle - self._middles[short]) + _size(moved[:, None] - pairs)
        exact[beyond] = np.inf
        order = exact.argsort(axis=2)[:, :, :_NEAREST]
        near = np.take_along_axis(exact, order, axis=2).mean(axis=2)
        costs[: len(near)] = near.min(axis=1)
        if not self.negatives:
            costs[-1] = np.inf
        ways = near[:count].argmin(axis=1).tolist()
        for code, way in enumerate(ways):
            onward = moved[way]
            inverted[code] = way == 1
            extent[code] = min((float(onward[limb] @ axis) for limb, axis in self._axes[code]), default=1.0)
        for code in (self.names.index(name) for name in self.gestures):
            if not self._limbs[code].elbows_fit(moved[ways[code]]):
                costs[code] = np.inf
        if excluded is not None:
            costs[:-1][excluded] = np.inf
        for code in np.flatnonzero(costs[:count] <= _FAR * costs[:count].min(initial=np.inf)).tolist():
            way = ways[code]
            limbs[code] = self._limbs[code].fit(moved[way], pairs[code, way, order[code, way]])
        return Likeness(costs, inverted, extent, limbs)

    def _shortlist(self, middle: FloatArray, move: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """The pairs of each exercise, and of the negatives, that are nearest to a repetition and to its reverse.

        Returns:
            Indices (N + 1, 2, S), without the negatives if there are none, and which of them only fill up.
        """
        place, along = self._squares - 2 * (self._middles @ middle), 2 * (self._moves @ move)
        ways = np.stack((place - along, place + along))
        short = np.zeros((len(self._slices), 2, _SHORTLIST), np.intp)
        beyond = np.ones(short.shape, np.bool_)
        for code, part in enumerate(self._slices):
            room = min(_SHORTLIST, part.stop - part.start)
            short[code, :, :room] = part.start + ways[:, part].argpartition(room - 1, axis=1)[:, :room]
            beyond[code, :, :room] = False
        return short, beyond


@dataclass(frozen=True, slots=True, eq=False)
class _Limbs:
    """The limbs that do an exercise, as its pairs show them.

    Attributes:
        taking_part: the limbs that take part, as features.
        most: how far trunk, arms and legs go at most, in hundredths of body size.
        elbows: how far the upper arms go at least and at most, as a share of what the forearms do.
    """

    taking_part: tuple[NDArray[np.intp], ...]
    most: tuple[tuple[NDArray[np.intp], float], ...]
    elbows: tuple[float, float]

    @property
    def arms(self) -> bool:
        """Whether the arms take part."""
        return any(limb[0] == _ARMS[0] for limb in self.taking_part)

    @property
    def legs(self) -> bool:
        """Whether the legs take part."""
        return any(limb[0] == _LOWER_BODY[0] for limb in self.taking_part)

    @classmethod
    def of(cls, pairs: FloatArray) -> _Limbs:
        """Learn from an exercise's pairs: what is half way, and what moves, float32 (P, 116)."""
        step = len(pairs) // _LEFT_OUT + 1
        target = np.tile(np.arange(len(pairs) // len(_RANKS)), len(_RANKS))[::step]
        pairs = pairs[::step]
        moves = pairs[:, FEATURES:]
        squares = np.einsum("pf,pf->p", pairs, pairs)
        apart = squares[:, None] + squares - 2 * pairs @ pairs.T
        apart[target[:, None] == target] = np.inf
        near = apart.argsort(axis=1)[:, :_NEAREST]
        shares = ((limb, _share(moves[:, None, limb], moves[:, limb][near])) for limb in (_ARMS, _LOWER_BODY))
        most = ((part, _length(moves[:, part])) for part in (_TRUNK, _ARMS, _LOWER_BODY))
        return cls(
            tuple(limb for limb, share in shares if np.median(share) >= _TAKES_PART),
            tuple((part, max(_FURTHER * float(np.quantile(length, _MOST)), _JITTER)) for part, length in most),
            tuple(np.quantile(_elbows(moves), _ELBOW).tolist()),
        )

    def elbows_fit(self, move: FloatArray) -> bool:
        """Whether a move (58,) bends the elbows as the pairs do."""
        least, most = self.elbows
        return least / _ELBOW_SLACK <= float(_elbows(move)) <= most * _ELBOW_SLACK

    def fit(self, move: FloatArray, nearest: FloatArray) -> float:
        """At least 1 where a move (58,) uses the limbs that the nearest pairs' moves (K, 58) use, and no others."""
        fits = [limit / max(float(_length(move[part])), 1e-6) for part, limit in self.most]
        usual = {limb[0]: float(_length(nearest[:, limb]).mean()) for limb in (_ARMS, _LOWER_BODY)}
        for limb in self.taking_part:
            if usual[limb[0]] >= _MAIN * max(usual.values()):
                fits.append(float(np.median(_share(move[limb], nearest[:, limb]))) / _PART)
        return min(fits)


def _elbows(moves: FloatArray) -> FloatArray:
    """How far the upper arms go, as a share of what the forearms do."""
    share: FloatArray = _length(moves[..., _UPPER_ARMS]) / (_length(moves[..., _FOREARMS]) + np.float32(1e-6))
    return share


def _shares_rest(rests: list[FloatArray], code: int) -> bool:
    """Whether an exercise's rests (N, 58) are about as near to those of others as to each other."""
    others = [each for index, each in enumerate(rests) if index != code]
    if not others:
        return False
    own = _some(rests[code])
    theirs = _some(np.concatenate(others))
    to_own = np.median([np.sort(_size(own - rest))[1:2].sum() for rest in own])
    to_others = np.median([_size(theirs - rest).min() for rest in own])
    return bool(to_others <= _SHARED * to_own)


def _some(rows: FloatArray) -> FloatArray:
    """Of many rows (N, F), a part that is spread evenly."""
    return rows[:: len(rows) // _PAIRED + 1]


def _length(values: FloatArray) -> FloatArray:
    """Root mean square over the last axis."""
    length: FloatArray = np.sqrt(np.einsum("...f,...f->...", values, values) / np.float32(values.shape[-1]))
    return length


def _share(move: FloatArray, others: FloatArray) -> FloatArray:
    """How far moves go along others, as a share of these."""
    lengths = np.einsum("...f,...f->...", others, others)
    share: FloatArray = np.einsum("...f,...f->...", move, others) / np.maximum(lengths, np.float32(1e-6))
    return share


def _size(values: FloatArray) -> FloatArray:
    size: FloatArray = np.abs(values) @ _MEAN  # half the time of `mean`
    return size


def _pairs(rests: FloatArray, targets: FloatArray, ranks: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """Each target with some of the rests: float32 (P, 58), twice."""
    rests, targets = _some(rests), _some(targets)
    places = [min(int(rank * len(rests)), len(rests) - 1) for rank in ranks]
    chosen = np.stack([_size(rests - target).argsort()[places] for target in targets])
    return rests[chosen.T].reshape(-1, FEATURES), np.tile(targets, (len(places), 1))


def _middles_and_moves(rests: FloatArray, targets: FloatArray) -> FloatArray:
    """What is half way, and what moves: (P, 116)."""
    return np.concatenate((0.5 * (rests + targets), targets - rests), axis=1).astype(np.float32)


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
_UPPER_ARMS, _FOREARMS = _limb((0,), (50, 54)), _limb((1,), ())
_LEGS = _limb((2, 3, 5), (51, 53, 55, 57))  # hip → knee → ankle, hip → ankle; knees, ankles
_LOWER_BODY = _limb((2, 3, 5, 7), (51, 53, 55, 57))  # the legs, and shoulder → ankle
_TRUNK = np.array([0, 1])
