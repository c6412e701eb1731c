"""How good a dataset is: leave-one-out accuracy, confusion between classes, and a map of it in two dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from posecount.datasets.dataset import PoseDataset, exercise_of, is_negative
from posecount.embedding import MIRROR, embed
from posecount.errors import DatasetError
from posecount.pose import FloatArray
from posecount.review.leave_one_out import first_twins, leave_one_out
from posecount.review.neighbours import Neighbours, cross_distances, find_neighbours
from posecount.review.posture import posture_outliers

Verdict = Literal["good", "fair", "poor"]

_GOOD, _FAIR, _FAIR_CLASS = 0.97, 0.90, 0.85
"""Google's 812 samples reach 97.4 %."""
_CLEARLY = 1.5


@dataclass(frozen=True, slots=True)
class ClassQuality:
    """What the other samples say about those of one class.

    Attributes:
        name: the class.
        samples: how many there are.
        recognised: how many of them the others recognise as this class: near, of its posture, and outvoting the rest.
        confused: how many of them look like another class.
        unlike: how many are far from everything or of another posture than the class.
        duplicates: near-duplicates of an earlier sample.
        mistaken_for: the class it is mistaken for most often, or None.
    """

    name: str
    samples: int
    recognised: int
    confused: int
    unlike: int
    duplicates: int
    mistaken_for: str | None

    @property
    def accuracy(self) -> float:
        """Share of samples that are recognised, 0 to 1."""
        return self.recognised / self.samples


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """How good a dataset is.

    Attributes:
        classes: per class, sorted by name.
        confusion: int (classes, classes), rows the label, columns the class the other samples give.
        strangers: exercise → share of its samples that a trusted dataset takes for another exercise or for nothing it
            knows; only exercises that the trusted dataset has too.
    """

    classes: tuple[ClassQuality, ...]
    confusion: NDArray[np.intp]
    strangers: dict[str, float]

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return sum(each.samples for each in self.classes)

    @property
    def accuracy(self) -> float:
        """Share of all samples that are recognised when left out, 0 to 1."""
        return sum(each.recognised for each in self.classes) / self.samples

    @property
    def verdict(self) -> Verdict:
        """In a word: a class or an exercise that is bad makes the whole bad, since it is counted all the same."""
        worst = min([self.accuracy, *(1 - share for share in self.strangers.values())])
        worst_class = min(each.accuracy for each in self.classes)
        if worst >= _GOOD and worst_class >= _FAIR:
            return "good"
        return "fair" if worst >= _FAIR and worst_class >= _FAIR_CLASS else "poor"

    @property
    def summary(self) -> str:
        """The verdict in words, with what to do about it."""
        parts = [
            f"{self.verdict.capitalize()}: {self.accuracy:.0%} of {self.samples} samples are recognised by the others."
        ]
        worst = min(self.classes, key=lambda each: each.accuracy)
        if worst.recognised < worst.samples and self.verdict != "good":
            text = f"Worst is {worst.name} with {worst.accuracy:.0%}"
            if worst.confused >= worst.unlike and worst.mistaken_for:
                text += f": {worst.confused} look like another class, most often {worst.mistaken_for}"
            else:
                text += f": {worst.unlike} are unlike the rest of it"
            parts.append(f"{text}. Remove them or move them to their class.")
        for exercise, share in self.strangers.items():
            if share > 1 - _FAIR:
                parts.append(f"{share:.0%} of {exercise} does not look like {exercise}: compare the pictures.")
        return " ".join(parts)


def assess(
    dataset: PoseDataset, *, neighbours: Neighbours | None = None, reference: PoseDataset | None = None
) -> Quality:
    """Assess a dataset by leaving each sample out.

    A set can be at one with itself and still be wrong: rope skipping labelled as push-ups throughout. So a sample also
    counts against its class if its trunk points elsewhere than the class's usually does, or if a trusted dataset that
    knows the exercise does not recognise it.

    Args:
        dataset: the samples.
        neighbours: of `dataset.landmarks`, where they are known already.
        reference: a trusted dataset, such as the starter dataset.

    Raises:
        DatasetError: if the dataset is empty.
    """
    if not len(dataset):
        raise DatasetError("The dataset is empty. Remedy: add samples.")
    neighbours = neighbours or find_neighbours(dataset.landmarks)
    result = leave_one_out(dataset, neighbours)
    count = len(dataset.classes)
    predicted = result.predicted
    confusion = np.bincount(result.codes * count + predicted, minlength=count * count).reshape(count, count)
    confused = predicted != result.codes
    unlike = (result.far | np.isfinite(posture_outliers(dataset))) & ~confused
    twin = first_twins(dataset, neighbours) >= 0
    classes = []
    for code, name in enumerate(dataset.classes):
        member = result.codes == code
        elsewhere = np.where(np.arange(count) == code, 0, confusion[code])
        wrong, odd = int(confused[member].sum()), int(unlike[member].sum())
        size = int(member.sum())
        classes.append(
            ClassQuality(
                name,
                size,
                size - wrong - odd,
                wrong,
                odd,
                int(twin[member].sum()),
                dataset.classes[elsewhere.argmax()] if elsewhere.any() else None,
            )
        )
    return Quality(tuple(classes), confusion, _strangers(dataset, reference) if reference is not None else {})


def _strangers(dataset: PoseDataset, reference: PoseDataset) -> dict[str, float]:
    known = {exercise.name for exercise in reference.exercises}
    exercises = np.array([exercise_of(name) for name in dataset.labels])
    theirs = np.array([exercise_of(name) for name in reference.labels])
    cutoff = _cutoff(reference)
    shares = {}
    for exercise in sorted(known & {exercise_of(name) for name in dataset.classes if not is_negative(name)}):
        distances = cross_distances(dataset.landmarks[exercises == exercise], reference.landmarks)
        own, other = (
            distances[:, mask].min(axis=1, initial=np.inf) for mask in (theirs == exercise, theirs != exercise)
        )
        # Exercises share poses, standing above all: only what is clearly nearer to another one is a stranger.
        strange = (own > _CLEARLY * other) | (own > 2 * cutoff)
        shares[exercise] = float(strange.mean())
    return shares


@lru_cache(maxsize=2)
def _cutoff(reference: PoseDataset) -> float:
    """Beyond this a sample is far from everything; kept, since a dataset never changes and it takes 0.4 s to find."""
    return leave_one_out(reference, find_neighbours(reference.landmarks)).cutoff


@dataclass(frozen=True, slots=True, eq=False)
class DatasetMap:
    """A dataset in two dimensions.

    Attributes:
        points: float32 (N, 2), in hundredths of the body's size.
        explained: share of the variance that the two dimensions show, 0 to 1.
    """

    points: FloatArray
    explained: float


def map_dataset(dataset: PoseDataset) -> DatasetMap:
    """Project embeddings on their two principal components.

    A pose and its mirror image fall on the same point: x differences enter by their size, without their sign.
    """
    embedding = embed(dataset.landmarks)
    features = np.where(MIRROR < 0, np.abs(embedding), embedding)[..., :2].reshape(len(dataset), -1).astype(np.float64)
    features -= features.mean(axis=0)
    # Principal components from the small covariance matrix: 46 x 46, however many samples there are.
    variances, components = np.linalg.eigh(features.T @ features)
    axes = components[:, :-3:-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])  # else the map could flip when a sample goes
    points = features @ axes
    total = variances.sum()
    return DatasetMap(points.astype(np.float32), float(variances[-2:].sum() / total) if total > 0 else 1.0)
