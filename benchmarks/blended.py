"""Datasets of any size, made of the samples of another one."""

from __future__ import annotations

import numpy as np

from posecount.datasets.dataset import PoseDataset


def blended(dataset: PoseDataset, count: int) -> PoseDataset:
    """A dataset of `count` samples, each a blend of two of the same class."""
    generator = np.random.default_rng(0)
    labels = np.array(dataset.labels)
    first = generator.integers(0, len(dataset), count)
    second = np.array([generator.choice(np.flatnonzero(labels == labels[index])) for index in first])
    share = generator.random((count, 1, 1), np.float32)
    landmarks = dataset.landmarks[first] * share + dataset.landmarks[second] * (1 - share)
    names = tuple(str(number) for number in range(count))
    return PoseDataset(names, tuple(dataset.labels[index] for index in first), landmarks)
