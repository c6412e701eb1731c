"""Leave-one-out: what the other samples of a dataset say about each one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.pose import FloatArray
from posecount.review.neighbours import Neighbours

_MOST_VOTES = 10
_MARGIN_NEIGHBOURS = 2
"""Distances to a class are means over this many of its samples, so that one odd neighbour does not decide."""


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """How the other samples classify each of N samples; near-duplicates do not vote for each other.

    Attributes:
        k: how many neighbours vote, see `votes_for`; fewer vote where there are fewer.
        voting: bool (N, 32), which of `Neighbours.indices` voted.
        codes: intp (N,), the samples' classes as indices into the dataset's sorted classes.
        votes: int (N, classes).
        margin: float (N,), see `Outlier.margin`.
        rival: intp (N,), the best class other than the sample's own.
        nearest: float (N,), distance of the nearest other sample.
        cutoff: the distance beyond which a sample is far from all others.
        far: bool (N,), whether a sample is beyond it; never for negatives, which are meant to differ from each other.
    """

    k: int
    voting: NDArray[np.bool_]
    codes: NDArray[np.intp]
    votes: NDArray[np.intp]
    margin: NDArray[np.float64]
    rival: NDArray[np.intp]
    nearest: FloatArray
    cutoff: float
    far: NDArray[np.bool_]

    @property
    def predicted(self) -> NDArray[np.intp]:
        """intp (N,): the class that the other samples give each sample."""
        return np.where(self.margin > 0, self.codes, self.rival)


def votes_for(smallest_class: int) -> int:
    """How many neighbours vote: a quarter of the smallest class, at least 3 and at most 10.

    With more, a class of few samples is outvoted everywhere; with fewer, one wrong label decides.
    """
    return int(np.clip(smallest_class // 4, 3, _MOST_VOTES))


def leave_one_out(dataset: PoseDataset, neighbours: Neighbours) -> LeaveOneOut:
    """Classify each sample by the others.

    The margin is the mean of two margins, each from -1 to 1: of votes, (own - best other) / k; and of distances,
    (other - own) / the larger one, to the two nearest samples of the class. Votes alone are coarse where few vote;
    distances alone are swayed by one wrong label.
    """
    labels = np.array(dataset.labels)
    classes, codes = np.unique(labels, return_inverse=True)
    k = votes_for(int(np.bincount(codes).min()))
    rows = np.arange(len(codes))
    # The same photo twice has one vote.
    voter = (neighbours.indices >= 0) & (first_twins(dataset, neighbours) < 0)[neighbours.indices]
    voting = voter & (np.cumsum(voter, axis=1) <= k)
    listed = np.where(voter, codes[neighbours.indices], -1)
    # A class that is missing from the list is further than its end.
    end = np.where(np.isfinite(neighbours.radius), neighbours.radius, 1e6)
    votes = np.empty((len(codes), len(classes)), np.intp)
    distance = np.empty((len(codes), len(classes)))
    for code in range(len(classes)):
        member = listed == code
        votes[:, code] = (member & voting).sum(axis=1)
        position = np.cumsum(member, axis=1)
        first = member & (position <= _MARGIN_NEIGHBOURS)
        found = first.sum(axis=1)
        total = np.where(first, neighbours.distances, 0).sum(axis=1)
        distance[:, code] = np.where(found > 0, total / np.maximum(found, 1), end)
    own_votes, own = votes[rows, codes], distance[rows, codes]
    others = np.where(codes[:, None] == np.arange(len(classes)), -1.0, votes - distance / (1e7 + distance))
    rival = others.argmax(axis=1)  # the most votes, then the nearest
    rest = distance.copy()
    rest[rows, codes] = np.inf
    other = rest.min(axis=1)
    other[np.isinf(other)] = 1e9  # there is only one class
    by_distance = (other - own) / np.maximum(np.maximum(own, other), 1e-6)
    by_votes = (own_votes - votes[rows, rival]) / k
    margin = (by_votes + by_distance) / 2
    margin[np.bincount(codes)[codes] == 1] = 1.0  # the only sample of a class has nothing to compare with
    nearest = neighbours.distances[:, 0]
    exercise = np.array([not is_negative(name) for name in classes])[codes]
    cutoff = _cutoff(nearest[exercise & np.isfinite(nearest)])
    return LeaveOneOut(k, voting, codes, votes, margin, rival, nearest, cutoff, exercise & (nearest > cutoff))


def first_twins(dataset: PoseDataset, neighbours: Neighbours) -> NDArray[np.intp]:
    """For each near-duplicate the earlier sample of its class that represents it, intp (N,); -1 for all others."""
    represents = np.full(len(neighbours), -1, np.intp)
    for index in np.flatnonzero(neighbours.twins[:, 0] >= 0):
        earlier = [
            twin
            for twin in neighbours.twins[index]
            if 0 <= twin < index and represents[twin] < 0 and dataset.labels[twin] == dataset.labels[index]
        ]
        if earlier:
            represents[index] = min(earlier)
    return represents


def _cutoff(nearest: FloatArray) -> float:
    """Tukey's outer fence of leave-one-out distances: the upper quartile plus three times the interquartile range.

    A fixed percentile would always find its share, so pruning would never end.
    """
    if not nearest.size:
        return np.inf
    lower, upper = np.percentile(nearest, (25, 75))
    return float(upper + 3 * (upper - lower))
