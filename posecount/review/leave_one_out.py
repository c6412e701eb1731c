"""Leave-one-out: what the other samples of a dataset say about each one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.pose import FloatArray
from posecount.review.neighbours import TWIN_DISTANCE, Neighbours, cross_distances
from posecount.review.rests import shared_rests

_MOST_VOTES = 10
_MOST_MEASURED = 3
"""Distances to a class are means over this many of its samples, fewer in small classes, so that one odd neighbour does
not decide."""
_CLEARLY = 0.2
"""A class contradicts a sample's label if it is nearer by this share of the distance to the sample's own class. Of the
starter's 2,486 samples, which are rendered and so labelled right, 60 are contradicted; with 1/6, 70; with 0, more than
300. Of swapped labels it finds 93, 91 and 96 % in classes of 5, 10 and 40 samples; with 1/6, 93, 93 and 97 %."""


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """How the other samples classify each of N samples; near-duplicates do not vote for each other.

    Attributes:
        k: how many neighbours vote, see `votes_for`; fewer vote where there are fewer.
        voting: bool (N, 32), which of `Neighbours.indices` voted.
        codes: intp (N,), the samples' classes as indices into the dataset's sorted classes.
        poses: intp (classes,), see `shared_rests`: classes that share a pose do not contradict each other.
        votes: int (N, classes).
        margin: float (N,), see `Outlier.margin`.
        rival: intp (N,), the best class of another pose than the sample's own.
        contradicted: bool (N,), whether the rival is clearly nearer.
        nearest: float (N,), distance of the nearest other sample.
        cutoff: the distance beyond which a sample is far from all others.
        far: bool (N,), whether a sample is beyond it; never for negatives, which are meant to differ from each other.
    """

    k: int
    voting: NDArray[np.bool_]
    codes: NDArray[np.intp]
    poses: NDArray[np.intp]
    votes: NDArray[np.intp]
    margin: NDArray[np.float64]
    rival: NDArray[np.intp]
    contradicted: NDArray[np.bool_]
    nearest: FloatArray
    cutoff: float
    far: NDArray[np.bool_]

    @property
    def predicted(self) -> NDArray[np.intp]:
        """intp (N,): the class that the other samples give each sample: its own, unless they contradict it."""
        return np.where(self.contradicted, self.rival, self.codes)


def votes_for(smallest_class: int) -> int:
    """How many neighbours vote: a quarter of the smallest class, at least 3 and at most 10.

    With more, a class of few samples is outvoted everywhere; with fewer, one wrong label decides.
    """
    return int(np.clip(smallest_class // 4, 3, _MOST_VOTES))


def leave_one_out(dataset: PoseDataset, neighbours: Neighbours) -> LeaveOneOut:
    """Classify each sample by the others.

    The margin is the mean of two margins, each from -1 to 1: of votes, (own - best other) / k; and of distances,
    (other - own) / the larger one, to the nearest samples of the class. Votes alone are coarse where few vote;
    distances alone are swayed by one wrong label.

    Samples half way between two poses are nearer to the wrong one every other time, which is no fault. So a sample is
    contradicted only if the rival is clearly nearer: by `_CLEARLY`, or by as much as the rival's own samples are nearer
    to it than to others, if that is less, as in a dataset labelled at random. Negatives are unlike each other, and so
    nearer to almost anything; they are contradicted only by a class whose own samples are no nearer to each other.
    """
    labels = np.array(dataset.labels)
    classes, codes = np.unique(labels, return_inverse=True)
    smallest = int(np.bincount(codes).min())
    k, measured = votes_for(smallest), int(np.clip(smallest // 4, 1, _MOST_MEASURED))
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
        distance[:, code] = _mean_of_first(neighbours, member, measured, end)
    poses = shared_rests(dataset)
    same = poses[codes][:, None] == poses
    member = np.where(voter, poses[codes[neighbours.indices]], -1) == poses[codes][:, None]
    own = _mean_of_first(neighbours, member, measured, end)
    _search_further(
        own, dataset, poses[codes], (member.sum(axis=1) < measured) & np.isfinite(neighbours.radius), measured
    )
    own_votes = np.where(same, votes, 0).sum(axis=1)
    others = np.where(same, -1.0, votes - distance / (1e7 + distance))
    rival = others.argmax(axis=1)  # the most votes, then the nearest
    other = np.where(same, np.inf, distance).min(axis=1)
    other[np.isinf(other)] = 1e9  # there is only one pose
    by_distance = (other - own) / np.maximum(np.maximum(own, other), 1e-6)
    by_votes = (own_votes - votes[rows, rival]) / k
    margin = (by_votes + by_distance) / 2
    alone = np.bincount(codes)[codes] == 1  # the only sample of a class has nothing to compare with
    margin[alone] = by_distance[alone] = 1.0
    negative = np.array([is_negative(name) for name in classes])
    usual = np.array([np.median(by_distance[codes == code]) for code in range(len(classes))])
    spacing = np.array([np.median(own[codes == code]) for code in range(len(classes))])
    clearly = np.where(negative, _CLEARLY, usual.clip(0, _CLEARLY))
    contradicted = (margin <= 0) & (by_distance <= -np.where(negative[codes], _CLEARLY, clearly[rival]))
    contradicted &= ~negative[codes] | (other <= spacing[rival])
    nearest = neighbours.distances[:, 0]
    exercise = ~negative[codes]
    cutoff = _cutoff(nearest[exercise & np.isfinite(nearest)])
    far = exercise & (nearest > cutoff)
    return LeaveOneOut(k, voting, codes, poses, votes, margin, rival, contradicted, nearest, cutoff, far)


def _mean_of_first(
    neighbours: Neighbours, member: NDArray[np.bool_], measured: int, end: FloatArray
) -> NDArray[np.float64]:
    """The mean distance to the first `measured` members of a list, float (N,); its end if it has none."""
    first = member & (np.cumsum(member, axis=1) <= measured)
    found = first.sum(axis=1)
    total = np.where(first, neighbours.distances, 0).sum(axis=1)
    return np.asarray(np.where(found > 0, total / np.maximum(found, 1), end), dtype=np.float64)


def _search_further(
    own: NDArray[np.float64], dataset: PoseDataset, poses: NDArray[np.intp], rows: NDArray[np.bool_], measured: int
) -> None:
    """Measure how far some samples are from their own pose, where too few of it are among their neighbours."""
    for pose in np.unique(poses[rows]):
        some, members = np.flatnonzero(rows & (poses == pose)), np.flatnonzero(poses == pose)
        distances = cross_distances(dataset.landmarks[some], dataset.landmarks[members])
        distances[distances < TWIN_DISTANCE] = np.inf
        nearest = np.sort(distances, axis=1)[:, :measured]
        found = np.isfinite(nearest)
        total = np.where(found, nearest, 0).sum(axis=1)
        own[some] = np.where(found.any(axis=1), total / np.maximum(found.sum(axis=1), 1), own[some])


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
