"""PoseClassifier: the published two-stage nearest-neighbour search, vectorised."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from posecount.counting.robust.classifier import RobustClassifier
from posecount.datasets.dataset import PoseDataset
from posecount.embedding import AXES_WEIGHTS, EMBEDDING_SIZE, MIRROR, embed
from posecount.pose import FloatArray

T = TypeVar("T")


class PoseClassifier:
    """Classifies poses by their nearest samples. It never changes, so sessions and threads may share one.

    The first stage keeps the `top_n_by_max_distance` samples whose largest component of the difference is smallest,
    which drops samples with one joint far away. Of these, the `top_n_by_mean_distance` with the smallest mean vote.

    Args:
        dataset: the samples.
        top_n_by_max_distance: how many samples pass the first stage.
        top_n_by_mean_distance: how many of those vote.
    """

    def __init__(self, dataset: PoseDataset, top_n_by_max_distance: int = 30, top_n_by_mean_distance: int = 10) -> None:
        self.dataset = dataset
        self.top_n_by_max_distance = top_n_by_max_distance
        self.top_n_by_mean_distance = top_n_by_mean_distance
        self.classes = dataset.classes
        codes = {name: code for code, name in enumerate(self.classes)}
        self._codes = np.array([codes[label] for label in dataset.labels])
        # Component-major, so that the maximum over components runs along contiguous rows of samples.
        weighted = (embed(dataset.landmarks) * AXES_WEIGHTS).reshape(len(dataset), EMBEDDING_SIZE * 3)
        self._samples: FloatArray = np.ascontiguousarray(weighted.T)
        self._learned: dict[Callable[[PoseDataset], Any], Any] = {}

    @property
    def full_confidence(self) -> int:
        """The votes for a class when every neighbour belongs to it."""
        return min(self.top_n_by_max_distance, self.top_n_by_mean_distance, len(self.dataset))

    @cached_property
    def robust(self) -> RobustClassifier:
        """What the profile `robust` classifies with, learned from the same samples when first asked for."""
        return RobustClassifier(self.dataset)

    def learn(self) -> RobustClassifier:
        """Learn what the profile `robust` classifies with now, as it may take seconds; once is enough."""
        return self.robust

    def once(self, learn: Callable[[PoseDataset], T]) -> T:
        """What something else learns from the samples: learned when first asked for, for all sessions and threads that
        share this classifier. So it must hold no session's state."""
        if learn not in self._learned:
            self._learned[learn] = learn(self.dataset)  # two threads at once learn the same
        learned: T = self._learned[learn]
        return learned

    @property
    def unknown_distance_(self) -> float:
        """Beyond this distance from every sample the profile `robust` calls a pose unknown, see `RobustClassifier`."""
        return self.robust.unknown_distance_

    def classify(self, landmarks: FloatArray) -> dict[str, int]:
        """Votes per class for one pose, without the classes that get none.

        Args:
            landmarks: float32 (33, 3), image pixels.
        """
        votes = np.bincount(self._codes[self.nearest(landmarks)], minlength=len(self.classes))
        return {name: int(n) for name, n in zip(self.classes, votes, strict=True) if n}

    def nearest(self, landmarks: FloatArray) -> NDArray[np.intp]:
        """Indices into the dataset of the samples that vote for a pose, nearest first."""
        embedding = embed(landmarks)
        same = self._difference(embedding)
        mirrored = self._difference(embedding * MIRROR)
        greatest = np.minimum(same.max(axis=0), mirrored.max(axis=0))
        candidates = np.sort(_smallest(greatest, self.top_n_by_max_distance))
        mean = np.minimum(same[:, candidates].mean(axis=0), mirrored[:, candidates].mean(axis=0))
        return candidates[_smallest(mean, self.top_n_by_mean_distance)]

    def _difference(self, embedding: FloatArray) -> FloatArray:
        """Weighted absolute differences to every sample, (69, N)."""
        difference: FloatArray = self._samples - (embedding * AXES_WEIGHTS).reshape(-1, 1)
        return np.abs(difference, out=difference)


def _smallest(values: FloatArray, count: int) -> NDArray[np.intp]:
    """Indices of the smallest values, ascending; equal values stay in order."""
    if count < len(values):
        near = np.flatnonzero(values <= np.partition(values, count - 1)[count - 1])
    else:
        near = np.arange(len(values))
    return near[np.argsort(values[near], kind="stable")][:count]
