"""Outliers: samples that the others contradict, ranked, each with the reason in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posecount.counting.knn import PoseClassifier
from posecount.datasets.dataset import PoseDataset
from posecount.pose import LANDMARK, FloatArray
from posecount.review.leave_one_out import LeaveOneOut, first_twins, leave_one_out
from posecount.review.neighbours import Neighbours, cross_distances, find_neighbours
from posecount.review.posture import posture_outliers, trunk_inclination
from posecount.review.profile import OutlierProfile

OutlierKind = Literal["nearer", "tie", "far", "posture", "hidden", "duplicate"]

OUTLIER_KINDS: dict[OutlierKind, str] = {
    "nearer": "another class is nearer",
    "tie": "tie between classes",
    "far": "far from all others",
    "posture": "unusual posture for its class",
    "hidden": "landmarks not visible",
    "duplicate": "near-duplicate",
}
"""The kinds of outlier, most serious first, in words."""

_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_PAIRS = np.array([[LANDMARK[f"{side}_{joint}"] for side in ("left", "right")] for joint in _JOINTS])
"""The landmarks that the embedding uses, (6, 2)."""

_HIDDEN_BELOW = 0.5
"""Visibility. A joint is hidden if both sides are below this: from the side, one always covers the other."""


@dataclass(frozen=True, slots=True)
class Outlier:
    """A sample that does not seem to belong to its class.

    Attributes:
        index: of the sample in the dataset.
        name: the sample's image name.
        class_name: its class.
        kind: see `OUTLIER_KINDS`.
        reason: why it is an outlier, in words.
        margin: how much nearer its own class is than any other: 1 clearly its own, 0 undecided, -1 clearly another.
            Classes that share a rest, such as standing, count as one here.
        votes: votes per class of the other samples, without classes that get none.
        suggested: the class to move it to, or None if no class is likely.
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


def find_outliers(
    dataset: PoseDataset,
    profile: OutlierProfile = "robust",
    *,
    neighbours: Neighbours | None = None,
    visibility: FloatArray | None = None,
    kept: Collection[int] = (),
) -> tuple[Outlier, ...]:
    """Find the outliers of a dataset, most doubtful first.

    Args:
        dataset: the samples.
        profile: ``robust`` leaves each sample and its near-duplicates out; ``colab`` gives the published result, where
            each sample is one of its own neighbours, and is an outlier unless its class alone has the most votes.
        neighbours: of `dataset.landmarks`, if they are known already; for ``robust`` only.
        visibility: float32 (N, 33) with NaN where unknown, as CSV files do not contain it; without it no sample is
            reported as hidden.
        kept: indices of samples that a person has reviewed and kept: they vote, but are not reported.

    Raises:
        ValueError: if the profile does not exist.
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


def _robust(dataset: PoseDataset, neighbours: Neighbours, visibility: FloatArray | None) -> list[Outlier]:
    result = leave_one_out(dataset, neighbours)
    classes = dataset.classes
    inclination, usual = trunk_inclination(dataset.landmarks), posture_outliers(dataset)
    twin, contradicted_by = first_twins(dataset, neighbours), _contradictions(neighbours, result)
    hidden: NDArray[np.bool_] = np.zeros((len(dataset), len(_JOINTS)), bool)
    if visibility is not None:
        hidden = np.asarray((visibility[:, _PAIRS] < _HIDDEN_BELOW).all(axis=-1))

    def judge(index: int) -> tuple[OutlierKind, str, str | None] | None:
        """The kind of outlier, the reason and the suggested class, or None."""
        own, rival = dataset.labels[index], classes[result.rival[index]]
        if result.far[index]:
            return (
                "far",
                f"Far from all others: the nearest sample is {result.nearest[index]:.0f} % of the body's size away, "
                f"and up to {result.cutoff:.0f} % is usual. It is a wrong pose or a rare view.",
                None,
            )
        if result.contradicted[index]:
            own_votes = result.votes[index, result.poses == result.poses[result.codes[index]]].sum()
            votes = result.votes[index, result.rival[index]]
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
                f"Nearly the same pose as {dataset.names[other]}, which is {label}: one of them is wrong.",
                label,
            )
        if np.isfinite(usual[index]):
            return (
                "posture",
                f"Unusual posture for its class: the trunk is {inclination[index]:.0f}° above the horizontal, and in "
                f"{own} it is usually {usual[index]:.0f}°.",
                None,
            )
        if hidden[index].any():
            joints = ", ".join(f"{_JOINTS[joint]}s" for joint in np.flatnonzero(hidden[index]))
            return "hidden", f"Landmarks not visible: the positions of both {joints} are guesses.", None
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
    # Samples that seem to belong elsewhere come first, then the others by how serious the reason is.
    outliers.sort(key=lambda o: (0 if o.suggested or o.margin <= 0 else 1 + kinds.index(o.kind), o.margin, o.index))
    return outliers


def _contradictions(neighbours: Neighbours, result: LeaveOneOut) -> NDArray[np.intp]:
    """For a sample whose near-duplicate is labelled as another pose, the duplicate, intp (N,); -1 for the others.

    At least one of the two labels is wrong. The sample that fits its own label less is reported, or both.
    """
    poses, margin = result.poses[result.codes], result.margin
    contradicted_by = np.full(len(neighbours), -1, np.intp)
    for index in np.flatnonzero(neighbours.twins[:, 0] >= 0):
        for other in neighbours.twins[index]:
            if other >= 0 and poses[other] != poses[index] and margin[index] <= margin[other]:
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
