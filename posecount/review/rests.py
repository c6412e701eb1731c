"""Rests that exercises share: standing is the rest of squats, lunges and jumping jacks alike."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from posecount.datasets.dataset import PoseDataset
from posecount.pose import FloatArray
from posecount.review.neighbours import cross_distances

_ALIKE = 0.85
"""Rests are one pose if they are less than this far from each other, as a share of the way to their own turning points,
on average over all of the one and all of the other. Where people stand before eight exercises, each is 0.71 or less
from the other seven, and with ten samples a class 0.80. Who holds the hands at the shoulders before a press is 0.88
from the nearest of them, and 1.01 from all; who lies where the other stands, 1.25 and more."""
_NEAR = 0.2
"""A sample is compared with those of the other class that are among this share nearest to it: others are seen from
other sides, and the nearest may be mislabelled."""
_COMPARED = 200
"""Samples of a class, at most, by which it is compared."""


def shared_rests(dataset: PoseDataset) -> NDArray[np.intp]:
    """For each class, as an index into the sorted classes, the first class that is the same pose: often itself.

    The rests of two exercises are one pose if they are nearer to each other than to their own turning points, see
    `_ALIKE`. A turning point is never taken for a rest.
    """
    classes = dataset.classes
    pose = np.arange(len(classes))
    labels = np.array(dataset.labels)

    def some(name: str) -> FloatArray:
        members = np.flatnonzero(labels == name)
        return dataset.landmarks[members[:: -(-len(members) // _COMPARED)]]

    rests = [(exercise, name, some(name)) for exercise in dataset.repeated for name in exercise.rest]
    swings = [_distance(samples, some(exercise.target)) for exercise, _, samples in rests]
    apart = np.full((len(rests), len(rests)), np.inf)
    for one, other in combinations(range(len(rests)), 2):
        (mine, _, my_samples), (theirs, _, their_samples) = rests[one], rests[other]
        if mine is not theirs:
            there, back = _distance(my_samples, their_samples), _distance(their_samples, my_samples)
            apart[one, other] = apart[other, one] = (there / swings[one] + back / swings[other]) / 2
    for group in _groups(apart):
        codes = [classes.index(rests[each][1]) for each in group]
        pose[codes] = min(codes)
    return pose


def _groups(apart: NDArray[np.float64]) -> list[list[int]]:
    """Groups of rests that are one pose, by how far they are apart (N, N): the nearest two are joined, and again."""
    groups = [[each] for each in range(len(apart))]
    while len(groups) > 1:
        pairs = list(combinations(groups, 2))
        means = [float(apart[np.ix_(one, other)].mean()) for one, other in pairs]
        nearest = int(np.argmin(means))
        if means[nearest] >= _ALIKE:
            break
        one, other = pairs[nearest]
        groups = [each for each in groups if each is not one and each is not other] + [one + other]
    return groups


def _distance(samples: FloatArray, others: FloatArray) -> float:
    """How far samples are from the near ones of others, as the median."""
    return max(float(np.median(np.quantile(cross_distances(samples, others), _NEAR, axis=1))), 1e-6)
