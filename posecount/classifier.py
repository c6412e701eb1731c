"""PoseClassifier: the published two-stage nearest-neighbour search, vectorised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from posecount.dataset import PoseDataset
from posecount.embedding import EMBEDDING_SIZE, MIRROR, embed
from posecount.pose import FloatArray

_AXES_WEIGHTS = np.array((1.0, 1.0, 0.2), dtype=np.float32)
"""Weights of x, y and z in a distance: MediaPipe's z is far less certain. The notebook's constants."""


class PoseClassifier:
    """Classifies poses by their nearest samples. Immutable once made, so sessions and threads share one.

    Of all samples, the `top_n_by_max_distance` with the smallest greatest component of the difference are kept, which
    throws out samples with one joint far away; of those, the `top_n_by_mean_distance` with the smallest mean vote.

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
        weighted = (embed(dataset.landmarks) * _AXES_WEIGHTS).reshape(len(dataset), EMBEDDING_SIZE * 3)
        self._samples: FloatArray = np.ascontiguousarray(weighted.T)

    @property
    def full_confidence(self) -> int:
        """The votes a class gets when every neighbour is of that class."""
        return min(self.top_n_by_max_distance, self.top_n_by_mean_distance, len(self.dataset))

    def classify(self, landmarks: FloatArray) -> dict[str, int]:
        """Votes per class for one pose; classes without a vote are left out.

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
        difference: FloatArray = self._samples - (embedding * _AXES_WEIGHTS).reshape(-1, 1)
        return np.abs(difference, out=difference)


def _smallest(values: FloatArray, count: int) -> NDArray[np.intp]:
    """Indices of the smallest values, ascending; of equal ones the first come first."""
    if count < len(values):
        near = np.flatnonzero(values <= np.partition(values, count - 1)[count - 1])
    else:
        near = np.arange(len(values))
    return near[np.argsort(values[near], kind="stable")][:count]
