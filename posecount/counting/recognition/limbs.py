"""Limbs: which limbs do an exercise, how far they go, and whether a movement uses them so."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posecount.counting.any_exercise.follower import length
from posecount.counting.rhythm import FEATURES
from posecount.pose import FloatArray

NEAREST = 3
"""Pairs of rest and target samples whose mean says how far the limbs go, and how unlike a repetition is."""
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
_ELBOW, _ELBOW_SLACK = (0.05, 0.95), 1.2
"""The share of the upper arms in what the arms do is that of 90 in 100 pairs, or this many times more or less. Front
raises have 0.8 to 1.4 of what the forearms move, curls 0.24, and their samples 0.64 to 1.33 and 0.07 to 0.64."""
_ELBOW_STILL = 0.1
"""Upper arms that go less than this in some pairs need not move at all: in strict curls they have 0.04 to 0.07."""
_LEFT_OUT = 360
"""Pairs of an exercise, about, that are left out one by one to learn which limbs take part."""


def _limb(pairs: tuple[int, ...], across: tuple[int, ...]) -> NDArray[np.intp]:
    """Features of `mirror_free`: of six blocks of eight pairs of differences, and of those from left to right."""
    return np.array([2 + 8 * block + pair for block in range(6) for pair in pairs] + list(across))


_TRUNK = np.array([0, 1])
_ARMS = _limb((0, 1, 4), (50, 52, 54, 56))  # shoulder → elbow → wrist, shoulder → wrist; elbows, wrists
_UPPER_ARMS, _FOREARMS = _limb((0,), (50, 54)), _limb((1,), ())
_LEGS = _limb((2, 3, 5), (51, 53, 55, 57))  # hip → knee → ankle, hip → ankle; knees, ankles
_LOWER_BODY = _limb((2, 3, 5, 7), (51, 53, 55, 57))  # the legs, and shoulder → ankle


class Move(NamedTuple):
    """What moves in a repetition, measured once.

    Attributes:
        features: float32 (58,), see `mirror_free`.
        reach: how far trunk, arms and lower body go, in hundredths of body size.
        elbows: how far the upper arms go, as a share of what the forearms do.
    """

    features: FloatArray
    reach: tuple[float, float, float]
    elbows: float

    @classmethod
    def of(cls, features: FloatArray) -> Move:
        trunk, arms, lower_body = (float(length(features[part])) for part in (_TRUNK, _ARMS, _LOWER_BODY))
        return cls(features, (trunk, arms, lower_body), float(_elbows(features)))

    def back(self) -> Move:
        """The same, from its end to its start."""
        return self._replace(features=-self.features)


@dataclass(frozen=True, slots=True, eq=False)
class Limbs:
    """The limbs that do an exercise, as its pairs of rest and target samples show them.

    Attributes:
        arms: whether the arms take part.
        legs: whether the legs do.
        most: how far trunk, arms and lower body go at most, in hundredths of body size.
        elbows: how far the upper arms go at least and at most, as a share of what the forearms do.
    """

    arms: bool
    legs: bool
    most: tuple[float, ...]
    elbows: tuple[float, float]

    @classmethod
    def of(cls, pairs: FloatArray, ranks: int) -> Limbs:
        """Learn from an exercise's pairs, at each of some ranks: what is half way, and what moves, float32 (P, 116)."""
        step = len(pairs) // _LEFT_OUT + 1
        target = np.tile(np.arange(len(pairs) // ranks), ranks)[::step]
        pairs = pairs[::step]
        moves = pairs[:, FEATURES:]
        squares = np.einsum("pf,pf->p", pairs, pairs)
        apart = squares[:, None] + squares - 2 * pairs @ pairs.T
        apart[target[:, None] == target] = np.inf
        near = apart.argsort(axis=1)[:, :NEAREST]
        shares = [np.median(_share(moves[:, None, limb], moves[:, limb][near])) for limb in (_ARMS, _LOWER_BODY)]
        lengths = (length(moves[:, part]) for part in (_TRUNK, _ARMS, _LOWER_BODY))
        return cls(
            bool(shares[0] >= _TAKES_PART),
            bool(shares[1] >= _TAKES_PART),
            tuple(max(_FURTHER * float(np.quantile(length, _MOST)), _JITTER) for length in lengths),
            tuple(np.quantile(_elbows(moves), _ELBOW).tolist()),
        )

    def elbows_fit(self, move: Move) -> bool:
        """Whether a move bends the elbows as the pairs do."""
        least, most = self.elbows
        least = least / _ELBOW_SLACK if least > _ELBOW_STILL else 0.0
        return least <= move.elbows <= most * _ELBOW_SLACK

    def fit(self, move: Move, nearest: FloatArray) -> float:
        """At least 1 where a move uses the limbs that the nearest pairs' moves (K, 58) use, and no others."""
        fits = [most / max(reach, 1e-6) for most, reach in zip(self.most, move.reach, strict=True)]
        limbs = [(limb, nearest.take(limb, axis=1)) for limb in (_ARMS, _LOWER_BODY)]
        # Plain Python numbers: for a few pairs arrays are slower.
        squares = [np.einsum("kf,kf->k", rows, rows).tolist() for _, rows in limbs]
        usual = [sum(sqrt(each / len(limb)) for each in those) for (limb, _), those in zip(limbs, squares, strict=True)]
        for index, takes_part in enumerate((self.arms, self.legs)):
            if takes_part and usual[index] >= _MAIN * max(usual):
                limb, rows = limbs[index]
                along = (rows @ move.features.take(limb)).tolist()
                shares = (way / max(square, 1e-6) for way, square in zip(along, squares[index], strict=True))
                fits.append(median(shares) / _PART)
        return min(fits)


def _elbows(moves: FloatArray) -> FloatArray:
    """How far the upper arms go, as a share of what the forearms do."""
    share: FloatArray = length(moves[..., _UPPER_ARMS]) / (length(moves[..., _FOREARMS]) + np.float32(1e-6))
    return share


def _share(move: FloatArray, others: FloatArray) -> FloatArray:
    """How far moves go along others, as a share of these."""
    lengths = np.einsum("...f,...f->...", others, others)
    share: FloatArray = np.einsum("...f,...f->...", move, others) / np.maximum(lengths, np.float32(1e-6))
    return share


def consistent_axes(moves: FloatArray) -> FloatArray:
    """For each limb that moves alike in all pairs (P, 58) an axis along which a small move of it is 1: (A, 58)."""
    axes = []
    for limb in (_ARMS, _LEGS):
        usual = moves[:, limb].mean(axis=0)
        far = float(np.linalg.norm(usual))
        if far > _CONSISTENT * float(np.linalg.norm(moves[:, limb], axis=1).mean()):
            small = float(np.quantile(moves[:, limb] @ usual, _SMALL)) / far**2
            axes.append(np.zeros(FEATURES, np.float32))
            axes[-1][limb] = usual / (far**2 * max(small, _SMALLEST))
    return np.array(axes, np.float32).reshape(-1, FEATURES)
