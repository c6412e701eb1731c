"""Doubtful samples, found by leaving each one out and asking the others, ranked, with the reason in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posecount.counting.knn import PoseClassifier
from posecount.datasets.dataset import PoseDataset, is_negative
from posecount.pose import LANDMARK, FloatArray
from posecount.review.neighbours import Neighbours, cross_distances, find_neighbours

OutlierKind = Literal["nearer", "tie", "far", "posture", "hidden", "duplicate"]
OutlierProfile = Literal["robust", "colab"]

OUTLIER_KINDS: dict[OutlierKind, str] = {
    "nearer": "another class is nearer",
    "tie": "tie between classes",
    "far": "far from everything",
    "posture": "another posture than its class",
    "hidden": "landmarks not visible",
    "duplicate": "near-duplicate",
}
"""The kinds of doubt, most serious first, in words."""

_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_PAIRS = np.array([[LANDMARK[f"{side}_{joint}"] for side in ("left", "right")] for joint in _JOINTS])
"""The landmarks that the embedding uses, (6, 2)."""

_MOST_VOTES = 10
_MARGIN_NEIGHBOURS = 2
"""Distances to a class are means over so many of its samples: one odd neighbour does not decide."""
_FEWEST_FOR_POSTURE = 5
_POSTURE_DEGREES = 45.0
"""Measured: of 1,288 samples of ten classes, with views from all sides, 2 % lie further from their class's usual trunk
direction; a standing pose among push-ups lies 60 to 90 degrees off."""
_POSTURE_WINDOW = 40.0
"""Degrees either way within which the bulk of a class lies."""
_HIDDEN_BELOW = 0.5
"""Visibility. A joint counts as hidden where this is so on both sides: from the side one is always behind the other."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A doubtful sample.

    Attributes:
        index: of the sample in the dataset.
        name: the sample's image name.
        class_name: its class.
        kind: see `OUTLIER_KINDS`.
        reason: why it is doubtful, in words.
        margin: how much nearer its own class is than any other: 1 surely its own, 0 undecided, -1 surely another's.
        votes: votes per class of the other samples; classes without a vote are left out.
        suggested: the class to move it to, or None where none suggests itself.
        neighbours: (index, distance) of the samples that voted, nearest first; then those it nearly duplicates.
    """

    index: int
    name: str
    class_name: str
    kind: OutlierKind
    reason: str
    margin: float
    votes: dict[str, int]
    suggested: str | None
    neighbours: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """What the other samples say about each of N samples; near-duplicates do not vote for each other.

    Attributes:
        k: how many neighbours vote, see `votes_for`; fewer where there are not so many.
        voting: bool (N, 32), which of `Neighbours.indices` voted.
        codes: intp (N,), the samples' classes as indices into the dataset's sorted classes.
        votes: int (N, classes).
        margin: float (N,), see `Outlier.margin`.
        rival: intp (N,), the best class other than the sample's own.
        nearest: float (N,), distance of the nearest other sample.
        cutoff: the distance beyond which a sample is far from everything.
        far: bool (N,); never so for negatives, which are meant to be unlike one another.
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
    """How many neighbours vote, by the size of the smallest class: a quarter of it, at least 3 and at most 10.

    More would be outvoted by other classes wherever a class has few samples; with fewer, one wrong label decides.
    """
    return int(np.clip(smallest_class // 4, 3, _MOST_VOTES))


def leave_one_out(dataset: PoseDataset, neighbours: Neighbours) -> LeaveOneOut:
    """Classify each sample by the others.

    The margin is the mean of two margins, each from -1 to 1: of votes, (own - best other) / k; and of distances,
    (other - own) / the larger one, to the two nearest samples of the class. Votes alone rank coarsely where few vote;
    distances alone are swayed by one wrong label.
    """
    labels = np.array(dataset.labels)
    classes, codes = np.unique(labels, return_inverse=True)
    k = votes_for(int(np.bincount(codes).min()))
    rows = np.arange(len(codes))
    # The same picture twice has one vote.
    voter = (neighbours.indices >= 0) & (first_twins(dataset, neighbours) < 0)[neighbours.indices]
    voting = voter & (np.cumsum(voter, axis=1) <= k)
    listed = np.where(voter, codes[neighbours.indices], -1)
    # A class that is missing from the list lies further than the list's end.
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
    rival = others.argmax(axis=1)  # most votes, of those the nearest
    rest = distance.copy()
    rest[rows, codes] = np.inf
    other = rest.min(axis=1)
    other[np.isinf(other)] = 1e9  # there is one class only
    by_distance = (other - own) / np.maximum(np.maximum(own, other), 1e-6)
    by_votes = (own_votes - votes[rows, rival]) / k
    margin = (by_votes + by_distance) / 2
    margin[np.bincount(codes)[codes] == 1] = 1.0  # nothing can be said about the only sample of a class
    nearest = neighbours.distances[:, 0]
    exercise = np.array([not is_negative(name) for name in classes])[codes]
    cutoff = _cutoff(nearest[exercise & np.isfinite(nearest)])
    return LeaveOneOut(k, voting, codes, votes, margin, rival, nearest, cutoff, exercise & (nearest > cutoff))


def find_outliers(
    dataset: PoseDataset,
    profile: OutlierProfile = "robust",
    *,
    neighbours: Neighbours | None = None,
    visibility: FloatArray | None = None,
    kept: Collection[int] = (),
) -> tuple[Outlier, ...]:
    """Find the doubtful samples of a dataset, most doubtful first.

    Args:
        dataset: the samples.
        profile: ``robust`` leaves each sample and its near-duplicates out; ``colab`` gives the published result, where
            each sample is among its own neighbours and is an outlier unless its class alone has the most votes.
        neighbours: of `dataset.landmarks`, where they are known already; for ``robust`` only.
        visibility: float32 (N, 33) with NaN where unknown; CSV files do not carry it, and then no sample is doubted
            because of it.
        kept: indices of samples that somebody has looked at and kept: they vote, but are not reported.

    Raises:
        ValueError: for a profile that does not exist.
    """
    if not len(dataset):
        return ()
    if profile == "colab":
        outliers = _published(dataset)
    elif profile == "robust":
        outliers = _robust(dataset, neighbours or find_neighbours(dataset.landmarks), visibility)
    else:
        raise ValueError(f"unknown profile {profile!r}: choose robust or colab")
    seen = set(kept)
    return tuple(outlier for outlier in outliers if outlier.index not in seen)


def trunk_inclination(landmarks: FloatArray) -> FloatArray:
    """Degrees of the trunk above the horizontal, 90 upright, -90 upside down.

    Args:
        landmarks: float32 (..., 33, 3), image pixels.
    """
    shoulders = landmarks[..., LANDMARK["left_shoulder"], :] + landmarks[..., LANDMARK["right_shoulder"], :]
    trunk = shoulders - landmarks[..., LANDMARK["left_hip"], :] - landmarks[..., LANDMARK["right_hip"], :]
    # With depth: a trunk that points at the camera is short in the picture, but not upright.
    inclination: FloatArray = np.degrees(np.arctan2(-trunk[..., 1], np.hypot(trunk[..., 0], trunk[..., 2]))).astype(
        np.float32
    )
    return inclination


def posture_outliers(dataset: PoseDataset) -> FloatArray:
    """Usual trunk inclination of its class for samples whose own is far off, float32 (N,); NaN for the others.

    Usual is where most of a class's samples are: the median would lie between two equal groups, where there are none.
    """
    inclination = trunk_inclination(dataset.landmarks)
    usual = np.full(len(dataset), np.nan, np.float32)
    labels = np.array(dataset.labels)
    for name in dataset.classes:
        members = np.flatnonzero(labels == name)
        if len(members) >= _FEWEST_FOR_POSTURE and not is_negative(name):
            sorted_ = np.sort(inclination[members])
            below, above = np.searchsorted(sorted_, (sorted_ - _POSTURE_WINDOW, sorted_ + _POSTURE_WINDOW))
            most = (above - below).argmax()
            centre = np.median(sorted_[below[most] : above[most]])
            usual[members[np.abs(inclination[members] - centre) > _POSTURE_DEGREES]] = centre
    return usual


def first_twins(dataset: PoseDataset, neighbours: Neighbours) -> NDArray[np.intp]:
    """For each near-duplicate the earlier sample of its class that stands for it, intp (N,); -1 for all others."""
    stands_for = np.full(len(neighbours), -1, np.intp)
    for index in np.flatnonzero(neighbours.twins[:, 0] >= 0):
        earlier = [
            twin
            for twin in neighbours.twins[index]
            if 0 <= twin < index and stands_for[twin] < 0 and dataset.labels[twin] == dataset.labels[index]
        ]
        if earlier:
            stands_for[index] = min(earlier)
    return stands_for


def _cutoff(nearest: FloatArray) -> float:
    """Tukey's outer fence of leave-one-out distances: upper quartile and three times the interquartile range.

    A fixed percentile would always find its share, so that pruning would never end.
    """
    if not nearest.size:
        return np.inf
    lower, upper = np.percentile(nearest, (25, 75))
    return float(upper + 3 * (upper - lower))


def _robust(dataset: PoseDataset, neighbours: Neighbours, visibility: FloatArray | None) -> list[Outlier]:
    result = leave_one_out(dataset, neighbours)
    classes = dataset.classes
    inclination, usual = trunk_inclination(dataset.landmarks), posture_outliers(dataset)
    twin, contradicted_by = first_twins(dataset, neighbours), _contradictions(dataset, neighbours, result.margin)
    hidden: NDArray[np.bool_] = np.zeros((len(dataset), len(_JOINTS)), bool)
    if visibility is not None:
        hidden = np.asarray((visibility[:, _PAIRS] < _HIDDEN_BELOW).all(axis=-1))

    def judge(index: int) -> tuple[OutlierKind, str, str | None] | None:
        """The kind of doubt, the reason and the suggested class; None where there is no doubt."""
        own, rival = dataset.labels[index], classes[result.rival[index]]
        if result.far[index]:
            return (
                "far",
                f"Far from everything: the nearest sample is {result.nearest[index]:.0f} % of the body's size away, "
                f"usual is up to {result.cutoff:.0f} %. A wrong pose, or a rare view.",
                None,
            )
        if result.margin[index] <= 0:
            own_votes, votes = result.votes[index, result.codes[index]], result.votes[index, result.rival[index]]
            if own_votes == votes:
                return (
                    "tie",
                    f"Tie between classes: {votes} of {result.k} neighbours each for {own} and {rival}.",
                    rival,
                )
            words = f"Another class is nearer: {votes} of {result.k} neighbours are {rival}, {own_votes} {own}."
            return "nearer", words, rival
        if (other := contradicted_by[index]) >= 0:
            label = dataset.labels[other]
            return (
                "duplicate",
                f"Nearly the same pose as {dataset.names[other]}, which is {label}: one is wrong.",
                label,
            )
        if np.isfinite(usual[index]):
            return (
                "posture",
                f"Another posture than its class: the trunk is {inclination[index]:.0f}° above the horizontal, in "
                f"{own} usually {usual[index]:.0f}°.",
                None,
            )
        if hidden[index].any():
            joints = ", ".join(f"{_JOINTS[joint]}s" for joint in np.flatnonzero(hidden[index]))
            return "hidden", f"Landmarks not visible, so their places are guessed: both {joints}.", None
        if twin[index] >= 0:
            return "duplicate", f"Near-duplicate of {dataset.names[twin[index]]}: it adds nothing.", None
        return None

    outliers = []
    for index in range(len(dataset)):
        if judgement := judge(index):
            kind, reason, suggested = judgement
            votes = {name: int(n) for name, n in zip(classes, result.votes[index], strict=True) if n}
            outliers.append(
                Outlier(
                    index,
                    dataset.names[index],
                    dataset.labels[index],
                    kind,
                    reason,
                    float(result.margin[index]),
                    votes,
                    suggested,
                    _listed(neighbours, index, result.voting[index]),
                )
            )
    kinds = list(OUTLIER_KINDS)
    # What seems to belong elsewhere comes first, whatever else is odd about it; then by seriousness of the reason.
    outliers.sort(key=lambda o: (0 if o.suggested or o.margin <= 0 else 1 + kinds.index(o.kind), o.margin, o.index))
    return outliers


def _contradictions(dataset: PoseDataset, neighbours: Neighbours, margin: NDArray[np.float64]) -> NDArray[np.intp]:
    """For a sample whose near-duplicate has another label, the duplicate, intp (N,); -1 for the others.

    At least one of the two labels is wrong: the sample that fits its own less is doubted, or both.
    """
    contradicted_by = np.full(len(dataset), -1, np.intp)
    for index in np.flatnonzero(neighbours.twins[:, 0] >= 0):
        for other in neighbours.twins[index]:
            if other >= 0 and dataset.labels[other] != dataset.labels[index] and margin[index] <= margin[other]:
                contradicted_by[index] = other
                break
    return contradicted_by


def _listed(neighbours: Neighbours, index: int, voting: NDArray[np.bool_]) -> tuple[tuple[int, float], ...]:
    indices = np.concatenate([neighbours.indices[index, voting], neighbours.twins[index]])
    distances = np.concatenate([neighbours.distances[index, voting], neighbours.twin_distances[index]])
    return tuple(
        (int(other), float(distance)) for other, distance in zip(indices, distances, strict=True) if other >= 0
    )


def _published(dataset: PoseDataset) -> list[Outlier]:
    classifier = PoseClassifier(dataset)
    outliers = []
    for index, own in enumerate(dataset.labels):
        votes = classifier.classify(dataset.landmarks[index])
        most = max(votes.values())
        best = [name for name, count in votes.items() if count == most]
        if best == [own]:
            continue
        rival = next(name for name in best if name != own)
        kind: OutlierKind = "tie" if own in best else "nearer"
        words = ", ".join(f"{count} {name}" for name, count in votes.items())
        nearest = classifier.nearest(dataset.landmarks[index])
        distances = cross_distances(dataset.landmarks[index : index + 1], dataset.landmarks[nearest])[0]
        near = tuple((int(other), float(distance)) for other, distance in zip(nearest, distances, strict=True))
        margin = (votes.get(own, 0) - most) / classifier.full_confidence
        outliers.append(
            Outlier(
                index,
                dataset.names[index],
                own,
                kind,
                f"{OUTLIER_KINDS[kind].capitalize()}: votes {words}.",
                margin,
                votes,
                rival,
                near,
            )
        )
    outliers.sort(key=lambda o: (o.margin, o.index))
    return outliers
