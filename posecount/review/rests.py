"""Rests that exercises share: standing is the rest of squats, lunges and jumping jacks alike."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from posecount.datasets.dataset import PoseDataset
from posecount.pose import FloatArray
from posecount.review.neighbours import cross_distances

_ALIKE = 0.9
"""Two rests are one pose if they are less than this far from each other, as a share of the way to their own turning
points, on average over both. Where people stand before squats, lunges and jumping jacks: 0.57 to 0.75. Where one stands
and the other lies, or one lies on the back and the other on the hands: 1.25 and more. With five to forty samples a
class, one in ten of them mislabelled: at most 0.89 in nine of ten draws, and at least 0.91."""
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
    for one, other in combinations(range(len(rests)), 2):
        (mine, my_rest, my_samples), (theirs, their_rest, their_samples) = rests[one], rests[other]
        if mine is theirs:
            continue
        there, back = _distance(my_samples, their_samples), _distance(their_samples, my_samples)
        if (there / swings[one] + back / swings[other]) / 2 < _ALIKE:
            first, second = sorted((pose[classes.index(my_rest)], pose[classes.index(their_rest)]))
            pose[pose == second] = first
    return pose


def _distance(samples: FloatArray, others: FloatArray) -> float:
    """How far samples are from the near ones of others, as the median."""
    return max(float(np.median(np.quantile(cross_distances(samples, others), _NEAR, axis=1))), 1e-6)
